"""Parked events and messages of a service, for operators: look at them, or drop them.

To try one again is the running service's work, whose reactions they are: its RPC method `retry_parked`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pymongo import ASCENDING, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Data
from shared.views.generations import Client, reaching_the_store

_MAJORITY = WriteConcern(w="majority", j=True)
_ASKED_AT_ONCE = 1000


class Parking:
    """The parked documents of one service, as `shared.views.inbox` writes them. Raises Transient."""

    def __init__(self, client: Client, service: str) -> None:
        self._client = client
        database = client.get_database(service, write_concern=_MAJORITY, read_concern=ReadConcern("majority"))
        self._parked = database["parked"]
        self._dropped = database["dropped"]

    def all(self) -> Iterator[Data]:
        """Everything that is parked, in the order of the logs; what is no event comes first. Without the bodies."""
        order = [("source", ASCENDING), ("partition", ASCENDING), ("position", ASCENDING), ("index", ASCENDING)]
        with reaching_the_store():
            yield from self._parked.find({}, {"body": 0, "envelope": 0}).sort(order).allow_disk_use(True)

    def get(self, id: str) -> Data | None:
        with reaching_the_store():
            return self._parked.find_one({"_id": id})

    def drop(self, id: str, by: str, clock: Clock) -> Data | None:
        """Give an event or message up for good, and answer with it; None where it is not parked.

        An event is remembered as dropped, so that a rebuild leaves it out as well. Those behind it wait for a retry.
        """

        def move(session: ClientSession) -> Data | None:
            found: Data | None = self._parked.find_one_and_delete({"_id": id}, session=session)
            if found is not None and "envelope" in found:
                note = {"dropped_by": by, "dropped_at": to_text(clock.now())}
                self._dropped.insert_one({**found, **note}, session=session)
            return found

        with reaching_the_store(), self._client.start_session() as session:
            return session.with_transaction(move, read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY)

    def left_out(self, ids: Sequence[str]) -> set[str]:
        """Those of the events that are in no view, because they are parked or were dropped."""
        found: set[str] = set()
        with reaching_the_store():
            for start in range(0, len(ids), _ASKED_AT_ONCE):
                among = {"_id": {"$in": list(ids[start : start + _ASKED_AT_ONCE])}}
                for collection in (self._parked, self._dropped):
                    found.update(str(document["_id"]) for document in collection.find(among, {"_id": 1}))
        return found
