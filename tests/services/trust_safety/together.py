"""Four services in memory, joined as the bus joins them; ada (mentor) and ben (mentee) are a pair.

Matching alone is played by its events.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from services.conversations.service import TABLE as CONVERSATIONS
from services.notifications.service import TABLE as NOTIFICATIONS
from services.programs.service import TABLE as PROGRAMS
from services.trust_safety.service import TABLE as TRUST_SAFETY
from shared.application.application import Application
from shared.kernel.actor import Actor
from shared.kernel.clock import to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, Event
from shared.kernel.pairs import pair_id
from shared.privacy.sealing import Sealer
from shared.testing.clock import FixedClock
from shared.testing.scenario import Scenario
from shared.views.inbox import Inbox
from tests.services.trust_safety.story import ADA, BEN, MO, SUE, acting

_TABLES = (PROGRAMS, CONVERSATIONS, TRUST_SAFETY, NOTIFICATIONS)
_NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Soap"}


class Together:
    """`refusal`: of the last command."""

    def __init__(self) -> None:
        self.services = {table.name: Scenario(table) for table in _TABLES}
        clock = FixedClock()
        for service in self.services.values():
            service.clock = service.app.clock = clock
        self._heard: dict[tuple[str, str], int] = {}
        self.refusal: Refusal | None = None
        program = self.does("programs.create_program", _NEW, SUE)["program_id"]
        self.does("programs.open_program", {"program_id": program}, SUE)
        self.told = {"program_id": program, "group_id": "soap", "mentor_id": "ada", "mentee_id": "ben"}
        self.pair = {"pair_id": pair_id(program, "ada", "ben", 1)}
        self.tells("matching.PairIntroduced", {**self.pair, **self.told, "timezone": "UTC"})
        for who in (ADA, BEN):
            self.does("programs.agree_commitment", self.pair, who)

    def __getitem__(self, name: str) -> Scenario:
        return self.services[name]

    def does(self, command: str, data: Data, actor: Actor) -> Data:
        """`service.command`; what follows from it has followed when this answers. `refusal` says whether it was not
        done."""
        service, _, name = command.partition(".")
        asked = self[service].when(name, data, actor)
        self.refusal = asked.refusal
        self.flow()
        return asked.answer

    def slug(self, command: str, data: Data, actor: Actor) -> str | None:
        """With which a command is refused; None where it was done."""
        self.does(command, data, actor)
        return self.refusal.slug if self.refusal else None

    def tells(self, name: str, data: Data) -> None:
        """An event of a service that is not there."""
        for service in self.services.values():
            service.arrives(name, data)
        self.flow()

    def erases(self, person_id: str) -> None:
        self.tells("gateway.PersonErased", {"person_id": person_id})

    def later(self, **units: float) -> None:
        next(iter(self.services.values())).clock.advance(**units)
        for service in self.services.values():
            service.fire()
        self.flow()

    def flow(self) -> None:
        """Everybody hears what everybody has said, until there is nothing new."""
        ways = list(product(self.services, self.services))
        while sum(self._hears(listener, source) for source, listener in ways):
            pass

    def _hears(self, listener: str, source: str) -> bool:
        after = self._heard.get((listener, source), 0)
        commits = self[source].log.feed(0, after, 10_000)
        if listener == source or not commits:
            return False
        self._heard[listener, source] = commits[-1].position
        self[listener].inbox.apply(source, 0, [event for commit in commits for event in commit.events])
        self[listener].settle()
        return True

    def restarts(self, name: str, *, views_survive: bool) -> None:
        """A new process on the same log and keys; without its views it hears everything anew."""
        before, after = self[name], Scenario(self[name].app.table)
        views = before.views if views_survive else after.views
        table, after.clock, after.log, after.keys = before.app.table, before.clock, before.log, before.keys
        after.views = views
        after.app = Application(table, before.log, Sealer(before.keys), views, before.app.clock)
        after.inbox = Inbox(views, table.views, after.app.react, before.app.clock)  # type: ignore[arg-type]
        self.services[name] = after
        after.settle()
        self.delivers_again(name)

    def delivers_again(self, name: str) -> None:
        """The bus brings everything a second time."""
        self._heard = {way: position for way, position in self._heard.items() if way[0] != name}

    def writes(self, text: str, actor: Actor = BEN) -> str:
        return str(self.does("conversations.send_message", {**self.pair, "text": text}, actor)["message_id"])

    def reports(self, target: Data, reason: str = "harassment", actor: Actor = ADA) -> str:
        """The id of the case."""
        self.does("trust_safety.file_report", {"target": target, "reason": reason}, actor)
        assert self.refusal is None, self.refusal
        return str(self.all("trust_safety", "ReportFiled")[-1].data["case_id"])

    def held(self, target: Data, reason: str = "harassment", actor: Actor = ADA) -> str:
        case_id = self.reports(target, reason, actor)
        self.does("trust_safety.assign_case", {"case_id": case_id}, MO)
        return case_id

    def acts(self, case_id: str, action: str, by: Actor = MO, **more: Any) -> str:
        data = {"case_id": case_id, **acting(action, **more)}
        answer = self.does("trust_safety.act_on_case", data, by)
        assert self.refusal is None, self.refusal
        return str(answer["action_id"])

    def evidence(self, case_id: str, by: Actor = MO) -> list[Data]:
        """The items that a look shows."""
        self.does("trust_safety.view_evidence", {"case_id": case_id}, by)
        assert self.refusal is None, self.refusal
        return list(self["trust_safety"].ask("evidence", {"case_id": case_id}, by)["items"])

    def all(self, service: str, kind: str) -> list[Event]:
        commits = self[service].log.feed(0, 0, 10_000)
        return [event for commit in commits for event in commit.events if event.type == kind]

    @property
    def now(self) -> str:
        return to_text(self["trust_safety"].clock.now())
