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

SQL = Path(__file__).resolve().parents[3] / "deploy" / "analytics"


def report_log(args: Namespace) -> int:
    """Raises Fault where the folder holds no export with Parquet files, or a query cannot be answered."""
    manifest = read_manifest(args.from_export / MANIFEST)
    with opened(args.from_export, manifest) as database:
        asked = tqdm(queries(args.sql or SQL, database), unit=" queries", disable=None, desc="report")
        answers = [answer(database, query) for query in asked]
    if args.publish:
        _write(args.publish, published(answers))
        sys.stdout.write(f"{args.publish} has the monthly numbers, and names nobody: publish each month once.\n")
    _write(args.out, page(manifest, answers))
    sys.stdout.write(f"{args.out} is one page that needs nothing else: open it in a browser, or send it.\n")
    return 0


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
