"""`python -m scripts.scale` prints the tables; `--write docs/scale.md` puts them in their places there."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.scale.measured import measured
from scripts.scale.tables import tables

DOCS = Path(__file__).resolve().parents[2] / "docs"
_PLACE = re.compile(r"(<!-- scale: ([a-z]+) -->\n).*?(?=\n\n)", re.DOTALL)


def written(page: str, made: Mapping[str, str]) -> str:
    """The page with each table in its place, up to the next empty line. Raises KeyError for a place without a table."""
    return _PLACE.sub(lambda found: found[1] + made[found[2]], page)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What installations of different sizes need.")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    chosen = parser.parse_args(arguments)
    made = tables(measured(DOCS / "benchmarks.md", DOCS / "scale.json"))
    if chosen.write:
        chosen.write.write_text(written(chosen.write.read_text(), made))
    else:
        sys.stdout.write("\n\n".join(made.values()) + "\n")


if __name__ == "__main__":
    main()
