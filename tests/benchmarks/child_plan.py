"""A process that assigns a large program for B9: a run as it is (`plan`), or all scores and one dense assignment.

Says its seconds, the total score, how many were served and how many MiB it took at most.
"""

from __future__ import annotations

import resource
import sys
from time import perf_counter

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.matching.domain.instance import Instance
from services.matching.domain.planning import plan
from services.matching.solving.tables import Tables
from services.matching.solving.whole import solve
from tests.benchmarks.children import await_go, say
from tests.benchmarks.people import Shape, draw

_PIECE = 200


def as_planned(instance: Instance) -> tuple[float, int]:
    made = plan(instance, 0, 0, solve)
    return sum(one.fit.score for one in made.pairs), len(made.pairs)


def densely(instance: Instance) -> tuple[float, int]:
    """Where a rule keeps two apart nothing is gained; who is to be kept apart is not looked at. So it is a bound."""
    tables = Tables(instance.settings, instance.mentors, instance.mentees)
    scores = np.empty(tables.shape)
    for start in range(0, len(scores), _PIECE):
        rows = slice(start, min(start + _PIECE, len(scores)))
        scores[rows] = np.where(tables.allowed(rows), tables.scores(rows), 0)
    chosen = scores[linear_sum_assignment(scores, maximize=True)]
    return float(chosen.sum()), int((chosen > 0).sum())


def main(how: str, count: int, rich: str) -> None:
    instance = draw(Shape(count, count, rich=rich == "rich"), 1)
    began = await_go()
    total, served = as_planned(instance) if how == "plan" else densely(instance)
    seconds = perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say({"seconds": seconds, "total": total, "served": served, "memory": memory})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
