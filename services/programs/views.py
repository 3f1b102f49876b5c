"""Read models of programs: programs, their guides by version, journeys, and what falls due."""

from __future__ import annotations

from collections.abc import Sequence

from services.programs.domain.journey import PAIR_FIELDS
from shared.kernel.events import Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, amend, amend_existing, put, remove

INDEXES = [
    ("programs", ["group_id", "order"]),
    ("journeys", ["program_id", "_id"]),
    ("due", ["at"]),
]


def outlined(event: Event) -> Sequence[Change]:
    data = event.data
    fields = {
        "group_id": data["group_id"],
        "template_id": data["template_id"],
        "guide_version": data["guide_version"],
        "step_ids": data["step_ids"],
        "settings": data["settings"],
        "seq": event.seq,
        **{name: reference(event, name) for name in ("title", "description", "guide", "questions")},
    }
    if event.type == "ProgramCreated":
        created = {"status": "draft", "created_at": event.recorded_at, "order": f"{event.recorded_at}/{event.id}"}
        fields = {**fields, **created}
    guide = {"guide": fields["guide"], "program_id": data["program_id"], "settings": data["settings"]}
    return [
        put("programs", data["program_id"], **fields),
        put("guides", f"{data['program_id']}.{data['guide_version']}", **guide),
    ]


def moved(event: Event) -> Sequence[Change]:
    status = {"ProgramOpened": "open", "ProgramClosed": "closed", "ProgramArchived": "archived"}[event.type]
    ended = {"archived_at": event.recorded_at} if status == "archived" else {}
    return [put("programs", event.data["program_id"], status=status, seq=event.seq, **ended)]


def started(event: Event) -> Sequence[Change]:
    data = event.data
    pair = {name: data[name] for name in PAIR_FIELDS if name != "pair_id"}
    fields = {
        **pair,
        "status": "running",
        "started_at": event.recorded_at,
        "guide_version": data["guide_version"],
        "step_ids": data["step_ids"],
        "next_check_in_at": data["first_check_in_at"],
        "seq": event.seq,
    }
    return [put("journeys", data["pair_id"], **fields), _due(data["pair_id"], data["first_check_in_at"])]


def agreed(event: Event) -> Sequence[Change]:
    return [_journey(event, add={"agreed_by": event.data["by"]})]


def marked(event: Event) -> Sequence[Change]:
    return [_journey(event, add={f"marks.{event.data['step_id']}": event.data["by"]})]


def passed(event: Event) -> Sequence[Change]:
    state = "completed" if event.type == "StepCompleted" else "skipped"
    return [_journey(event, set={f"passed.{event.data['step_id']}": state})]


def goal_set(event: Event) -> Sequence[Change]:
    goal = {"goal_id": event.data["goal_id"], "by": event.data["by"], "text": reference(event, "text")}
    return [_journey(event, push={"goals": {**goal, "at": event.recorded_at}})]


def check_in_due(event: Event) -> Sequence[Change]:
    data = event.data
    asked = {"week": data["week"], "owner_id": data["owner_id"], "next_check_in_at": data["next_due_at"]}
    return [
        amend("journeys", data["pair_id"], set={**asked, "seq": event.seq}),
        _due(data["pair_id"], data["next_due_at"]),
    ]


def checked_in(event: Event) -> Sequence[Change]:
    data = event.data
    told = {name: data.get(name) for name in ("week", "by", "met", "rating")}
    return [_journey(event, push={"check_ins": {**told, "note": reference(event, "note"), "at": event.recorded_at}})]


def missed(event: Event) -> Sequence[Change]:
    return [amend("journeys", event.data["pair_id"], add={"missed": event.data["week"]}, set={"seq": event.seq})]


def pulse(event: Event) -> Sequence[Change]:
    told = {"by": event.data["by"], "rating": event.data["rating"], "at": event.recorded_at}
    return [_journey(event, push={"pulses": told})]


def feedback(event: Event) -> Sequence[Change]:
    told = {name: event.data.get(name) for name in ("by", "rating", "contact_afterwards")}
    return [_journey(event, push={"feedback": {**told, "text": reference(event, "text")}})]


def completed(event: Event) -> Sequence[Change]:
    return [_journey(event, set={"completed": True})]


def paused(event: Event) -> Sequence[Change]:
    pair_id = event.data["pair_id"]
    review = {"add": {"reviews": event.data["review_id"]}} if event.data.get("review_id") else {}
    paused = {"status": "paused", "next_check_in_at": None, "seq": event.seq}
    return [amend_existing("journeys", pair_id, set=paused, **review), remove("due", pair_id)]


def resumed(event: Event) -> Sequence[Change]:
    """Without a next check-in something else still pauses it."""
    pair_id, at = event.data["pair_id"], event.data.get("next_check_in_at")
    review = {"pull": {"reviews": event.data["review_id"]}} if event.data.get("review_id") else {}
    goes_on = {"status": "running", "next_check_in_at": at} if at else {}
    changed = amend_existing("journeys", pair_id, set={**goes_on, "seq": event.seq}, **review)
    return [changed, _due(pair_id, at)] if at else [changed]


def stopped(event: Event) -> Sequence[Change]:
    """A journey that ends before it starts is shown from its start on."""
    pair_id = event.data["pair_id"]
    over = {"status": "stopped", "next_check_in_at": None, "seq": event.seq}
    return [
        amend_existing("journeys", pair_id, set=over),
        remove("due", pair_id),
    ]


def sanctioned(event: Event) -> Sequence[Change]:
    return [put("standing", event.data["person_id"], until=event.data.get("until"))]


def reinstated(event: Event) -> Sequence[Change]:
    """What stood is over; what is said of their age is another matter."""
    return [put("standing", event.data["person_id"], until=event.recorded_at)]


def age_disputed(event: Event) -> Sequence[Change]:
    return [put("standing", event.data["person_id"], age_disputed=event.type == "AgeDisputed")]


def _journey(event: Event, **operators: dict[str, object]) -> Change:
    """A change that also says when the pair was last active."""
    always = {"active_at": event.recorded_at, "seq": event.seq}
    return amend("journeys", event.data["pair_id"], **{**operators, "set": {**operators.get("set", {}), **always}})


def _due(pair_id: str, at: str) -> Change:
    return put("due", pair_id, at=at, command="remind_check_in", data={"pair_id": pair_id})


VIEWS = {
    "programs.ProgramCreated": outlined,
    "programs.ProgramRevised": outlined,
    "programs.ProgramOpened": moved,
    "programs.ProgramClosed": moved,
    "programs.ProgramArchived": moved,
    "programs.JourneyStarted": started,
    "programs.CommitmentAgreed": agreed,
    "programs.StepMarked": marked,
    "programs.StepCompleted": passed,
    "programs.StepSkipped": passed,
    "programs.GoalSet": goal_set,
    "programs.CheckInDue": check_in_due,
    "programs.CheckInRecorded": checked_in,
    "programs.CheckInMissed": missed,
    "programs.PulseRecorded": pulse,
    "programs.FeedbackGiven": feedback,
    "programs.JourneyCompleted": completed,
    "programs.JourneyPaused": paused,
    "programs.JourneyResumed": resumed,
    "programs.JourneyStopped": stopped,
    "trust_safety.PersonRestricted": sanctioned,
    "trust_safety.PersonSuspended": sanctioned,
    "trust_safety.PersonReinstated": reinstated,
    "trust_safety.AgeDisputed": age_disputed,
    "trust_safety.AgeConfirmed": age_disputed,
    "trust_safety.AgeReset": age_disputed,
}
