"""The worker that sends what is due in the outbox, one mail at a time, one worker at a time.

What need not be sent at all goes first, all of a page at once.

The intent is in the log before anything is sent, and the outcome after it (NO-02). Between the two lies the only gap: a
crash there repeats the hand-over, with the same Message-ID.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from services.notifications.carrier import Carrier, NotTaken
from services.notifications.domain.kinds import CRITICAL
from services.notifications.domain.unsubscribe import make_token
from services.notifications.letters import Letter, compose, host_of
from services.notifications.recheck import why_not
from shared.application.table import Reads
from shared.eventlog import EventLog
from shared.kernel.abreast import side_by_side
from shared.kernel.clock import Clock, to_text
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import derive
from shared.privacy.sealing import REMOVED
from shared.watch import counts

_log = structlog.get_logger(__name__)

_AT_ONCE = 50
_PAUSE = 1.0
_PAUSE_AFTER_TROUBLE = 5.0
_VIEWS_WITHIN = 5.0
_LEASE_SECONDS = 20.0
"""Renewed before every mail. After a kill -9 mail waits so long; a hand-over that takes longer may happen twice, with
the same Message-ID."""


class Lease(Protocol):
    """See `shared.views.lease.Lease`."""

    def held(self) -> bool: ...

    def release(self) -> None: ...


class Host(Protocol):
    """What the worker needs of the Application and the process around it."""

    log: EventLog
    views: Any
    reads: Reads
    clock: Clock

    def follow(self, name: str, data: Data, *, command_id: str) -> Any: ...

    def look_ahead(self) -> bool: ...

    def lease(self, name: str, seconds: float) -> Lease: ...


class Postman:
    """`run` returns after `stop`."""

    def __init__(self, host: Host, carrier: Carrier, public_url: str) -> None:
        self._host = host
        self._carrier = carrier
        self._public_url = public_url
        self._lease = host.lease("mail", _LEASE_SECONDS)
        self._stopping = threading.Event()
        self._taken: set[str] = set()
        """What the carrier took and the outbox may still show: it needs its record, and never a second mail."""

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = _PAUSE if self.round() else _PAUSE_AFTER_TROUBLE
            except Exception as error:  # noqa: BLE001 (the worker outlives whatever is away)
                _log.warning("mail waits", why=type(error).__name__)
                pause = _PAUSE_AFTER_TROUBLE
            self._stopping.wait(pause)
        self._lease.release()

    def stop(self) -> None:
        self._stopping.set()

    def round(self) -> bool:
        """Send what is due. False where the carrier is in trouble. Raises Unavailable where a store is away."""
        if not self._lease.held():
            return True
        try:
            return self._send_due()
        finally:
            self._carrier.close()

    def _send_due(self) -> bool:
        while True:
            self._see_everything()
            intents = self._due()
            for intent in self._without_void(intents):
                if self._stopping.is_set() or not self._lease.held():
                    return True
                if not self._settle(intent):
                    return False
            if len(intents) < _AT_ONCE:
                return True

    def _due(self) -> list[Data]:
        """What may go out now. While nobody can say who has blocked whom, what is between two people waits (BL-03)."""
        due: Data = {"due_at": {"$lte": to_text(self._host.clock.now())}}
        found = self._host.reads.find("outbox", due, order="due_at", limit=_AT_ONCE)
        if not found:
            self._taken.clear()
            return []
        try:
            self._know_of_blocks()
        except Unavailable:
            return self._host.reads.find("outbox", {**due, "about.pair_id": None}, order="due_at", limit=_AT_ONCE)
        return found

    def _know_of_blocks(self) -> None:
        if self._host.look_ahead():
            self._see_everything()

    def _see_everything(self) -> None:
        """Wait until the outbox is as new as the log, so that nothing with an outcome is sent again."""
        log = self._host.log
        heads = {(log.service, partition): log.head(partition) for partition in range(log.partitions)}
        self._host.views.wait_for(heads, _VIEWS_WITHIN)

    def _without_void(self, intents: Sequence[Data]) -> list[Data]:
        """Those that have a mail to send, or an outcome to record."""
        found = side_by_side(lambda intent: intent["id"] in self._taken or self._letter_of(intent), intents)
        return [intent for intent, letter in zip(intents, found, strict=True) if letter]

    def _settle(self, intent: Data) -> bool:
        """Give one intent its outcome. False where the carrier is in trouble."""
        if intent["id"] in self._taken:
            self._record("record_delivery", intent)
            return True
        if "pair_id" in intent["about"]:
            self._know_of_blocks()
        letter = self._letter_of(intent)
        if letter is None:
            return True
        try:
            self._carrier.carry(compose(letter), letter.to)
        except NotTaken as trouble:
            counts.mailed("away" if trouble.away else "not-taken")
            self._record_failure(intent, trouble)
            return not trouble.away
        except Exception as error:  # noqa: BLE001 (one mail that cannot be written holds up no other)
            _log.error("mail not written", kind=intent["kind"], why=type(error).__name__)
            self._record_failure(intent, NotTaken("unwritable"))
            return True
        counts.mailed("taken")
        self._taken.add(intent["id"])
        self._record("record_delivery", intent)
        return True

    def _letter_of(self, intent: Data) -> Letter | None:
        """The mail to send now. None where there is none, or none any more, which then is on record."""
        if self._host.reads.get("outbox", intent["id"]) != intent:
            return None
        why = why_not(self._host.reads, intent, self._host.clock.now())
        letter = None if why else self._letter(intent)
        if letter is None:
            self._record("drop_delivery", intent, why=why or "no-address")
        return letter

    def _letter(self, intent: Data) -> Letter | None:
        """None where the person has no address, or was forgotten."""
        contact, secret = self._contact(intent["person_id"])
        if not contact or contact == REMOVED or not contact["email"]:
            return None
        kind, url = intent["kind"], self._public_url
        token = None if kind in CRITICAL or not secret else make_token(secret, intent["person_id"], kind)
        return Letter(
            kind=kind,
            to=contact["email"],
            sender=self._carrier.sender,
            locale=contact["locale"],
            message_id=f"{intent['id']}@{host_of(url)}",
            written_at=self._host.clock.now(),
            public_url=url,
            unsubscribe_url=token and f"{url}/v1/unsubscribe/{token}",
        )

    def _contact(self, person_id: str) -> tuple[Any, Any]:
        found = self._host.reads.get("contacts", person_id) or {}
        return self._host.reads.open(found.get("contact")), self._host.reads.open(found.get("secret"))

    def _record_failure(self, intent: Data, trouble: NotTaken) -> None:
        attempt = intent["attempts"] + 1
        _log.warning("mail not taken", kind=intent["kind"], attempt=attempt, error=trouble.error, final=trouble.final)
        self._record("record_failure", intent, attempt=attempt, error=trouble.error, final=trouble.final)

    def _record(self, command: str, intent: Data, **outcome: Any) -> None:
        which = {name: intent[name] for name in ("person_id", "notification_id", "channel")}
        command_id = derive(command, intent["id"], intent["due_at"])
        self._host.follow(command, {**which, **outcome}, command_id=command_id)
