"""`python -m tests.benchmarks [B1 B2 …]`: measure, show how far it is, and write docs/benchmarks.{json,md}."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tests.benchmarks import (
    bench_append,
    bench_delivery,
    bench_export,
    bench_growth,
    bench_http,
    bench_recommendations,
    bench_replay,
    bench_start,
    report,
)
from tests.benchmarks.runner import ROUNDS, Place, Row, Tick


@dataclass(frozen=True)
class Bench:
    """`contestants` is how many take turns in each round; what takes minutes has fewer `rounds`."""

    ids: tuple[str, ...]
    contestants: int
    parts: tuple[Callable[[Place, Tick], list[Row]], ...]
    rounds: int = ROUNDS


BENCHES = (
    Bench(("B1",), 15, (bench_append.run, bench_append.run_green, bench_append.run_processes)),
    Bench(("B2", "B3"), 4, (bench_delivery.run,)),
    Bench(("B4",), 1, (bench_delivery.run_latency,)),
    Bench(("B5", "B6"), 6, (bench_http.run,)),
    Bench(("B7",), 3, (bench_replay.run,)),
    Bench(("B8",), 12, (bench_recommendations.run_draws,)),
    Bench(("B9",), 4, (bench_recommendations.run_large,), bench_recommendations.ROUNDS_OF_LARGE),
    Bench(("B10",), 2, (bench_start.run,)),
    Bench(("B12",), 4, (bench_growth.run,)),
    Bench(("B13",), 3, (bench_export.run,), rounds=1),
)


def main(only: Sequence[str]) -> int:
    known = {id for bench in BENCHES for id in bench.ids}
    if unknown := set(only) - known:
        sys.stderr.write(f"There is no {', '.join(sorted(unknown))}: there are {', '.join(sorted(known))}.\n")
        return 1
    chosen = [bench for bench in BENCHES if not only or set(bench.ids) & set(only)]
    load = os.getloadavg()[0]
    with tqdm(total=sum(bench.contestants * bench.rounds for bench in chosen), unit="round") as bar:

        def tick(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        for bench in chosen:
            bar.set_description("+".join(bench.ids))
            # Servers of its own for each: what one leaves behind slows no other.
            with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
                place = Place(Path(folder))
                try:
                    rows = [row for part in bench.parts for row in part(place, tick)]
                finally:
                    place.close()
            report.keep(bench.ids, rows, load)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in order, so that no server outlives it
    sys.exit(main(sys.argv[1:]))
