"""What people are told when something happens elsewhere. `about` holds ids only, never a word of what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.application.table import Reaction, Reads, Then
from shared.contracts.base import PairEvent
from shared.contracts.catalogue import EVENTS
from shared.contracts.trust_safety import ACTIONS, CONCERN_NOBODY
from shared.kernel.events import Data, Event
from shared.kernel.ids import couple

BLOCK = "conversations.BlockRequested"
_PAIR = ("pair_id", "program_id", "group_id")
_TOLD_TO_THE_SUBJECT = frozenset(ACTIONS) - frozenset(CONCERN_NOBODY)
"""Actions with a statement of reasons; a note or a dismissal is between moderators."""


def _tell(
    event: Event, person_id: str, kind: str, about: Sequence[str], cause: str | None = None, **counted: int
) -> Then:
    data = event.data
    ids: Data = {name: data[name] for name in about if data.get(name)}
    told = {"person_id": person_id, "kind": kind, "cause": cause or event.id, "about": ids, **counted}
    return Then("raise_notification", told, label=f"{kind}/{person_id}")


def _both(kind: str, *about: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> list[Then]:
        sides = (event.data["mentor_id"], event.data["mentee_id"])
        return [_tell(event, person_id, kind, (*_PAIR, *about)) for person_id in sides]

    return react


def _the_other(kind: str, *about: str, actor: str = "by") -> Reaction:
    """Tell the side that did not do it; both where neither did."""

    def react(event: Event, _reads: Reads) -> list[Then]:
        sides = (event.data["mentor_id"], event.data["mentee_id"])
        return [
            _tell(event, person_id, kind, (*_PAIR, actor, *about))
            for person_id in sides
            if person_id != event.data.get(actor)
        ]

    return react


def _one(kind: str, who: str, *about: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> list[Then]:
        return [_tell(event, event.data[who], kind, about)]

    return react


def proposed(event: Event, reads: Reads) -> list[Then]:
    """Of a run that nobody asked for, those who administer the program hear; once a day, however many there are."""
    data = event.data
    if not (data.get("by_schedule") and data["pairs"]):
        return []
    published = data.get("published", 0)
    kind = "proposals-published" if published else "proposals-waiting"
    cause = f"{data['program_id']}/{event.recorded_at[:10]}"
    about = ("program_id", "group_id", "run_id")
    count = published or len(data["pairs"])
    admins = reads.find("admins", {"program_id": data["program_id"]})
    return [_tell(event, one["person_id"], kind, about, cause, count=count) for one in admins]


def pair_ended(event: Event, _reads: Reads) -> list[Then]:
    """A pair that was blocked is told from the conversation's own end, which knows in order who blocked (BL-10)."""
    if event.data["reason"] == "blocked":
        return []
    return _ended(event, event.data.get("by"))


def conversation_closed(event: Event, _reads: Reads) -> list[Then]:
    """After a block both are told alike, but the blocker's inbox is silent for this couple by now."""
    return _ended(event, None) if event.data["reason"] == "blocked" else []


def _ended(event: Event, by: str | None) -> list[Then]:
    """The pair is the cause: it ends once, whichever way it is heard of."""
    sides = (event.data["mentor_id"], event.data["mentee_id"])
    pair = event.data["pair_id"]
    return [_tell(event, person_id, "pair-ended", _PAIR, cause=pair) for person_id in sides if person_id != by]


def journey_paused(event: Event, reads: Reads) -> Sequence[Then]:
    """A rest is told from PairPaused; a review pauses for both alike (TS-22)."""
    return _both("pair-paused")(event, reads) if event.data.get("review_id") else []


def journey_resumed(event: Event, reads: Reads) -> Sequence[Then]:
    """Only where nothing else pauses the pair still."""
    goes_on = event.data.get("review_id") and event.data.get("next_check_in_at")
    return _both("pair-resumed")(event, reads) if goes_on else []


def messages_read(event: Event, _reads: Reads) -> list[Then]:
    data = event.data
    return [Then("settle_messages", {"person_id": data["by"], "pair_id": data["pair_id"], "up_to": data["up_to"]})]


def _couple(command: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> list[Then]:
        blocker = event.data["blocker_id"]
        return [Then(command, {"person_id": blocker, "couple_id": couple(blocker, event.data["blocked_id"])})]

    return react


def action_taken(event: Event, _reads: Reads) -> list[Then]:
    subject = event.data.get("subject_id")
    if subject is None or event.data["action"] not in _TOLD_TO_THE_SUBJECT:
        return []
    return [_tell(event, subject, "statement-of-reasons", ("case_id", "action_id"))]


def case_closed(event: Event, _reads: Reads) -> list[Then]:
    reporters: list[str] = sorted(set(event.data["reporter_ids"]))
    return [_tell(event, reporter, "case-outcome", ("case_id",)) for reporter in reporters]


REACTIONS: dict[str, Callable[[Event, Reads], Sequence[Then]]] = {
    "matching.SignedUp": _one("signup-received", "person_id", "program_id", "group_id", "signup_id"),
    "matching.SignupRemoved": _one("signup-removed", "person_id", "program_id", "group_id", "signup_id"),
    "matching.RecommendationsProposed": proposed,
    "matching.PairIntroduced": _both("pair-introduced"),
    "matching.PairPaused": _the_other("pair-paused"),
    "matching.PairResumed": _the_other("pair-resumed"),
    "matching.PairEnded": pair_ended,
    "conversations.MessageSent": _the_other("message-received", "message_id", actor="sender_id"),
    "conversations.MessagesRead": messages_read,
    "conversations.PostShared": _the_other("post-shared", "post_id"),
    "conversations.CommentAdded": _the_other("comment-added", "post_id", "comment_id"),
    "conversations.ConversationClosed": conversation_closed,
    BLOCK: _couple("silence_couple"),
    "conversations.UnblockRequested": _couple("unsilence_couple"),
    "programs.JourneyPaused": journey_paused,
    "programs.JourneyResumed": journey_resumed,
    "programs.CheckInDue": _both("check-in-due"),
    "programs.StepCompleted": _the_other("step-completed"),
    "programs.JourneyCompleted": _both("journey-completed"),
    "trust_safety.ReportFiled": _one("report-received", "reporter_id", "report_id", "case_id"),
    "trust_safety.ActionTaken": action_taken,
    "trust_safety.CaseClosed": case_closed,
    "trust_safety.AgeDisputed": _one("statement-of-reasons", "person_id"),
    "trust_safety.AppealDecided": _one("appeal-decided", "subject_id", "case_id", "appeal_id", "action_id"),
}

BETWEEN_TWO = tuple(name for name in REACTIONS if issubclass(EVENTS[name], PairEvent))
"""What one may have blocked the other for by the time that it is told (BL-03)."""
