"""The files of an export: rows of one event type and day, as Parquet and as JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from shared.analytics.columns import Column, as_text

Row: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[[Path, Sequence[Column], list[Row]], None]


def write_parquet(path: Path, columns: Sequence[Column], rows: list[Row]) -> None:
    structured = [known.name for known in columns if known.kind == "json"]
    flat = [{**row, **{name: as_text(row[name]) for name in structured}} for row in rows]
    pq.write_table(pa.Table.from_pylist(flat, schema=_arrow_schema(columns)), path, compression="zstd")


def write_jsonl(path: Path, _columns: Sequence[Column], rows: list[Row]) -> None:
    with path.open("wb") as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


WRITERS: Mapping[str, Write] = {"parquet": write_parquet, "jsonl": write_jsonl}


def _arrow_schema(columns: Sequence[Column]) -> Any:
    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "bool": pa.bool_(),
    }
    return pa.schema([(known.name, types[known.kind]) for known in columns])
