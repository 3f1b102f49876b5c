"""An export as DuckDB sees it: every event type is a view `service.Type` over its Parquet files."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb

from shared.analytics.columns import Kind, columns
from shared.analytics.manifest import Manifest
from shared.contracts.catalogue import EVENTS, SOURCES
from shared.runtime.faults import Fault

TYPES: dict[Kind, str] = {
    "string": "VARCHAR",
    "json": "JSON",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
}

_MOMENT = "CREATE MACRO moment(text) AS try_strptime(text, ['%Y-%m-%dT%H:%MZ', '%Y-%m-%d', '%Y-%m'])"


@contextlib.contextmanager
def opened(folder: Path, manifest: Manifest) -> Iterator[duckdb.DuckDBPyConnection]:
    """Reads the files that the manifest names, and can reach nothing else. Raises Fault."""
    if "parquet" not in manifest["formats"]:
        raise Fault(f"{folder} has no Parquet files: export again with --format parquet.")
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(f"SET allowed_directories = [{_text(str(folder.resolve()))}]")
        database.execute("SET enable_external_access = false")
        database.execute(_MOMENT)
        files = _files_by_type(folder.resolve(), manifest)
        for service in SOURCES:
            database.execute(f"CREATE SCHEMA {service}")
        for name in EVENTS:
            database.execute(_view(name, files[name]))
        yield database


def _files_by_type(folder: Path, manifest: Manifest) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in manifest["files"]:
        form, name, *_ = file["path"].split("/")
        if form == "parquet":
            found[name].append(str(folder / file["path"]))
    return found


def _view(name: str, files: list[str]) -> str:
    """With today's columns, whatever the export had: what it did not have is empty."""
    # ruff: noqa: S608 (names of our own schemas, and paths that are quoted)
    typed = ", ".join(f'NULL::{TYPES[known.kind]} AS "{known.name}"' for known in columns(name))
    source = f"SELECT {typed}, NULL::VARCHAR AS day WHERE false"
    if files:
        listed = ", ".join(map(_text, files))
        read = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = true, hive_types_autocast = false)"
        source = f"{source} UNION ALL BY NAME SELECT * FROM {read}"
    return f"CREATE VIEW {name} AS SELECT *, coalesce(moment(recorded_hour), moment(day)) AS recorded FROM ({source})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
