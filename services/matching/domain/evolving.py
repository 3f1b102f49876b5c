"""What each event makes of the roster."""

from __future__ import annotations

from collections.abc import Callable

from services.matching.domain.roster import Pair, Roster, Run, Settings, Signup
from shared.kernel.events import Aggregate, Data, Event

_RUNS_KEPT = 20


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
    roster.open, roster.next_run = False, None


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
    signup = roster.signups[event.data["person_id"]]
    signup.expires_at = event.data["expires_at"]
    signup.since = event.data.get("since", signup.since)


def _proposed(roster: Roster, event: Event) -> None:
    data = event.data
    roster.runs[data["run_id"]] = Run(
        data["pairs"],
        data["fairness"],
        data.get("seed", 0),
        data["inputs_hash"],
        data.get("expires_at"),
        data.get("by_schedule", False),
    )
    while len(roster.runs) > _RUNS_KEPT:
        del roster.runs[next(iter(roster.runs))]


def _edited(roster: Roster, event: Event) -> None:
    run = roster.runs.get(event.data["run_id"])
    if run:
        gone = {(one["mentor_id"], one["mentee_id"]) for one in event.data["removed"]}
        kept = [one for one in run.pairs if (one["mentor_id"], one["mentee_id"]) not in gone]
        run.pairs = [*kept, *event.data["added"]]


def _scheduled(roster: Roster, event: Event) -> None:
    roster.next_run = event.data["at"]
    roster.rolls_since = event.data.get("since", roster.next_run)


def _batched(roster: Roster, event: Event) -> None:
    for one in event.data["results"]:
        if "pair_id" in one:
            roster.pairs[one["pair_id"]].batch_id = event.data["batch_id"]


def _created(roster: Roster, event: Event) -> None:
    data = event.data
    introduction = sealed(event, "introduction", "program_id")
    pair = Pair(data["pair_id"], data["mentor_id"], data["mentee_id"], introduction, data.get("expires_at"))
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
        pair.status, pair.reason = status, event.data["reason"]
        for person_id in pair.people:
            roster.signups[person_id].current -= 1

    return change


def _ended(roster: Roster, event: Event) -> None:
    _over("ended")(roster, event)
    for side in ("mentor_id", "mentee_id"):
        roster.last_pair[event.data[side]] = event.data["pair_id"]
        roster.ended_at[event.data[side]] = event.recorded_at


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
    "SignupRemoved": _signup_is("removed"),
    "SignupExpired": _signup_is("expired"),
    "RecommendationsProposed": _proposed,
    "RecommendationsEdited": _edited,
    "RollingRunScheduled": _scheduled,
    "PairsCreated": _batched,
    "PairCreated": _created,
    "PairIntroduced": _introduced,
    "PairPaused": _pair_is("paused"),
    "PairResumed": _pair_is("active"),
    "PairEnded": _ended,
    "PairDropped": _over("dropped"),
}

ROSTER = Aggregate("roster", Roster, evolve)
