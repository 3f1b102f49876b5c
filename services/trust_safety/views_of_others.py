"""What events say about who shares what with whom, and who runs a group: ids only, so that a report finds its target
and the right desk."""

from __future__ import annotations

from collections.abc import Sequence

from shared.kernel.events import Event
from shared.views.changes import Change, ViewFunction, amend, put

_PAIR = ("program_id", "group_id", "mentor_id", "mentee_id")


def _message(event: Event) -> Sequence[Change]:
    names = {name: event.data[name] for name in (*_PAIR, "pair_id", "sender_id")}
    return [put("messages", event.data["message_id"], **names, order=_order(event)), *_version(event)]


def _version(event: Event) -> Sequence[Change]:
    """What a version of a message is proven by, when a report discloses it (EV-04)."""
    version = {"commitment": event.data["commitment"], "order": _order(event)}
    return [amend("messages", event.data["message_id"], push={"versions": version})]


def _order(event: Event) -> str:
    """Ascending with the stream of the two people, in which their messages and what is disclosed of them stand."""
    return f"{event.seq:012d}.{event.index:03d}"


def _pair(event: Event) -> Sequence[Change]:
    names = {name: event.data[name] for name in _PAIR}
    return [put("pairs", event.data["pair_id"], **names, people=[names["mentor_id"], names["mentee_id"]])]


def _member(event: Event) -> Sequence[Change]:
    names = {name: event.data[name] for name in ("program_id", "group_id", "person_id")}
    return [put("members", f"{names['program_id']}/{names['person_id']}", **names), *_signed_up(event)]


def _signed_up(event: Event) -> Sequence[Change]:
    """An admin may never have done more than this (TS-09)."""
    return _runs(event.data["group_id"], event.data["person_id"]) if event.data.get("admin") else []


def _program(event: Event) -> Sequence[Change]:
    return [put("programs", event.data["program_id"], group_id=event.data["group_id"]), *_admin(event)]


def _admin(event: Event) -> Sequence[Change]:
    """Who did what only admins can do, is one: tokens say so at the time, events keep it."""
    admin, group_id = event.data.get("by", event.actor), event.data["group_id"]
    return [] if admin == "system" else _runs(group_id, admin)


def _at_the_desk(event: Event) -> Sequence[Change]:
    """Nobody but admins works on a case at their group's desk."""
    return _admin(event) if event.data["queue"] == "admin" else []


def _runs(group_id: str, person_id: str) -> Sequence[Change]:
    return [put("admins", f"{group_id}/{person_id}", group_id=group_id, person_id=person_id)]


def _evidence(event: Event) -> Sequence[Change]:
    data = event.data
    return [
        put(
            "evidence",
            data["report_id"],
            sealed=data["evidence"],
            message_ids=data["message_ids"],
            disclosed_at=event.recorded_at,
            order=_order(event),
        )
    ]


VIEWS: dict[str, ViewFunction] = {
    "programs.ProgramCreated": _program,
    "programs.ProgramRevised": _admin,
    "programs.ProgramOpened": _admin,
    "programs.ProgramClosed": _admin,
    "programs.ProgramArchived": _admin,
    "matching.RecommendationsProposed": _admin,
    "matching.RecommendationsEdited": _admin,
    "matching.PublicationUndone": _admin,
    "matching.BatchIntroduced": _admin,
    "matching.PairCreated": _admin,
    "matching.PairIntroduced": _pair,
    "matching.SignedUp": _member,
    "matching.SignupChanged": _signed_up,
    "matching.SignupResumed": _signed_up,
    "conversations.MessageSent": _message,
    "conversations.MessageEdited": _version,
    "conversations.EvidenceDisclosed": _evidence,
    "trust_safety.CaseViewed": _at_the_desk,
    "trust_safety.CaseAssigned": _at_the_desk,
    "trust_safety.ActionTaken": _at_the_desk,
    "trust_safety.CaseClosed": _at_the_desk,
}
