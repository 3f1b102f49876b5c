"""Views, watermarks and parked events of one service in MongoDB, changed together in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from bson.errors import BSONError
from pymongo import ASCENDING, DeleteOne, MongoClient, UpdateOne, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.bus.port import Transient
from shared.kernel.events import Data
from shared.views.changes import Change

_MAJORITY = WriteConcern(w="majority", j=True)


class WatermarkMoved(Exception):
    """Another worker applied these events in the meantime, or the parked ones that they would wait behind."""


class UnfitChange(Exception):
    """The store refuses a change itself (not the moment): one of these events cannot be applied."""


class ViewStore:
    """The view collections of a service, of one generation: a rebuild fills the next one beside the live one."""

    def __init__(self, client: MongoClient[dict[str, Any]], service: str, generation: int | None = None) -> None:
        self._client = client
        self._database = client.get_database(service, write_concern=_MAJORITY, read_concern=ReadConcern("majority"))
        self.generation = generation if generation is not None else self.live_generation()
        self._watermarks = self._database[self.name_of("watermarks")]
        self._parked = self._database["parked"]
        self._parked.create_index([("source", ASCENDING), ("partition", ASCENDING), ("stream", ASCENDING)])

    def name_of(self, view: str) -> str:
        """The collection of a view in this generation."""
        return f"view{self.generation}_{view}"

    def live_generation(self) -> int:
        found = self._database["meta"].find_one({"_id": "views"})
        return int(found["generation"]) if found else 1

    def ensure_indexes(self, indexes: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Make an index per (view, fields); a field that starts with "-" is descending."""
        for view, fields in indexes:
            keys = [(field.lstrip("-"), -1 if field.startswith("-") else 1) for field in fields]
            self._database[self.name_of(view)].create_index(keys)

    def watermark(self, source: str, partition: int) -> int:
        """The last applied position of a source's partition. Raises Transient."""
        try:
            found = self._watermarks.find_one({"_id": f"{source}.{partition}"})
        except PyMongoError as error:
            raise Transient("the view store is away") from error
        return int(found["position"]) if found else 0

    def parked_streams(self, source: str, partition: int) -> set[str]:
        """The streams of which an event is parked: their followers wait behind it. Raises Transient."""
        try:
            return set(self._parked.distinct("stream", {"source": source, "partition": partition}))
        except PyMongoError as error:
            raise Transient("the view store is away") from error

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
        """Write changes, parked events and the watermark, all or nothing. `behind` are the streams of which events are
        parked only since earlier ones are.

        Raises WatermarkMoved where it no longer stands at `came_from` or nothing of a stream in `behind` is parked any
        more, UnfitChange where the store refuses a change, Transient where it is away.
        """

        if not (changes or parked or behind):
            self._move_alone(f"{source}.{partition}", came_from, moves_to)
            return

        def write(session: ClientSession) -> None:
            self._move(session, f"{source}.{partition}", came_from, moves_to)
            self._write(changes, session)
            for stream in behind:
                self._join(session, source, partition, stream)
            if parked:
                self._park(parked, session)

        self._in_transaction(write)

    def park_message(self, document: Data) -> None:
        """Keep a message that is no event. Raises Transient."""
        try:
            self._parked.update_one({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
        except PyMongoError as error:
            raise Transient("the view store is away") from error

    def parked_events(self, source: str, partition: int, stream: str) -> list[Data]:
        """What is parked of a stream, in the order of the log. Raises Transient."""
        where = {"source": source, "partition": partition, "stream": stream}
        try:
            return list(self._parked.find(where).sort([("position", ASCENDING), ("index", ASCENDING)]))
        except PyMongoError as error:
            raise Transient("the view store is away") from error

    def parked_for(self, why: str) -> list[Data]:
        """What is parked for this reason, in no order. Raises Transient."""
        try:
            return list(self._parked.find({"why": why}))
        except PyMongoError as error:
            raise Transient("the view store is away") from error

    def unpark(self, event_id: str, changes: Sequence[Change]) -> None:
        """Write the changes of a parked event and take it out of parking, all or nothing."""

        def write(session: ClientSession) -> None:
            if self._parked.delete_one({"_id": event_id}, session=session).deleted_count:
                self._write(changes, session)

        self._in_transaction(write)

    def _join(self, session: ClientSession, source: str, partition: int, stream: str) -> None:
        """Touch what is parked, so that of this transaction and one that takes it out only one goes through."""
        where = {"source": source, "partition": partition, "stream": stream}
        if not self._parked.update_one(where, {"$inc": {"followers": 1}}, session=session).matched_count:
            raise WatermarkMoved(stream)

    def _park(self, events: Sequence[Data], session: ClientSession) -> None:
        """An event that another generation of the views has parked already stays as it is."""
        keep = [UpdateOne({"_id": event["_id"]}, {"$setOnInsert": dict(event)}, upsert=True) for event in events]
        self._parked.bulk_write(keep, ordered=False, session=session)

    def _write(self, changes: Sequence[Change], session: ClientSession) -> None:
        for view, group in _by_view(changes).items():
            operations = [_operation(change) for change in group]
            self._database[self.name_of(view)].bulk_write(operations, ordered=True, session=session)

    def _in_transaction(self, write: Callable[[ClientSession], None]) -> None:
        try:
            with self._client.start_session() as session:
                session.with_transaction(write, read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY)
        except (PyMongoError, BSONError, OverflowError) as error:
            if _is_unfit(error):
                raise UnfitChange(type(error).__name__) from error
            raise Transient("the view store is away") from error

    def _move_alone(self, name: str, came_from: int, moves_to: int) -> None:
        """Much of what a service hears changes nothing in it, and a single write needs no transaction."""
        try:
            self._move(None, name, came_from, moves_to)
        except DuplicateKeyError:
            raise WatermarkMoved(name) from None
        except PyMongoError as error:
            raise Transient("the view store is away") from error

    def _move(self, session: ClientSession | None, name: str, came_from: int, moves_to: int) -> None:
        if came_from == 0:
            found = self._watermarks.find_one({"_id": name}, session=session)
            if found:
                raise WatermarkMoved(name)
            self._watermarks.insert_one({"_id": name, "position": moves_to}, session=session)
            return
        moved = self._watermarks.update_one(
            {"_id": name, "position": came_from}, {"$set": {"position": moves_to}}, session=session
        )
        if moved.matched_count != 1:
            raise WatermarkMoved(name)


def _by_view(changes: Sequence[Change]) -> dict[str, list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.view, []).append(change)
    return groups


def _operation(change: Change) -> UpdateOne | DeleteOne:
    if change.update is None:
        return DeleteOne({"_id": change.id})
    return UpdateOne({"_id": change.id}, change.update, upsert=change.upsert)


_UNFIT_CODES = frozenset({2, 9, 14, 28, 40, 52, 56, 57, 66, 121, 10334, 17280, 17287, 16837})
"""BadValue, FailedToParse, TypeMismatch, PathNotViable, ConflictingUpdateOperators, DollarPrefixedFieldName,
EmptyFieldName, DottedFieldName, ImmutableField, DocumentValidationFailure, BSONObjectTooLarge, key too long,
KeyPattern, push to a non-array."""


def _is_unfit(error: Exception) -> bool:
    if isinstance(error, BulkWriteError):
        return any(item.get("code") in _UNFIT_CODES for item in error.details.get("writeErrors", ()))
    return isinstance(error, (BSONError, OverflowError)) or getattr(error, "code", None) in _UNFIT_CODES
