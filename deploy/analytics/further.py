"""How to go on from an export in Python, with DuckDB alone (`pip install duckdb`): copy this, and change it.

    python deploy/analytics/further.py exports/first

Within one export every id has one name, so events of all services can be joined. Two exports share no names.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb


def main(export: Path) -> None:
    def events(name: str) -> duckdb.DuckDBPyRelation:
        files = sorted(str(file) for file in (export / "parquet" / name).glob("*/*.parquet"))
        if not files:
            sys.exit(f"{export} has no {name}: nobody did that, too few did, or it has no Parquet files.")
        return duckdb.read_parquet(files, union_by_name=True, hive_partitioning=True)

    # `day` is the name of the folder: a day, or `few` where too few people share it.
    check_ins = events("programs.CheckInRecorded")
    check_ins.aggregate("week, count(*) AS answers, avg(met::INT) AS met", "week").order("week").show()

    lowest = events("programs.PulseRecorded").aggregate("pair_id, min(rating) AS lowest", "pair_id")
    ends = events("matching.PairEnded").project("pair_id, reason")
    together = lowest.join(ends, "pair_id").aggregate("lowest, reason, count(*) AS pairs", "lowest, reason")
    together.order("lowest, reason").show()

    # From here on it can be a data frame: `.df()` of pandas, `.pl()` of polars. Neither comes with the system.
    if find_spec("pandas"):
        frame = together.df().pivot_table(index="lowest", columns="reason", values="pairs", fill_value=0)
        sys.stdout.write(f"{frame}\n")
    else:
        sys.stdout.write("For data frames: `pip install pandas`, or `pip install polars pyarrow`.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
