"""The journey of one pair: commitment, steps, goals, weekly check-ins, closing (P-12, P-13, P-19)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from services.programs.domain import errors
from services.programs.domain.check_ins import first_check_in, next_check_in
from shared.kernel.clock import to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.kernel.pairs import (
    CommitmentFirst,
    PairEnded,
    PairPaused,
    PausedForReview,
    may_take_part,
    may_write,
)


@dataclass
class Journey:
    """`pair` is empty until the start. `marks`: step id to the people who did their part. `week`: check-ins asked for
    so far. `reviews`: those that pause the pair."""

    pair: Data = field(default_factory=dict)
    status: str = "none"
    step_ids: list[str] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    marks: dict[str, set[str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    timezone: str = "UTC"
    check_in: Data = field(default_factory=dict)
    week: int = 0
    checked_in: dict[int, set[str]] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)
    goals: int = 0
    pulses: Counter[str] = field(default_factory=Counter)
    completed: bool = False
    reviews: set[str] = field(default_factory=set)

    @property
    def sides(self) -> tuple[str, str]:
        return (self.pair["mentor_id"], self.pair["mentee_id"])

    @property
    def current(self) -> str | None:
        """The first step that is neither done by both nor skipped."""
        return next((step for step in self.step_ids if step not in self.passed), None)

    def other(self, person: str) -> str:
        mentor, mentee = self.sides
        return mentee if person == mentor else mentor


MOST_GOALS = 100
MOST_PULSES = 500
"""Of one side. A journey is one document of a view, which must stay storable."""

PAIR_FIELDS = ("pair_id", "program_id", "group_id", "mentor_id", "mentee_id")


def evolve(state: Journey, event: Event) -> Journey:
    data = event.data
    match event.type:
        case "JourneyStarted":
            state.pair = {name: data[name] for name in PAIR_FIELDS}
            state.status, state.step_ids = "running", list(data["step_ids"])
            state.timezone, state.check_in = data["timezone"], data["check_in"]
        case "CommitmentAgreed":
            state.agreed.add(data["by"])
        case "StepMarked":
            state.marks.setdefault(data["step_id"], set()).add(data["by"])
        case "StepCompleted" | "StepSkipped":
            state.passed.add(data["step_id"])
        case "CheckInDue":
            state.week = data["week"]
        case "CheckInRecorded":
            state.checked_in.setdefault(data["week"], set()).add(data["by"])
        case "GoalSet":
            state.goals += 1
        case "PulseRecorded":
            state.pulses[data["by"]] += 1
        case "FeedbackGiven":
            state.feedback.add(data["by"])
        case "JourneyCompleted":
            state.completed = True
        case "JourneyPaused" if data.get("review_id"):
            state.reviews.add(data["review_id"])
        case "JourneyResumed" if data.get("review_id"):
            state.reviews.remove(data["review_id"])
        case "JourneyPaused":
            state.status = "paused"
        case "JourneyResumed":
            state.status = "running"
        case "JourneyStopped":
            state.status = "stopped"
    return state


JOURNEY = Aggregate("journey", Journey, evolve)


def start_journey(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: `program` with the guide's version, step ids and settings of today.

    A start that comes after the end starts nothing that lasts (BL-02), one that comes after a review waits for it.
    """
    if state.pair:
        return []
    program = occasion.facts["program"]
    check_in = program["settings"]["check_in"]
    first = first_check_in(occasion.now, command["timezone"], check_in["weekday"], check_in["hour"])
    pair = _pair(command)
    outline = {name: program[name] for name in ("guide_version", "step_ids")}
    when = {"timezone": command["timezone"], "check_in": check_in, "first_check_in_at": to_text(first)}
    started = NewEvent("JourneyStarted", {**pair, **outline, **when})
    if state.status == "stopped":
        return [started, NewEvent("JourneyStopped", pair)]
    return [started, *(NewEvent("JourneyPaused", {**pair, "review_id": one}) for one in sorted(state.reviews))]


def agree_commitment(state: Journey, _command: Data, occasion: Occasion) -> list[NewEvent]:
    _going_on(state, occasion)
    by = occasion.actor.id
    if by in state.agreed:
        return []
    return [_event(state, "CommitmentAgreed", by=by, both=state.other(by) in state.agreed)]


def complete_step(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    """A step counts when both sides did their part (P-12)."""
    step, by = _current_step(state, command, occasion), occasion.actor.id
    done = state.marks.get(step, set())
    if by in done:
        raise errors.StepAlreadyDone
    events = [_event(state, "StepMarked", step_id=step, by=by)]
    if state.other(by) in done:
        events.append(_event(state, "StepCompleted", step_id=step, by=by))
        if step == state.step_ids[-1]:
            events.append(_event(state, "JourneyCompleted"))
    return events


def skip_step(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    step = _current_step(state, command, occasion)
    if step == state.step_ids[-1]:
        raise errors.ClosingStepStays
    return [_event(state, "StepSkipped", step_id=step, by=occasion.actor.id)]


def set_goal(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: the actor's `standing`. The other reads goals, so they are sending (TS-15)."""
    _going_on(state, occasion)
    may_write(occasion.facts.get("standing"), occasion.now)
    if state.goals >= MOST_GOALS:
        raise errors.TooMany
    return [_event(state, "GoalSet", goal_id=occasion.id("goal"), by=occasion.actor.id, text=command["text"])]


def remind_check_in(state: Journey, _command: Data, occasion: Occasion) -> list[NewEvent]:
    """The week is over. After downtime one reminder catches up for all that were missed (P-21, NO-07)."""
    if state.status != "running" or state.reviews:
        return []
    weekday, hour = state.check_in["weekday"], state.check_in["hour"]
    events = []
    if state.week and not state.checked_in.get(state.week):
        events.append(_event(state, "CheckInMissed", week=state.week))
    week = state.week + 1
    following = next_check_in(occasion.now, state.timezone, weekday, hour)
    turn = state.sides[(week - 1) % 2]
    due = {"due_at": to_text(occasion.now), "next_due_at": to_text(following), "owner_id": turn}
    return [*events, _event(state, "CheckInDue", week=week, **due)]


def record_check_in(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: the actor's `standing`; who is restricted may check in without a note."""
    _going_on(state, occasion)
    if command.get("note"):
        may_write(occasion.facts.get("standing"), occasion.now)
    by = occasion.actor.id
    if by in state.checked_in.get(state.week, ()):
        raise errors.AlreadyCheckedIn
    told = {"met": command["met"], "rating": command.get("rating"), "note": command.get("note")}
    return [_event(state, "CheckInRecorded", week=state.week, by=by, **told)]


def record_pulse(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    _going_on(state, occasion)
    if state.pulses[occasion.actor.id] >= MOST_PULSES:
        raise errors.TooMany
    return [_event(state, "PulseRecorded", by=occasion.actor.id, rating=command["rating"])]


def give_feedback(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    by = occasion.actor.id
    if not state.completed and state.status != "stopped":
        raise errors.NotYetOver
    if by in state.feedback:
        raise errors.AlreadyGiven
    told = {name: command.get(name) for name in ("rating", "contact_afterwards", "text")}
    return [_event(state, "FeedbackGiven", by=by, **told)]


def pause_journey(state: Journey, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [_event(state, "JourneyPaused")] if state.status == "running" else []


def resume_journey(state: Journey, _command: Data, occasion: Occasion) -> list[NewEvent]:
    if state.status != "paused":
        return []
    return [_event(state, "JourneyResumed", next_check_in_at=None if state.reviews else _next_due(state, occasion))]


def hold_journey(state: Journey, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """An urgent report pauses the pair, beside any rest of its own, until its case lets it go (TS-22)."""
    if command["review_id"] in state.reviews or state.status == "stopped":
        return []
    return [NewEvent("JourneyPaused", {**_pair(command), "review_id": command["review_id"]})]


def release_journey(state: Journey, command: Data, occasion: Occasion) -> list[NewEvent]:
    if command["review_id"] not in state.reviews or state.status == "stopped":
        return []
    goes_on = state.status == "running" and len(state.reviews) == 1
    told = {"review_id": command["review_id"], "next_check_in_at": _next_due(state, occasion) if goes_on else None}
    return [NewEvent("JourneyResumed", {**_pair(command), **told})]


def stop_journey(state: Journey, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Kept even where the introduction has not arrived yet: a block and a pair come from different services."""
    if state.status == "stopped":
        return []
    return [NewEvent("JourneyStopped", _pair(command))]


def _pair(command: Data) -> Data:
    return {name: command[name] for name in PAIR_FIELDS}


def _next_due(state: Journey, occasion: Occasion) -> str:
    return to_text(next_check_in(occasion.now, state.timezone, state.check_in["weekday"], state.check_in["hour"]))


def _event(state: Journey, kind: str, **fields: object) -> NewEvent:
    return NewEvent(kind, {**state.pair, **fields})


def _going_on(state: Journey, occasion: Occasion) -> None:
    """`occasion.facts`: the actor's `standing`, and that `of_the_other`."""
    if state.status == "none":
        raise NotFound
    if state.status == "stopped":
        raise PairEnded
    if state.reviews:
        raise PausedForReview
    if state.status == "paused":
        raise PairPaused
    may_take_part(occasion.facts.get("standing"), occasion.facts.get("of_the_other"))


def _current_step(state: Journey, command: Data, occasion: Occasion) -> str:
    _going_on(state, occasion)
    if command["step_id"] not in state.step_ids:
        raise errors.UnknownStep
    if len(state.agreed) < len(state.sides):
        raise CommitmentFirst
    if command["step_id"] in state.passed:
        raise errors.StepAlreadyDone
    if command["step_id"] != state.current:
        raise errors.StepOutOfOrder
    return str(command["step_id"])
