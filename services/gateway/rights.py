"""A person's rights over their data, on record: who took a copy, who asked to be forgotten (PR-06, SE-09)."""

from __future__ import annotations

from datetime import datetime

from shared.auth.tokens import Claims, InvalidToken
from shared.eventlog import EventLog, LogUnavailable, StreamConflict
from shared.kernel.clock import Clock, SystemClock, from_text, to_text
from shared.kernel.errors import Unavailable
from shared.kernel.events import Commit, Event, NewCommit, StoredEvent
from shared.kernel.ids import derive

ERASED, EXPORTED = "PersonErased", "PersonExported"
_ATTEMPTS = 10


class Rights:
    """Appends to the gateway's own log, and knows from it who was forgotten and when."""

    def __init__(self, log: EventLog, clock: Clock | None = None) -> None:
        self._log = log
        # Never a shifted clock: the moments are compared with those of tokens.
        self._clock = clock or SystemClock()
        self._erased: dict[str, datetime] = {}

    def check(self, claims: Claims) -> None:
        """Raises InvalidToken where the token is from before the person was forgotten."""
        erased_at = self._erased.get(claims.sub)
        if erased_at is not None and claims.issued_at <= erased_at.timestamp():
            raise InvalidToken

    def erase(self, person_id: str, command_id: str, correlation_id: str) -> Commit:
        """Put on record that the person wants to be forgotten; every service destroys their keys when it hears of it.

        Every call is one more event: who comes back after an erasure can be forgotten again. Raises Unavailable.
        """
        return self._record(ERASED, person_id, command_id, correlation_id)

    def export(self, person_id: str, command_id: str, correlation_id: str) -> Commit:
        """Put on record that the person took a copy. Raises Unavailable."""
        return self._record(EXPORTED, person_id, command_id, correlation_id)

    def note(self, event: Event) -> None:
        """What the log says has happened."""
        if event.type == ERASED:
            self._erased[event.data["person_id"]] = from_text(event.recorded_at)

    def _record(self, type: str, person_id: str, command_id: str, correlation_id: str) -> Commit:
        stream = f"rights-{person_id}"
        event = StoredEvent(derive(command_id, 0), type, 1, {"person_id": person_id})
        try:
            for _ in range(_ATTEMPTS):
                last = self._log.read_stream(stream)[-1:]
                seq = last[0].seq if last else 0
                now = to_text(self._clock.now())
                new = NewCommit(stream, seq, (event,), command_id, correlation_id, None, person_id, now)
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
