"""People of one community who ask for things, now and then twice, and note outside the system what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from shared.application.application import Context, Done
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal, Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import derive
from shared.testing.scenario import person
from tests.torture.faults import Crash
from tests.torture.history import History
from tests.torture.traces import canaries, canary

ADMIN = person("ada", admin_of="soap")
MENTORS = [person("may"), person("max")]
MENTEES = [person("tom"), person("tia"), person("ted")]
_STEP = {
    "id": "one",
    "title": "t",
    "purpose": "p",
    "mentor_prompt": "m",
    "mentee_prompt": "n",
    "week": 1,
    "closing": True,
}
_ANSWERS = {"topics": ["lye"], "languages": ["en"], "timezone": "UTC", "capacity": 2}
_LEAVES = 0.04
_NOSY = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of which the outcome is not known yet."""

    service: str
    command: str
    data: Data
    actor: Actor
    id: str


class People:
    """`execute(service, command, data, context)` and `answer(service, query, params, context)` raise what a service

    raises. All that people write holds a canary of its own. `canary_of`: the pair that each was written in.
    """

    def __init__(
        self,
        seed: object,
        random: Random,
        history: History,
        execute: Callable[..., Done],
        answer: Callable[..., Data],
    ) -> None:
        self._seed = seed
        self._random = random
        self._history = history
        self._execute = execute
        self._answer = answer
        self.canary_of: dict[str, str] = {}
        self._by: dict[str, str] = {}
        self._leaving: list[Actor] = []
        self.erased: set[str] = set()
        self._count = 0
        self.open: list[Asked] = []
        self.program = ""
        self.pairs: dict[str, tuple[Actor, Actor]] = {}
        self.messages: dict[str, list[str]] = {}
        self._agreed: set[tuple[str, str]] = set()
        self._ended: set[str] = set()

    def found_program(self) -> None:
        new = {"group_id": "soap", "template_id": "skill-development", "title": "Soap", "steps": [_STEP]}
        settings = {"mentees_per_mentor": 1, "rematch_rest_days": 0}
        done = self.ask("programs", "create_program", {**new, "settings": settings}, ADMIN)
        self.program = str(done["program_id"]) if done else ""
        self.ask("programs", "open_program", {"program_id": self.program}, ADMIN)

    def sign_up(self) -> None:
        terms = {"program_id": self.program, "adult": True}
        for role, people in (("mentor", MENTORS), ("mentee", MENTEES)):
            for one in people:
                answers = {**_ANSWERS, "about": self._word(one), "goal": self._word(one)}
                self.ask("matching", "sign_up", {**terms, "role": role, "answers": answers}, one)

    def act(self) -> None:
        """One of them does something, or asks again for what nobody answered."""
        if self.open and self._random.random() < 0.4:
            self.again()
        elif self.pairs and not self._leaving and self._random.random() < _LEAVES:
            self._leaving += self._random.sample(self._random.choice(list(self.pairs.values())), 1)
            self.ask("gateway", "erase", {}, self._leaving[0])
        elif not self.pairs or self._random.random() < 0.15:
            self.pair()
        else:
            live = sorted(self.pairs.keys() - self._ended)
            pair = self._random.choice(live or sorted(self.pairs))
            self._among_two(pair, *self._random.sample(self.pairs[pair], 2))

    def again(self) -> None:
        """Ask again for one thing of which the outcome is not known, under the same id."""
        self._send(self.open.pop(self._random.randrange(len(self.open))))

    def ask(self, service: str, command: str, data: Data, actor: Actor) -> Data | None:
        self._count += 1
        asked = Asked(service, command, data, actor, derive("simulated", self._seed, self._count))
        self._history.note("ask", service=service, command=command, id=asked.id)
        return self._send(asked)

    def agree(self) -> None:
        """Whoever is paired agrees, so that they can write to each other."""
        for pair, two in self.pairs.items():
            for one in two:
                self.ask("programs", "agree_commitment", {"pair_id": pair}, one)

    def write(self) -> None:
        """Something that nothing stands against."""
        new = {"group_id": "soap", "template_id": "skill-development", "title": "More", "steps": [_STEP]}
        self.ask("programs", "create_program", new, ADMIN)

    def read(self) -> None:
        """One asks what was said in a pair: mostly one of its two."""
        if self.pairs:
            pair = self._random.choice(sorted(self.pairs))
            among = [*MENTORS, *MENTEES] if self._random.random() < _NOSY else self.pairs[pair]
            self._said(pair, self._random.choice(among))

    def read_everything(self) -> Iterator[tuple[str, Data]]:
        """What each of the two of each pair is shown."""
        return ((one.id, self._said(pair, one)) for pair, two in self.pairs.items() for one in two)

    def canaries_of_erased(self) -> set[str]:
        return {word for word, who in self._by.items() if who in self.erased}

    def _said(self, pair: str, one: Actor) -> Data:
        """The messages and posts of a pair. A stranger to it may read no word of it."""
        context, found = Context(one, "-", "-"), {}
        with suppress(Refusal):
            found["messages"] = self._answer("conversations", "messages", {"pair_id": pair}, context)
            found["posts"] = self._answer("conversations", "posts", {"pair_id": pair, "step_id": "one"}, context)
        about = pair if one in self.pairs[pair] else "nothing"
        self._history.note("answer", who=one.id, pair=about, canaries=sorted(canaries(found)))
        return found

    def _word(self, by: Actor, pair: str = "") -> str:
        word = canary(len(self._by))
        self._by[word], self.canary_of[word] = by.id, pair
        return word

    def pair(self) -> None:
        mentor, mentee = self._random.choice(MENTORS), self._random.choice(MENTEES)
        two = {"program_id": self.program, "mentor_id": mentor.id, "mentee_id": mentee.id}
        self.ask("matching", "create_pair", two, ADMIN)

    def _among_two(self, pair: str, one: Actor, other: Actor) -> None:
        """What one of a pair does."""
        of_pair, said = {"pair_id": pair}, self.messages.setdefault(pair, [])
        if (pair, one.id) not in self._agreed and self._random.random() < 0.8:
            self.ask("programs", "agree_commitment", of_pair, one)
            return
        step: tuple[str, str, dict[str, Any]] = self._random.choices(
            (
                ("conversations", "send_message", {**of_pair, "text": self._word(one, pair)}),
                ("conversations", "mark_read", {**of_pair, "up_to": said[-1] if said else "none"}),
                ("conversations", "share_post", {**of_pair, "step_id": "one", "text": self._word(one, pair)}),
                ("programs", "record_pulse", {**of_pair, "rating": 4}),
                ("matching", "pause_pair", of_pair),
                ("matching", "resume_pair", of_pair),
                ("matching", "end_pair", {**of_pair, "reason": "schedule"}),
                ("conversations", "block_person", {"person_id": other.id}),
            ),
            weights=(12, 2, 2, 1, 0.5, 2, 0.3, 0.3),
        )[0]
        self.ask(*step, one)

    def _send(self, asked: Asked) -> Data | None:
        about = {"service": asked.service, "id": asked.id}
        context = Context(asked.actor, asked.id, asked.id, fingerprint=asked.command)
        try:
            done = self._execute(asked.service, asked.command, asked.data, context)
        except (Unavailable, Crash) as error:
            self._history.note("unknown", **about)
            self.open.append(asked)
            if isinstance(error, Crash):
                raise
            return None
        except Refusal as refusal:
            self._history.note("refused", **about, slug=refusal.slug)
            if refusal.slug == "pair-ended":
                self._ended.add(asked.data["pair_id"])
            return None
        self._history.note("ack", **about, partition=done.partition, position=done.position)
        self._learn(asked, done.answer)
        return done.answer

    def _learn(self, asked: Asked, answer: Data) -> None:
        if asked.command == "erase":
            self.erased.add(asked.actor.id)
        if asked.command == "create_pair":
            everybody = {one.id: one for one in (*MENTORS, *MENTEES)}
            self.pairs[answer["pair_id"]] = everybody[answer["mentor_id"]], everybody[answer["mentee_id"]]
        elif asked.command == "agree_commitment":
            self._agreed.add((asked.data["pair_id"], asked.actor.id))
        elif asked.command == "send_message":
            self.messages[asked.data["pair_id"]].append(answer["message_id"])
