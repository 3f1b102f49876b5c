"""A run made again from what it keeps: the same answer, or a sentence that says why there is none (P-09)."""

from __future__ import annotations

from services.matching.domain.planning import ALGORITHM, plan
from services.matching.domain.recommending import inputs_hash
from services.matching.retelling import retold
from services.matching.solver import solve
from shared.application.table import Reads
from shared.kernel.events import Data


def replayed(reads: Reads, roster: Data, run: Data) -> Data:
    """`roster` and `run` are the views' documents. What admins changed by hand afterwards is left aside.

    See `shared.contracts.recommendations_api.ReplayAnswer`.
    """
    detail = reads.open(run["detail"])
    retelling = retold(reads, roster, run, detail)
    instance = retelling.instance()
    if instance is None:
        said = f"{_people(len(retelling.gone))} removed their answers since." if retelling.told else _OLD
        return {"run_id": run["id"], "replayed": None, "said": f"It cannot be tried again. {said}"}
    seed = run["seed"] or 0
    if inputs_hash(instance, run["fairness"], seed, retelling.at) != run["inputs_hash"]:
        return {"run_id": run["id"], "replayed": None, "said": f"It cannot be tried again. {_rules(run)}"}
    again = {
        (one.mentor_id, one.mentee_id, one.fit.score) for one in plan(instance, run["fairness"], seed, solve).pairs
    }
    first = {(one["mentor_id"], one["mentee_id"], one["score"]) for one in detail["proposals"]}
    if again == first:
        return {"run_id": run["id"], "replayed": True, "said": f"The same answer came out again: {_pairs(len(first))}."}
    differ = f"{len(first - again)} of {_pairs(len(first))} differ" if first - again else "there are more pairs"
    return {"run_id": run["id"], "replayed": False, "said": f"Another answer came out: {differ}."}


def _rules(run: Data) -> str:
    if run["algorithm"] != ALGORITHM:
        return f"It was made by {run['algorithm']}; now runs are made by {ALGORITHM}."
    return "The settings of the program or the weights of the score have been changed since."


def _people(count: int) -> str:
    return "1 person has" if count == 1 else f"{count} people have"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


_OLD = "It was made before runs were kept whole."
