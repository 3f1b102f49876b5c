"""What matching keeps to answer quickly. Sealed fields stay references; nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shared.kernel.events import Event
from shared.kernel.ids import couple
from shared.privacy.sealing import reference
from shared.views.changes import Change, ViewFunction, amend, amend_existing, put, remove


def signup_key(program_id: str, person_id: str) -> str:
    return f"{program_id}/{person_id}"


def _key(event: Event) -> str:
    return signup_key(event.data["program_id"], event.data["person_id"])


def roster_opened(event: Event) -> Sequence[Change]:
    data = event.data
    return [put("rosters", data["program_id"], group_id=data["group_id"], open=True, settings=data["settings"])]


def roster_revised(event: Event) -> Sequence[Change]:
    return [put("rosters", event.data["program_id"], settings=event.data["settings"])]


def roster_closed(event: Event) -> Sequence[Change]:
    return [put("rosters", event.data["program_id"], open=False)]


def couple_barred(event: Event) -> Sequence[Change]:
    return [amend("rosters", event.data["program_id"], add={"barred": event.data["couple_id"]})]


def signed_up(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("signup_id", "program_id", "group_id", "person_id", "role", "capacity", "adult", "expires_at")
    fields = {
        **{name: data[name] for name in names},
        "status": "active",
        "current": 0,
        "since": event.recorded_at,
        "order": f"{event.recorded_at}/{data['signup_id']}",
        **_told(event),
    }
    return [put("signups", _key(event), **fields), _falls_due(event)]


def signup_changed(event: Event) -> Sequence[Change]:
    return [put("signups", _key(event), capacity=event.data["capacity"], **_told(event))]


def signup_paused(event: Event) -> Sequence[Change]:
    return [put("signups", _key(event), status="paused")]


def signup_resumed(event: Event) -> Sequence[Change]:
    return [*signup_renewed(event), put("signups", _key(event), status="active")]


def signup_renewed(event: Event) -> Sequence[Change]:
    return [put("signups", _key(event), expires_at=event.data["expires_at"]), _falls_due(event)]


def signup_over(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("signups", _key(event), status=status), remove("due", _key(event))]

    return change


def recommendations_proposed(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("program_id", "group_id", "fairness", "inputs_hash")
    fields = {name: data[name] for name in names}
    return [put("runs", data["run_id"], made_at=event.recorded_at, detail=reference(event, "detail"), **fields)]


def pair_created(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("program_id", "group_id", "mentor_id", "mentee_id", "run_id")
    fields = {
        **{name: data.get(name) for name in names},
        "people": [data["mentor_id"], data["mentee_id"]],
        "couple_id": couple(data["mentor_id"], data["mentee_id"]),
        "status": "created",
        "introduced": False,
        "created_at": event.recorded_at,
        "order": f"{event.recorded_at}/{data['pair_id']}",
    }
    return [put("pairs", data["pair_id"], **fields), *_in_use(event, 1)]


def pair_introduced(event: Event) -> Sequence[Change]:
    fields = {
        "status": "active",
        "introduced": True,
        "introduced_at": event.recorded_at,
        "timezone": event.data["timezone"],
        "introduction": reference(event, "introduction"),
    }
    return [put("pairs", event.data["pair_id"], **fields)]


def pair_is(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("pairs", event.data["pair_id"], status=status)]

    return change


def pair_over(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        fields = {"status": status, "ended_at": event.recorded_at, "reason": event.data["reason"]}
        return [put("pairs", event.data["pair_id"], **fields), *_in_use(event, -1)]

    return change


def blocked(event: Event) -> Sequence[Change]:
    two = sorted((event.data["blocker_id"], event.data["blocked_id"]))
    return [put("blocks", _block_key(event), couple_id=couple(*two), people=two)]


def unblocked(event: Event) -> Sequence[Change]:
    return [remove("blocks", _block_key(event))]


def sanctioned(kind: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("standing", event.data["person_id"], sanction={"kind": kind, "until": event.data.get("until")})]

    return change


def age_disputed(event: Event) -> Sequence[Change]:
    return [put("standing", event.data["person_id"], age_disputed=event.type == "AgeDisputed")]


def reinstated(event: Event) -> Sequence[Change]:
    """What stood is over; what is said of their age is another matter."""
    return [put("standing", event.data["person_id"], sanction=None)]


def held(event: Event) -> Sequence[Change]:
    return [amend("pairs", event.data["pair_id"], add={"reviews": event.data["case_id"]})]


def released(event: Event) -> Sequence[Change]:
    return [amend("pairs", event.data["pair_id"], pull={"reviews": event.data["case_id"]})]


def _told(event: Event) -> dict[str, object]:
    return {"name": reference(event, "name"), "answers": reference(event, "answers")}


def _falls_due(event: Event) -> Change:
    data = {name: event.data[name] for name in ("program_id", "person_id", "signup_id")}
    return put("due", _key(event), at=event.data["expires_at"], command="expire_signup", data=data)


def _in_use(event: Event, more: int) -> list[Change]:
    program_id = event.data["program_id"]
    keys = [signup_key(program_id, event.data[side]) for side in ("mentor_id", "mentee_id")]
    return [amend_existing("signups", key, inc={"current": more}) for key in keys]


def _block_key(event: Event) -> str:
    """One document per word on it, so that a block holds while anybody's word stands; ids may hold slashes."""
    return "\x1f".join((event.service, event.data["blocker_id"], event.data["blocked_id"]))


VIEWS: Mapping[str, Callable[[Event], Sequence[Change]]] = {
    "matching.RosterOpened": roster_opened,
    "matching.RosterRevised": roster_revised,
    "matching.RosterClosed": roster_closed,
    "matching.CoupleBarred": couple_barred,
    "matching.SignedUp": signed_up,
    "matching.SignupChanged": signup_changed,
    "matching.SignupPaused": signup_paused,
    "matching.SignupResumed": signup_resumed,
    "matching.SignupRenewed": signup_renewed,
    "matching.SignupWithdrawn": signup_over("withdrawn"),
    "matching.SignupExpired": signup_over("expired"),
    "matching.RecommendationsProposed": recommendations_proposed,
    "matching.PairCreated": pair_created,
    "matching.PairIntroduced": pair_introduced,
    "matching.PairPaused": pair_is("paused"),
    "matching.PairResumed": pair_is("active"),
    "matching.PairEnded": pair_over("ended"),
    "matching.PairDropped": pair_over("dropped"),
    "conversations.BlockRequested": blocked,
    "conversations.UnblockRequested": unblocked,
    "trust_safety.PersonBlocked": blocked,
    "trust_safety.PersonUnblocked": unblocked,
    "trust_safety.PersonRestricted": sanctioned("restricted"),
    "trust_safety.PersonSuspended": sanctioned("suspended"),
    "trust_safety.PersonReinstated": reinstated,
    "trust_safety.AgeDisputed": age_disputed,
    "trust_safety.AgeConfirmed": age_disputed,
    "trust_safety.AgeReset": age_disputed,
    "trust_safety.PairHeld": held,
    "trust_safety.PairReleased": released,
}

INDEXES = (
    ("signups", ("program_id", "order")),
    ("signups", ("person_id",)),
    ("pairs", ("program_id", "order")),
    ("pairs", ("people", "order")),
    ("blocks", ("people",)),
    ("due", ("at",)),
)
