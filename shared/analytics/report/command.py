"""`mentorship log report`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from tqdm import tqdm

from shared.analytics.manifest import MANIFEST, read_manifest
from shared.analytics.report.database import opened
from shared.analytics.report.page import page
from shared.analytics.report.publish import published
from shared.analytics.report.queries import answer, queries
from shared.runtime.local import records

SQL = Path(__file__).resolve().parents[3] / "deploy" / "analytics"


def report_log(args: Namespace) -> int:
    """Raises Fault where the folder holds no export with Parquet files, or a query cannot be answered."""
    manifest = read_manifest(args.from_export / MANIFEST)
    with opened(args.from_export, manifest) as database:
        asked = tqdm(queries(args.sql or SQL, database), unit=" queries", disable=None, desc="report")
        answers = [answer(database, query) for query in asked]
    if args.publish:
        records.write_text(args.publish, published(answers), mode=records.AS_USUAL)
        sys.stdout.write(f"{args.publish} has the monthly numbers, and names nobody: publish each month once.\n")
    records.write_text(args.out, page(manifest, answers), mode=records.AS_USUAL)
    sys.stdout.write(f"{args.out} is one page that needs nothing else: open it in a browser, or send it.\n")
    return 0
