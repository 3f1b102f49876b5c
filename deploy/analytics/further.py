"""How to go on from an export, in DuckDB and pandas (or polars): `pip install pandas`, copy this, change it.

    python deploy/analytics/further.py exports/first

Within one export every id has one name, so events of all services can be joined. Two exports share no names.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(export: Path) -> None:
    def files(event: str) -> str:
        return str(export / "parquet" / event / "*" / "*.parquet")

    # Small questions need nothing else. `day` is the name of the folder: a day, or `few` where too few people share it.
    check_ins = duckdb.read_parquet(files("programs.CheckInRecorded"))
    check_ins.aggregate("week, count(*) AS answers, avg(met::INT) AS met", "week").order("week").show()

    # From here on it is a data frame: `.df()` for pandas, `.pl()` for polars, `.arrow()` for Arrow.
    pulses = duckdb.read_parquet(files("programs.PulseRecorded"))
    ends = duckdb.read_parquet(files("matching.PairEnded"))
    lowest = pulses.aggregate("pair_id, min(rating) AS lowest", "pair_id").df()
    together = lowest.merge(ends.project("pair_id, reason").df(), on="pair_id")
    shares = together.groupby("lowest").reason.value_counts(normalize=True).unstack(fill_value=0)
    sys.stdout.write(f"{shares.round(2)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
