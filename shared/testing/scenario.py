"""Given, when, then: a whole service in memory, with real sealing, schemas, views and reactions, and a clock."""

from __future__ import annotations

from typing import Any

from shared.application.application import Application, Context, Done
from shared.application.table import Table
from shared.contracts.catalogue import EVENTS, VALIDATORS
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.actor import Actor
from shared.kernel.clock import to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, Event
from shared.kernel.ids import derive, new_id
from shared.privacy.endings import end_keys
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.views.inbox import Inbox


def person(id: str, *, member_of: str = "soap", admin_of: str | None = None, adult: bool = True) -> Actor:
    """An adult member of the group `soap`, unless said otherwise."""
    groups = {member_of: "member"} if member_of else {}
    if admin_of:
        groups[admin_of] = "admin"
    return Actor(id, groups, frozenset(), adult, name=id.title())


def moderator(id: str = "mo") -> Actor:
    """A moderator of the platform, in no group."""
    return Actor(id, {}, frozenset({"moderator"}), adult=True, name=id.title())


class Scenario:
    """A service under test. Every step answers the scenario itself, so steps read as a story."""

    def __init__(self, table: Table) -> None:
        self.clock = FixedClock()
        self.log = MemoryEventLog(table.name, partitions=1)
        self.keys = MemoryKeys()
        self.views = MemoryViews()
        self.app = Application(table, self.log, Sealer(self.keys), self.views, self.clock)
        self.inbox = Inbox(self.views, table.views, self._react, self.clock)  # type: ignore[arg-type]
        self.answer: Data = {}
        self.refusal: Refusal | None = None
        self._seen = 0
        self._foreign: dict[str, int] = {}
        self._fired: set[tuple[str, str]] = set()

    def given(self, command: str, data: Data, actor: Actor | None = None) -> Scenario:
        """Something that was done before; it must succeed. Without an actor the service does it itself."""
        self.when(command, data, actor)
        if self.refusal:
            raise self.refusal
        return self

    def when(self, command: str, data: Data, actor: Actor | None = None, key: str | None = None) -> Scenario:
        """The command under test; its outcome is looked at by `then` or `refused`. `key`: its Idempotency-Key."""
        self.refusal, self._seen = None, self.log.head(0)
        command_id = derive("test", key) if key else new_id()
        try:
            done = self._do(command, data, actor, command_id)
            self.answer = done.answer
        except Refusal as refusal:
            self.refusal = refusal
        self.settle()
        return self

    def arrives(self, name: str, data: Data, actor: str = "system") -> Scenario:
        """An event of another service comes over the bus; `name` is `service.Type`, `actor` whose doing it is."""
        problems = VALIDATORS[name].validate(data)
        assert not problems, (name, problems)
        service, _, kind = name.partition(".")
        self._foreign[service] = position = self._foreign.get(service, 0) + 1
        self.refusal, self._seen = None, self.log.head(0)
        event_id = new_id()
        sealed = Sealer(self.keys).seal_event(name, event_id, data)
        version, at = EVENTS[name].version, to_text(self.clock.now())
        stream = f"{service}-stream"
        event = Event(
            event_id, kind, version, sealed, service, 0, position, 0, 1, stream, position, at, actor, event_id, None
        )
        self.inbox.apply(service, 0, [event])
        self.settle()
        return self

    def later(self, **units: float) -> Scenario:
        """Time passes (`days=7`) and what fell due fires, once."""
        self.refusal, self._seen = None, self.log.head(0)
        self.clock.advance(**units)
        self.fire()
        return self

    def fire(self) -> None:
        """Fire what is due now, as the runtime does."""
        due_view = self.app.table.due_view
        while due_view:
            due = self.views.find(due_view, {"at": {"$lte": to_text(self.clock.now())}}, order="at")
            waiting = [document for document in due if (document["id"], document["at"]) not in self._fired]
            if not waiting:
                return
            for document in waiting:
                self._fired.add((document["id"], document["at"]))
                command_id = derive(self.app.table.name, "due", document["id"], document["at"])
                self.app.follow(document["command"], document["data"], command_id=command_id)
            self.settle()

    def then(self, kind: str, **fields: Any) -> Scenario:
        """The last step made an event of this type with these fields in clear."""
        assert self.refusal is None, f"refused: {self.refusal}"
        made = self.events()
        found = [event for event in made if event.type == kind and fields.items() <= event.data.items()]
        assert found, f"no {kind} with {fields} in {[(event.type, event.data) for event in made]}"
        return self

    def nothing(self) -> Scenario:
        """The last step made no event."""
        assert self.events() == []
        return self

    def refused(self, slug: str) -> Scenario:
        """The last command was refused with this slug, and nothing happened."""
        assert self.refusal is not None, f"not refused, but {[event.type for event in self.events()]}"
        assert self.refusal.slug == slug, self.refusal
        return self.nothing()

    def ask(self, query: str, params: Data, actor: Actor) -> Data:
        """The answer to a question. Raises a Refusal."""
        return self.app.ask(query, params, Context(actor, new_id(), new_id()))

    def asked_refused(self, query: str, params: Data, actor: Actor) -> str:
        """The slug with which a question is refused."""
        try:
            self.ask(query, params, actor)
        except Refusal as refusal:
            return refusal.slug
        raise AssertionError(f"{query} was answered")

    def view(self, view: str, id: str) -> Data:
        """A document of a view; it must be there."""
        found = self.views.get(view, id)
        assert found is not None, f"no {id} in {view}: {list(self.views.documents.get(view, {}))}"
        return found

    def opened(self, event: Event) -> Data:
        """The data of an event with its sealed fields opened."""
        return self.app.sealer.open_event(event)

    def events(self) -> list[Event]:
        """What the last step made, reactions included."""
        return [event for commit in self.log.feed(0, self._seen, 10_000) for event in commit.events]

    def settle(self) -> None:
        """Bring the own views up to date and run the reactions to own events."""
        while commits := self.log.feed(0, self.views.watermark(self.log.service, 0), 500):
            self.inbox.apply(self.log.service, 0, [event for commit in commits for event in commit.events])
        assert not self.views.parked, [document["why"] for document in self.views.parked.values()]

    def _react(self, event: Event) -> None:
        """As the runtime does."""
        end_keys(event, self.keys)
        self.app.react(event)

    def _do(self, command: str, data: Data, actor: Actor | None, command_id: str) -> Done:
        if actor is None:
            return self.app.follow(command, data, command_id=command_id)
        fingerprint = derive("fingerprint", sorted(map(repr, data.items())))
        return self.app.execute(command, data, Context(actor, command_id, command_id, fingerprint=fingerprint))
