"""The roster of a program: who signed up, and who is paired with whom. One stream holds it all, so that no race can

take a place twice. Sees sealed data only: what people wrote is kept as the reference under which it may be opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from shared.kernel.events import Aggregate, Data, Event
from shared.kernel.ids import couple

_RUNS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a program that matching heeds."""

    mentees_per_mentor: int = 3
    shared_language: bool = True
    hours_apart: float = 24
    signup_expires_after_days: int = 90

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Settings:
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})


@dataclass(slots=True)
class Signup:
    """One person's sign-up. `since` is when they joined; `current` counts their pairs that are not over."""

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
    """`status`: created (a draft), active, paused, ended or dropped (a draft taken back)."""

    pair_id: str
    mentor_id: str
    mentee_id: str
    introduction: Data | None
    status: str = "created"

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
class Roster:
    """`met` are couples that were introduced, `times` counts how often a couple was paired."""

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
    runs: dict[str, list[Data]] = field(default_factory=dict)

    @property
    def place(self) -> Data:
        """What every event of the roster says."""
        return {"program_id": self.program_id, "group_id": self.group_id}

    def room(self, person_id: str) -> int:
        """How many more pairs this person can take."""
        signup = self.signups[person_id]
        most = min(signup.capacity, self.settings.mentees_per_mentor) if signup.role == "mentor" else 1
        return most - signup.current

    def current_pairs_of(self, person_id: str) -> Iterator[Pair]:
        return (pair for pair in self.pairs.values() if pair.is_current and person_id in pair.people)


def evolve(roster: Roster, event: Event) -> Roster:
    """The roster after one more event."""
    change = _CHANGES.get(event.type)
    if change:
        change(roster, event)
    return roster


def sealed(event: Event, name: str, owner: str) -> Data | None:
    """Where a sealed field stands: the reference by which the application opens it."""
    value = event.data.get(name)
    return None if value is None else {"key": event.data[owner], "event": event.id, "field": name, "sealed": value}


def _opened(roster: Roster, event: Event) -> None:
    roster.program_id, roster.group_id = event.data["program_id"], event.data["group_id"]
    roster.open, roster.settings = True, Settings.of(event.data["settings"])


def _revised(roster: Roster, event: Event) -> None:
    roster.settings = Settings.of(event.data["settings"])


def _closed(roster: Roster, _event: Event) -> None:
    roster.open = False


def _signed_up(roster: Roster, event: Event) -> None:
    data = event.data
    names = ("signup_id", "person_id", "role", "capacity", "adult", "expires_at")
    known = {name: data[name] for name in names}
    answers = sealed(event, "answers", "person_id")
    roster.signups[data["person_id"]] = Signup(**known, since=event.recorded_at, answers=answers)


def _signup_changed(roster: Roster, event: Event) -> None:
    signup = roster.signups[event.data["person_id"]]
    signup.capacity, signup.answers = event.data["capacity"], sealed(event, "answers", "person_id")


def _signup_is(status: str) -> Callable[[Roster, Event], None]:
    def change(roster: Roster, event: Event) -> None:
        signup = roster.signups[event.data["person_id"]]
        signup.status = status
        signup.expires_at = event.data.get("expires_at", signup.expires_at)

    return change


def _renewed(roster: Roster, event: Event) -> None:
    roster.signups[event.data["person_id"]].expires_at = event.data["expires_at"]


def _proposed(roster: Roster, event: Event) -> None:
    roster.runs[event.data["run_id"]] = event.data["pairs"]
    while len(roster.runs) > _RUNS_KEPT:
        del roster.runs[next(iter(roster.runs))]


def _created(roster: Roster, event: Event) -> None:
    data = event.data
    introduction = sealed(event, "introduction", "program_id")
    pair = Pair(data["pair_id"], data["mentor_id"], data["mentee_id"], introduction)
    roster.pairs[pair.pair_id] = pair
    roster.times[pair.couple] = roster.times.get(pair.couple, 0) + 1
    for person_id in pair.people:
        roster.signups[person_id].current += 1


def _introduced(roster: Roster, event: Event) -> None:
    pair = roster.pairs[event.data["pair_id"]]
    pair.status = "active"
    roster.met.add(pair.couple)


def _pair_is(status: str) -> Callable[[Roster, Event], None]:
    def change(roster: Roster, event: Event) -> None:
        roster.pairs[event.data["pair_id"]].status = status

    return change


def _over(status: str) -> Callable[[Roster, Event], None]:
    def change(roster: Roster, event: Event) -> None:
        pair = roster.pairs[event.data["pair_id"]]
        pair.status = status
        for person_id in pair.people:
            roster.signups[person_id].current -= 1

    return change


_CHANGES: dict[str, Callable[[Roster, Event], None]] = {
    "RosterOpened": _opened,
    "RosterRevised": _revised,
    "RosterClosed": _closed,
    "CoupleBarred": lambda roster, event: roster.barred_couples.add(event.data["couple_id"]),
    "PersonBarred": lambda roster, event: roster.barred_people.add(event.data["person_id"]),
    "PersonUnbarred": lambda roster, event: roster.barred_people.discard(event.data["person_id"]),
    "SignedUp": _signed_up,
    "SignupChanged": _signup_changed,
    "SignupPaused": _signup_is("paused"),
    "SignupResumed": _signup_is("active"),
    "SignupRenewed": _renewed,
    "SignupWithdrawn": _signup_is("withdrawn"),
    "SignupExpired": _signup_is("expired"),
    "RecommendationsProposed": _proposed,
    "PairCreated": _created,
    "PairIntroduced": _introduced,
    "PairPaused": _pair_is("paused"),
    "PairResumed": _pair_is("active"),
    "PairEnded": _over("ended"),
    "PairDropped": _over("dropped"),
}

ROSTER = Aggregate("roster", Roster, evolve)
