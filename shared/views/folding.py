"""A view store that writes each document of a batch once and whole, instead of change by change."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.client_session import ClientSession

from shared.kernel.events import Data
from shared.views.changes import Change
from shared.views.fold import NotFoldable, fold
from shared.views.store import ViewStore


class FoldingStore(ViewStore):
    """As ViewStore, with the same transaction; for large batches, most of which make documents: for rebuilds."""

    def _write(self, changes: Sequence[Change], session: ClientSession) -> None:
        views: dict[str, list[Change]] = {}
        for change in changes:
            views.setdefault(change.view, []).append(change)
        for view, group in views.items():
            try:
                self._write_whole(view, group, session)
            except NotFoldable:
                super()._write(group, session)

    def _write_whole(self, view: str, changes: Sequence[Change], session: ClientSession) -> None:
        collection = self._database[self.name_of(view)]
        ids = list({change.id: None for change in changes})
        documents: dict[str, Data] = {
            found["_id"]: found for found in collection.find({"_id": {"$in": ids}}, session=session)
        }
        known = frozenset(documents)
        fold(documents, changes)
        operations: list[InsertOne[Data] | ReplaceOne[Data] | DeleteOne] = []
        for id in ids:
            if id not in documents:
                operations += [DeleteOne({"_id": id})] * (id in known)
            elif id in known:
                operations.append(ReplaceOne({"_id": id}, documents[id]))
            else:
                operations.append(InsertOne({"_id": id, **documents[id]}))
        if operations:
            collection.bulk_write(operations, ordered=False, session=session)
