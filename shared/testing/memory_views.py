"""Views in memory, for fast tests: the same contract suite holds for them and for the ones in MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.kernel.events import Data
from shared.views.changes import Change
from shared.views.fold import NotFoldable, fold
from shared.views.store import UnfitChange, WatermarkMoved


class MemoryViews:
    """Store and reader in one: `apply`, `watermark`, … as ViewStore, `get`, `find`, … as ViewReader."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Data]] = {}
        self.parked: dict[str, Data] = {}
        self._watermarks: dict[tuple[str, int], int] = {}

    def ensure_indexes(self, indexes: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Nothing to do: everything is small here."""

    def watermark(self, source: str, partition: int) -> int:
        return self._watermarks.get((source, partition), 0)

    def parked_streams(self, source: str, partition: int) -> set[str]:
        return {
            document["stream"]
            for document in self.parked.values()
            if document.get("source") == source and document.get("partition") == partition
        }

    def apply(
        self,
        changes: Sequence[Change],
        *,
        source: str,
        partition: int,
        came_from: int,
        moves_to: int,
        parked: Sequence[Data] = (),
        behind: Collection[str] = (),
    ) -> None:
        held = self.parked_streams(source, partition)
        if self.watermark(source, partition) != came_from or not held.issuperset(behind):
            raise WatermarkMoved(source)
        changed = [self._folded(view, group) for view, group in _by_view(changes).items()]
        for documents, ids, after in changed:
            for id in ids:
                if id in after:
                    documents[id] = after[id]
                else:
                    documents.pop(id, None)
        self.parked.update({document["_id"]: dict(document) for document in parked})
        self._watermarks[source, partition] = moves_to

    def _folded(self, view: str, changes: Sequence[Change]) -> tuple[dict[str, Data], list[str], dict[str, Data]]:
        """The documents of a view, which of them are touched, and what these are then; still nothing is changed."""
        documents = self.documents.setdefault(view, {})
        ids = list(dict.fromkeys(change.id for change in changes))
        after = {id: dict(documents[id]) for id in ids if id in documents}
        try:
            fold(after, changes)
        except NotFoldable as error:
            raise UnfitChange(type(error).__name__) from error
        return documents, ids, after

    def park_message(self, document: Data) -> None:
        self.parked.setdefault(document["_id"], document)

    def get(self, view: str, id: str) -> Data | None:
        found = self.documents.get(view, {}).get(id)
        return None if found is None else {**_copy(found), "id": id}

    def get_many(self, view: str, ids: Iterable[str]) -> dict[str, Data]:
        return {id: found for id in ids if (found := self.get(view, id)) is not None}

    def find(
        self, view: str, where: Mapping[str, Any], *, order: str = "_id", limit: int = 1000, after: Any = None
    ) -> list[Data]:
        field, descending = order.lstrip("-").replace("_id", "id"), order.startswith("-")
        if order.lstrip("-") != "_id":
            field = order.lstrip("-")
        found = [{**document, "id": id} for id, document in self.documents.get(view, {}).items()]
        found = [document for document in found if _matches(document, where)]
        found.sort(key=lambda document: _key(_reach(document, field)), reverse=descending)
        if after is not None:
            beyond: Callable[[Any], bool] = (
                (lambda value: value < after) if descending else (lambda value: value > after)
            )
            found = [document for document in found if beyond(_reach(document, field))]
        return [_copy(document) for document in found[:limit]]

    def count(self, view: str, where: Mapping[str, Any]) -> int:
        return len(self.find(view, where, limit=1_000_000))

    def page(self, view: str, where: Mapping[str, Any], *, order: str, cursor: Any, limit: int) -> Data:
        found = self.find(view, where, order=order, limit=limit + 1, after=cursor)
        field = "id" if order.lstrip("-") == "_id" else order.lstrip("-")
        return {"items": found[:limit], "next": found[limit - 1][field] if len(found) > limit else None}

    def wait_for(self, positions: Mapping[tuple[str, int], int], timeout: float) -> None:
        """Views in memory are never behind."""


def _copy(value: Any) -> Any:
    """Much cheaper than `copy.deepcopy`, and all that JSON needs."""
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, (list, tuple)) else value


def _by_view(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """Copies, so that what is handed in afterwards belongs to the caller alone."""
    views: dict[str, list[Change]] = {}
    for change in changes:
        views.setdefault(change.view, []).append(replace(change, update=_copy(change.update)))
    return views


def _reach(document: Any, path: str) -> Any:
    for part in ("id" if path == "_id" else path).split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _key(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (1, value)


def _matches(document: Data, where: Mapping[str, Any]) -> bool:
    return all(_fits(document, path, wanted) for path, wanted in where.items())


def _fits(document: Data, path: str, wanted: Any) -> bool:
    if path == "$or":
        return any(_matches(document, one) for one in wanted)
    value = _reach(document, path)
    if isinstance(wanted, dict) and any(key.startswith("$") for key in wanted):
        return all(_COMPARISONS[operator](value, operand) for operator, operand in wanted.items())
    return bool(value == wanted or (isinstance(value, list) and wanted in value))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, operand: value in operand or (isinstance(value, list) and bool(set(value) & set(operand))),
    "$nin": lambda value, operand: value not in operand,
    "$ne": lambda value, operand: value != operand and not (isinstance(value, list) and operand in value),
    "$gt": lambda value, operand: value is not None and value > operand,
    "$gte": lambda value, operand: value is not None and value >= operand,
    "$lt": lambda value, operand: value is not None and value < operand,
    "$lte": lambda value, operand: value is not None and value <= operand,
    "$exists": lambda value, operand: (value is not None) == operand,
}
