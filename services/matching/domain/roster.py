"""The roster of a program: who signed up, and who is paired with whom. One stream holds it all, so that no race can

take a place twice. Sees sealed data only: what people wrote is kept as the reference under which it may be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from services.matching.domain.questions import Question
from shared.kernel.events import Data
from shared.kernel.ids import couple

DEFAULT_FAIRNESS = 0.25


@dataclass(frozen=True, slots=True)
class Rolling:
    """`every_days`: how often a run is made by itself, 0 for never. `publish`: such a run is published at once.

    `fairness`: where its dial stands.
    """

    every_days: int = 0
    publish: bool = False
    fairness: float = DEFAULT_FAIRNESS


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a program that matching heeds. See `shared.contracts.settings`."""

    mentees_per_mentor: int = 3
    shared_language: bool = True
    hours_apart: float = 24
    signup_expires_after_days: int = 90
    weeks: int = 8
    questions: tuple[Question, ...] = ()
    hours_shared: float = 0
    mentees_in_all: int = 5
    rematch_rest_days: int = 7
    proposals_expire_after_days: int = 14
    rolling: Rolling = Rolling()
    min_score: float = 0

    @property
    def shown(self) -> Settings:
        """The same without protected questions. Whatever of a couple is shown is made with these, also where no

        protected reply counted: a number that did or did not change would tell (P-08).
        """
        return replace(self, questions=tuple(one for one in self.questions if not one.protected))

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Settings:
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        known["questions"] = tuple(Question.of(one) for one in data.get("questions", ()))
        known["rolling"] = Rolling(**data.get("rolling", {}))
        return cls(**known)


@dataclass(slots=True)
class Signup:
    """One person's sign-up. `since` is when their waiting began; `current` counts their pairs that are not over."""

    signup_id: str
    person_id: str
    role: str
    capacity: int
    adult: bool
    since: str
    expires_at: str
    answers: Data | None
    status: str = "active"
    current: int = 0

    @property
    def stands(self) -> bool:
        return self.status in {"active", "paused"}


@dataclass(slots=True)
class Pair:
    """`status`: created (a draft, good until `expires_at`), active, paused, ended or dropped (a draft taken back).

    `batch_id` names the bulk command that made it, `reason` why it is over.
    """

    pair_id: str
    mentor_id: str
    mentee_id: str
    introduction: Data | None
    expires_at: str | None = None
    status: str = "created"
    batch_id: str | None = None
    reason: str | None = None

    @property
    def people(self) -> tuple[str, str]:
        return self.mentor_id, self.mentee_id

    @property
    def couple(self) -> str:
        return couple(*self.people)

    @property
    def introduced(self) -> bool:
        return self.status in {"active", "paused", "ended"}

    @property
    def is_current(self) -> bool:
        return self.status in {"created", "active", "paused"}


@dataclass(slots=True)
class Run:
    """A run of the recommendations: what is published of it, and on which terms it was made."""

    pairs: list[Data]
    fairness: float
    seed: int
    inputs_hash: str
    expires_at: str | None
    by_schedule: bool


@dataclass(slots=True)
class Roster:
    """`met` are couples that were introduced, `times` counts how often a couple was paired; `last_pair` and `ended_at`

    are of the last pair that ended, by person; `next_run` is when recommendations are made without anybody's asking,
    whole periods after `rolls_since` or, where more had to be published than one commit holds, at once.
    """

    program_id: str = ""
    group_id: str | None = None
    open: bool = False
    settings: Settings = field(default_factory=Settings)
    signups: dict[str, Signup] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    times: dict[str, int] = field(default_factory=dict)
    barred_couples: set[str] = field(default_factory=set)
    barred_people: set[str] = field(default_factory=set)
    runs: dict[str, Run] = field(default_factory=dict)
    last_pair: dict[str, str] = field(default_factory=dict)
    ended_at: dict[str, str] = field(default_factory=dict)
    next_run: str | None = None
    rolls_since: str | None = None

    @property
    def place(self) -> Data:
        """What every event of the roster says."""
        return {"program_id": self.program_id, "group_id": self.group_id}

    def room(self, person_id: str) -> int:
        """How many more pairs this person can take."""
        signup = self.signups[person_id]
        most = min(signup.capacity, self.settings.mentees_per_mentor) if signup.role == "mentor" else 1
        return most - signup.current

    def pairs_of_batch(self, batch_id: str) -> list[Pair]:
        """What a bulk command made, whatever became of it; in the order of their making."""
        return [pair for pair in self.pairs.values() if pair.batch_id == batch_id]

    def current_pairs_of(self, person_id: str) -> Iterator[Pair]:
        return (pair for pair in self.pairs.values() if pair.is_current and person_id in pair.people)
