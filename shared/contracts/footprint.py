"""What of the log is in a person's copy of their data (PR-12): for each event type, who gets which of its fields.

The rule: a person's own acts, what they are told of, and what is about them alone. Their sealed words are opened, other
people's are not. Trust and safety is the other way round: nothing but what is listed here, so that no copy tells who
reported, who blocked, or what moderators think.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from shared.contracts.catalogue import EVENTS, SEALED
from shared.contracts.trust_safety import ACTIONS, CONCERN_NOBODY

PEOPLE = frozenset(
    {
        "assignee_id",
        "blocked_id",
        "blocker_id",
        "by",
        "mentee_id",
        "mentor_id",
        "owner_id",
        "person_id",
        "reporter_id",
        "reporter_ids",
        "sender_id",
        "subject_id",
    }
)
"""Fields with the ids of people; every other id is a thing's."""

ACTOR = ""
"""In `Share.who`: whoever did it, by the envelope."""


@dataclass(frozen=True, slots=True)
class Share:
    """`who`: the fields whose person gets it. `shows`: the only fields they get, None for all but `hides`.

    `opens`: sealed fields that are not the person's own but were written by them for others, or by others to them.
    """

    who: tuple[str, ...]
    shows: tuple[str, ...] | None = None
    hides: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def tells(self, name: str) -> bool:
        return name not in self.hides and (self.shows is None or name in self.shows)


HIDDEN: Mapping[str, tuple[str, ...]] = {
    # A block looks like any other end (BL-04), a review like any other pause.
    "matching.PairEnded": ("reason", "by"),
    "conversations.ConversationPaused": ("reason", "review_id"),
    "conversations.ConversationResumed": ("reason", "review_id"),
    "programs.JourneyPaused": ("review_id",),
    "programs.JourneyResumed": ("review_id",),
    # What one of two says of how it goes is for those who run the program.
    "programs.CheckInRecorded": ("rating",),
    "programs.PulseRecorded": ("rating",),
    # That something is kept would say that there is a case.
    "gateway.ErasureCompleted": ("holds",),
}
"""Fields that only who did it gets."""

OPENED: Mapping[str, tuple[str, ...]] = {
    "programs.ProgramCreated": ("title", "description", "guide", "questions"),
    "programs.ProgramRevised": ("title", "description", "guide", "questions"),
    "matching.PairCreated": ("introduction",),
    "matching.PairIntroduced": ("introduction",),
}
"""Sealed for a program: who wrote it, and to whom it was written, may take it along."""

TOLD = frozenset(ACTIONS) - frozenset(CONCERN_NOBODY)
"""Actions with a statement of reasons."""

_SANCTION = Share(("person_id",), ("person_id", "action_id", "action", "program_id", "until", "why"))
_STANDING = Share(("person_id",), ("person_id", "program_id", "until"))
_WORK = Share(("by", "assignee_id"), ("case_id", "action_id", "action", "appeal_id", "result", "outcome", "until"))
_BLOCK = Share(("blocker_id",))

TRUST_SAFETY: Mapping[str, tuple[Share, ...]] = {
    "ReportFiled": (
        Share(("reporter_id",), ("report_id", "target_kind", "target_id", "pair_id", "reason", "to", "text")),
    ),
    "ReportRepeated": (Share(("reporter_id",), ("report_id", "reason", "text")),),
    "CaseClosed": (_WORK, Share(("reporter_ids",), ("outcome",))),
    "CaseAssigned": (_WORK,),
    "CaseEscalated": (_WORK,),
    "CaseViewed": (_WORK,),
    "EvidenceViewed": (_WORK,),
    "ActionTaken": (
        _WORK,
        Share(
            ("subject_id",),
            ("case_id", "action_id", "action", "program_id", "policies", "until", "appeal_before", "message"),
            opens=("message",),
            when={"action": TOLD},
        ),
    ),
    "AppealFiled": (Share(("by",), ("case_id", "action_id", "appeal_id", "text")),),
    "AppealDecided": (
        _WORK,
        Share(("subject_id",), ("case_id", "action_id", "appeal_id", "result", "until", "message"), opens=("message",)),
    ),
    "ReporterMuted": (Share(("by",), ("until", "reason")),),
    "ReporterUnmuted": (_WORK,),
    "PersonBlocked": (_BLOCK,),
    "PersonUnblocked": (_BLOCK,),
    "SanctionImposed": (_SANCTION,),
    "SanctionShortened": (_SANCTION,),
    "SanctionLifted": (_SANCTION,),
    "PersonRestricted": (_STANDING,),
    "PersonSuspended": (_STANDING,),
    "PersonReinstated": (_STANDING,),
    "PersonRemoved": (_STANDING,),
    "PersonReadmitted": (_STANDING,),
    "AgeDisputed": (_STANDING,),
    "AgeConfirmed": (_STANDING,),
    "AgeReset": (_STANDING,),
}


@cache
def shares(name: str) -> tuple[Share, ...]:
    """Who gets what of an event type `service.Type`; the first that fits a person is theirs."""
    service, _, kind = name.partition(".")
    if service == "trust_safety":
        return TRUST_SAFETY.get(kind, ())
    if name not in EVENTS:
        return ()
    owners = {sealed.owner for sealed in SEALED[name]} & PEOPLE
    opens = OPENED.get(name, ())
    told = (*EVENTS[name].audience, "person_id")
    return Share((ACTOR, *sorted(owners)), opens=opens), Share(told, hides=HIDDEN.get(name, ()), opens=opens)
