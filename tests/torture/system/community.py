"""Who there is and what they do all day: groups with programs, pairs that write to each other, newcomers, blocks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.gateway import keyring
from services.gateway.positions import Positions
from shared.privacy.wrapping import KeyFile
from tests.support.system import System
from tests.support.world import ANSWERS
from tests.torture.history import History
from tests.torture.system.people import Answer, Line, Person, Tally

_REACTIONS = ("like", "thanks", "heart")
_TIMES = 150
_MAILED = 0.05
"""The share of people who want a mail for each message: they are sent one by one, which takes its time at the end."""


class NeverDone(Exception):
    """What must become possible after another command did not, for all that time."""


@dataclass
class Pair:
    id: str
    sides: tuple[Person, Person]
    step: str = ""
    messages: list[str] = field(default_factory=list)
    over: bool = False


@dataclass
class Program:
    id: str
    group: str
    admin: Person


class Community:
    """Everything that is asked of the system is asked here, each choice from the seed."""

    def __init__(self, system: System, port: int, seed: int, history: History) -> None:
        self._system = system
        self._port = port
        keys = KeyFile(system.instance.key_file("gateway"), "gateway").keys
        self._positions = Positions(keyring.of(keys, "positions"))
        self._history = history
        self.random = random.Random(seed)
        self.tally = Tally()
        self.programs: list[Program] = []
        self.pairs: list[Pair] = []
        self.canary_of: dict[str, str] = {}
        self.said_by: dict[str, set[str]] = {}
        self.stopping = False
        self._people = 0
        self._mark = f"{seed:x}-"

    def person(self, what: str, group: str, role: str = "member") -> Person:
        self._people += 1
        id = f"{what}-{self._mark}{self._people}"
        token = self._system.token(id, groups={group: role})
        return Person(id, token, Line(self._port), self._history, self.tally, self._place)

    def _place(self, position: str) -> tuple[str, int, int]:
        return self._positions.read(position)[0]

    async def settle(self, groups: int, pairs: int) -> None:
        """Make groups, each with an open program and so many pairs that can write."""
        self.programs = list(await asyncio.gather(*(self._found(f"group-{self._mark}{n}") for n in range(groups))))
        await asyncio.gather(*(self.introduce(program) for program in self.programs for _ in range(pairs)))

    async def _found(self, group: str) -> Program:
        admin = self.person("admin", group, "admin")
        body = {"template_id": "skill-development", "title": "Soap"}
        made = (await admin.do("programs", "POST", f"/v1/groups/{group}/programs", body)).json()["program_id"]
        await admin.do("programs", "POST", f"/v1/programs/{made}/open")
        return Program(made, group, admin)

    async def introduce(self, program: Program) -> Pair:
        """Two newcomers sign up, are paired and agree; from then on they may write."""
        two = self.person("mentor", program.group), self.person("mentee", program.group)
        for person, role in zip(two, ("mentor", "mentee"), strict=True):
            body = {"role": role, "adult": True, "answers": ANSWERS}
            await self._until(person, "matching", f"/v1/programs/{program.id}/signups", body)
        body = {"mentor_id": two[0].id, "mentee_id": two[1].id}
        made = await self._until(program.admin, "matching", f"/v1/programs/{program.id}/pairs", body)
        pair = Pair(made.json()["pair_id"], two)
        for person in two:
            await self._until(person, "programs", f"/v1/pairs/{pair.id}/agree", None)
            if self.random.random() > _MAILED:
                chosen = {"preferences": {"message-received": {"email": "off"}}}
                await person.do("notifications", "PUT", "/v1/me/notification-preferences", chosen)
        journey = await self._known(lambda: two[0].read(f"/v1/pairs/{pair.id}/journey"))
        pair.step = journey.json()["steps"][0]["id"]
        await self._until(two[0], "conversations", f"/v1/pairs/{pair.id}/messages", {"text": self._word(pair, two[0])})
        self.pairs.append(pair)
        return pair

    async def _until(self, person: Person, service: str, path: str, body: dict[str, Any] | None) -> Answer:
        """What follows in another service takes its moment: until then it is refused, and asked anew."""
        return await self._known(lambda: person.do(service, "POST", path, body))

    async def _known(self, ask: Callable[[], Any]) -> Answer:
        for _ in range(_TIMES):
            answer: Answer = await ask()
            if 200 <= answer.status < 300:
                return answer
            if self.stopping:
                break
            await asyncio.sleep(0.2)
        raise NeverDone(f"{answer.status} {answer.slug}")

    def _word(self, pair: Pair, by: Person) -> str:
        canary = f"cnry{self.random.getrandbits(48):012x}"
        self.canary_of[canary] = pair.id
        self.said_by.setdefault(by.id, set()).add(canary)
        return f"How did the lye turn out? {canary}"

    async def live(self, pair: Pair, side: int, pause: float) -> None:
        """One person's day, until the pair or the run is over; `pause` seconds between two commands on average."""
        me = pair.sides[side]
        while not self.stopping and not pair.over:
            answer = await self._something(pair, me)
            refused = answer.status in {401, 403, 404, 409}
            await asyncio.sleep(0.3 if refused else 2 * pause * self.random.random())

    async def _something(self, pair: Pair, me: Person) -> Answer:
        path, dice = f"/v1/pairs/{pair.id}", self.random.random()
        if dice < 0.80 or not pair.messages:
            answer = await me.do("conversations", "POST", f"{path}/messages", {"text": self._word(pair, me)})
            if answer.status == 201:
                pair.messages.append(answer.json()["message_id"])
            return answer
        if dice < 0.86:
            said = {"reaction": self.random.choice(_REACTIONS)}
            return await me.do("conversations", "POST", f"{path}/messages/{pair.messages[-1]}/reactions", said)
        if dice < 0.89:
            return await me.do("conversations", "POST", f"{path}/messages/read", {"up_to": pair.messages[-1]})
        if dice < 0.92:
            said = {"text": self._word(pair, me)}
            return await me.do("conversations", "POST", f"{path}/steps/{pair.step}/posts", said)
        if dice < 0.95:
            return await me.do("programs", "POST", f"{path}/pulse", {"rating": self.random.randint(1, 10)})
        if dice < 0.96:
            note = self._word(pair, me)
            return await me.do("programs", "POST", f"{path}/check-ins", {"met": True, "rating": 7, "note": note})
        return await me.read(f"{path}/messages?limit=30", pair.id)

    async def newcomers(self, every: float) -> None:
        """Sign-ups and pairs all along; now and then a report or a block."""
        count = 0
        while not self.stopping:
            await asyncio.sleep(every)
            count += 1
            await self.report(self.random.choice(self.pairs))
            try:
                pair = await self.introduce(self.random.choice(self.programs))
            except NeverDone:
                continue  # while parts are down; whether they catch up is seen at the end (I8)
            if count % 3 == 0:
                await self.block(pair)

    async def report(self, pair: Pair) -> Answer:
        body = {"target": {"kind": "pair", "id": pair.id}, "reason": "other", "text": self._word(pair, pair.sides[0])}
        return await pair.sides[0].do("trust_safety", "POST", "/v1/reports", body)

    async def block(self, pair: Pair) -> Answer:
        pair.over = True
        return await pair.sides[1].do("conversations", "POST", "/v1/blocks", {"person_id": pair.sides[0].id})

    async def forget(self, pair: Pair) -> set[str]:
        """Erase the first of a pair; the canaries that must be nowhere from then on."""
        pair.over = True
        person = pair.sides[0]
        await person.do("gateway", "POST", "/v1/me/erasure")
        # The other is asked for a copy afterwards, which needs a recent sign-in (PR-12); a long run outlasts that.
        pair.sides[1].token = self._system.token(pair.sides[1].id)
        return self.said_by.get(person.id, set())
