"""Reading views: by id, by fields, and page by page. Filters are made by queries, never taken from a request."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.views.store import ViewStore
from shared.views.together import Together

_LOOK_AGAIN_EVERY = 0.01


class ViewReader:
    """The views of one service. Raises Unavailable where the store is away."""

    def __init__(self, client: MongoClient[dict[str, Any]], service: str, store: ViewStore) -> None:
        self._database = client.get_database(service, read_concern=ReadConcern("majority"))
        # Encoded, so that everybody who shares an answer gets documents of their own.
        options = self._database.codec_options.with_options(document_class=RawBSONDocument)
        self._encoded = self._database.with_options(codec_options=options)
        self._store = store
        self._together = Together(self._fetch)

    def get(self, view: str, id: str) -> Data | None:
        """One document, without internals, or None."""
        return self.get_many(view, [id]).get(id)

    def get_many(self, view: str, ids: Iterable[str]) -> dict[str, Data]:
        """Documents by id, without internals, as far as they are there."""
        wanted = list(ids)
        try:
            found = self._together.look_up(self._store.name_of(view), wanted)
        except PyMongoError as error:
            raise Unavailable from error
        return {id: _plain(bson.decode(found[id])) for id in wanted if id in found}

    def _fetch(self, collection: str, ids: list[str]) -> Mapping[str, bytes]:
        where = {"_id": ids[0]} if len(ids) == 1 else {"_id": {"$in": ids}}
        return {found["_id"]: found.raw for found in self._encoded[collection].find(where)}

    def find(
        self,
        view: str,
        where: Mapping[str, Any],
        *,
        order: str = "_id",
        limit: int = 1000,
        after: Any = None,
    ) -> list[Data]:
        """Documents in the order of a field (leading "-": descending), only those beyond `after` in it."""
        field, direction = order.lstrip("-"), -1 if order.startswith("-") else 1
        query = dict(where)
        if after is not None:
            query[field] = {**query.get(field, {}), "$lt" if direction < 0 else "$gt": after}
        try:
            cursor = self._database[self._store.name_of(view)].find(query).sort(field, direction).limit(limit)
            return [_plain(found) for found in cursor]
        except PyMongoError as error:
            raise Unavailable from error

    def count(self, view: str, where: Mapping[str, Any]) -> int:
        try:
            return self._database[self._store.name_of(view)].count_documents(dict(where))
        except PyMongoError as error:
            raise Unavailable from error

    def page(self, view: str, where: Mapping[str, Any], *, order: str, cursor: Any, limit: int) -> Data:
        """`{"items": documents, "next": cursor | None}`; `order` must be a field that no two documents share."""
        found = self.find(view, where, order=order, limit=limit + 1, after=cursor)
        items = found[:limit]
        return {
            "items": items,
            "next": items[-1][order.lstrip("-").replace("_id", "id")] if len(found) > limit else None,
        }

    def wait_for(self, positions: Mapping[tuple[str, int], int], timeout: float) -> None:
        """Wait until the views hold these positions (read-your-writes). Raises ViewBehind after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for (source, partition), position in positions.items():
            while self._store.watermark(source, partition) < position:
                if time.monotonic() > deadline:
                    raise ViewBehind
                time.sleep(_LOOK_AGAIN_EVERY)


class ViewBehind(Unavailable):
    """The view has not yet reached the position that the reader asked for."""

    slug = "view-behind"
    sentence = "What you wrote is safe but not yet readable here. Please try again shortly."


def _plain(document: Mapping[str, Any]) -> Data:
    plain = dict(document)
    plain["id"] = plain.pop("_id")
    return plain
