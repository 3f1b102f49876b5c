"""`mentorship log report`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from tqdm import tqdm

from shared.analytics.manifest import MANIFEST, read_manifest
from shared.analytics.report.database import opened
from shared.analytics.report.page import page
from shared.analytics.report.queries import answer, queries

SQL = Path(__file__).resolve().parents[3] / "deploy" / "analytics"


def report_log(args: Namespace) -> int:
    """Raises Fault where the folder holds no export with Parquet files, or a query cannot be answered."""
    manifest = read_manifest(args.from_export / MANIFEST)
    with opened(args.from_export, manifest) as database:
        asked = tqdm(queries(args.sql or SQL, database), unit=" queries", disable=None, desc="report")
        answers = [answer(database, query) for query in asked]
    new = args.out.with_name(f"{args.out.name}.new")
    new.write_text(page(manifest, answers), encoding="utf-8")
    new.replace(args.out)
    sys.stdout.write(f"{args.out} is one page that needs nothing else: open it in a browser, or send it.\n")
    return 0
