"""Views that somebody replays to look at them: in a database of their own, never among those that services read.

Each replay has a name. Its views are collections `<name>.<service>.<view>`, and `<name>.plan` says what it replays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import WriteConcern

from shared.kernel.events import Data
from shared.views.folding import FoldingStore
from shared.views.generations import WATERMARKS, Client, reaching_the_store

SCRATCH = "scratch"
"""The database. The operator's account may write to it; no service has anything in it."""

_PLAN = "plan"


class Scratch(FoldingStore):
    """The views of one service in one replay. Raises as ViewStore does."""

    def __init__(self, client: Client, name: str, service: str) -> None:
        self._prefix = f"{name}.{service}."
        super().__init__(client, SCRATCH, generation=0)

    def name_of(self, view: str) -> str:
        return self._prefix + view

    def begin_at(self, positions: Mapping[tuple[str, int], int]) -> None:
        """Let the views start behind these positions. Raises Transient."""
        starts = [
            {"_id": f"{source}.{partition}", "position": position}
            for (source, partition), position in positions.items()
            if position
        ]
        with reaching_the_store():
            if starts:
                self._watermarks.insert_many(starts)

    def documents(self) -> dict[str, int]:
        """How many documents each view has."""
        with reaching_the_store():
            names = sorted(name for name in self._database.list_collection_names() if name.startswith(self._prefix))
            found = {name.removeprefix(self._prefix): self._database[name].count_documents({}) for name in names}
        found.pop(WATERMARKS, None)
        return found


def keep_plan(client: Client, name: str, plan: Data) -> None:
    """Note what is replayed under a name; only then is the replay there. Raises Transient."""
    majority = WriteConcern(w="majority", j=True)
    with reaching_the_store():
        database = client.get_database(SCRATCH, write_concern=majority)
        database[f"{name}.{_PLAN}"].insert_one({"_id": _PLAN, **plan})


def plan_of(client: Client, name: str) -> Data | None:
    """What is replayed under a name; None where nothing is. Raises Transient."""
    with reaching_the_store():
        found: dict[str, Any] | None = client[SCRATCH][f"{name}.{_PLAN}"].find_one()
    return found


def drop(client: Client, name: str) -> bool:
    """Remove a replay, or what is left of one that was not begun; answers whether there was any. Raises Transient."""
    with reaching_the_store():
        database = client[SCRATCH]
        there = [one for one in database.list_collection_names() if one.startswith(f"{name}.")]
        for one in sorted(there, key=lambda known: known != f"{name}.{_PLAN}"):
            database.drop_collection(one)
    return bool(there)
