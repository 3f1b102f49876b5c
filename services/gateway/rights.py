"""A person's rights over their data, on record: who asked for a copy or took one, who was forgotten (PR-06, SE-09)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.auth.tokens import Claims, InvalidToken
from shared.eventlog import EventLog, LogUnavailable, StreamConflict
from shared.kernel.actor import SYSTEM
from shared.kernel.clock import Clock, SystemClock, from_text, to_text
from shared.kernel.errors import Unavailable
from shared.kernel.events import Commit, Data, Event, NewCommit, StoredEvent
from shared.kernel.ids import derive

ERASED, ERASURE_COMPLETED = "PersonErased", "ErasureCompleted"
EXPORT_REQUESTED, EXPORTED, EXPORT_COMPLETED = "ExportRequested", "PersonExported", "ExportCompleted"
_ATTEMPTS = 10

History = Sequence[Event]
"""What a person has done with their rights, from the first time on."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure on record: the services have to get to this place of the gateway's log."""

    id: str
    person_id: str
    partition: int
    position: int
    at: str

    @classmethod
    def of(cls, event: Event) -> Erasure:
        return cls(event.id, event.data["person_id"], event.partition, event.position, event.recorded_at)


class Rights:
    """Appends to the gateway's own log, and knows from it who was forgotten and when. Raises Unavailable."""

    def __init__(self, log: EventLog, clock: Clock | None = None) -> None:
        self._log = log
        # Never a shifted clock: the moments are compared with those of tokens.
        self.clock = clock or SystemClock()
        self._erased: dict[str, datetime] = {}
        self._open: dict[str, Erasure] = {}

    def check(self, claims: Claims) -> None:
        """Raises InvalidToken where the token is from before the person was forgotten."""
        if self.was_forgotten(claims):
            raise InvalidToken

    def was_forgotten(self, claims: Claims) -> bool:
        erased_at = self._erased.get(claims.sub)
        return erased_at is not None and claims.issued_at <= erased_at.timestamp()

    def erased_at(self, person_id: str) -> datetime | None:
        return self._erased.get(person_id)

    def open_erasures(self) -> list[Erasure]:
        """Those that not every service has confirmed yet."""
        return list(self._open.values())

    def erase(self, person_id: str, command_id: str, correlation_id: str) -> Commit:
        """Put on record that the person wants to be forgotten; every service destroys their keys when it hears of it.

        Every call is one more event: who comes back after an erasure can be forgotten again.
        """
        return self.record(ERASED, {"person_id": person_id}, command_id, correlation_id)

    def erasure(self, partition: int, position: int) -> Erasure | None:
        """The erasure at a place of the log, if there is one."""
        try:
            for commit in self._log.feed(partition, position - 1, 1):
                if commit.position == position and commit.events[0].type == ERASED:
                    return Erasure.of(commit.events[0])
        except LogUnavailable as error:
            raise Unavailable from error
        return None

    def last_erasure(self, person_id: str) -> Erasure:
        """Of somebody who was forgotten."""
        return Erasure.of([event for event in self.history(person_id) if event.type == ERASED][-1])

    def history(self, person_id: str) -> list[Event]:
        try:
            return [event for commit in self._log.read_stream(_stream(person_id)) for event in commit.events]
        except LogUnavailable as error:
            raise Unavailable from error

    def note(self, event: Event) -> None:
        """What the log says has happened."""
        if event.type == ERASED:
            person_id = event.data["person_id"]
            self._erased[person_id] = from_text(event.recorded_at)
            self._open[person_id] = Erasure.of(event)
        elif event.type == ERASURE_COMPLETED:
            left = self._open.get(event.data["person_id"])
            if left is not None and left.id == event.data["erasure_id"]:
                self._open.pop(left.person_id, None)

    def record(
        self,
        type: str,
        data: Data,
        command_id: str,
        correlation_id: str,
        *,
        allow: Callable[[History], None] = lambda _history: None,
        cause: str | None = None,
    ) -> Commit:
        """Append one event about `data["person_id"]`: done by them, or by the system where an event is the `cause`.

        `allow` raises a Refusal where what was before forbids it; the same `command_id` answers with the first commit,
        unasked.
        """
        person_id = data["person_id"]
        actor = SYSTEM.id if cause else person_id
        stream, event = _stream(person_id), StoredEvent(derive(command_id, 0), type, 1, data)
        try:
            for _ in range(_ATTEMPTS):
                commits = self._log.read_stream(stream)
                seq = commits[-1].seq if commits else 0
                if not any(commit.command_id == command_id for commit in commits):
                    allow([event for commit in commits for event in commit.events])
                now = to_text(self.clock.now())
                new = NewCommit(stream, seq, (event,), command_id, correlation_id, cause, actor, now)
                try:
                    commit = self._log.append(new)
                except StreamConflict:
                    continue
                for appended in commit.events:
                    self.note(appended)
                return commit
        except LogUnavailable as error:
            raise Unavailable from error
        raise Unavailable


def _stream(person_id: str) -> str:
    return f"rights-{person_id}"
