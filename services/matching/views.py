"""What matching keeps to answer quickly. Sealed fields stay references; nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.matching import views_of_others, views_of_pairs, views_of_runs
from services.matching.keys import rolling_key, signup_key
from shared.kernel.events import Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, ViewFunction, amend, put, remove


def _key(event: Event) -> str:
    return signup_key(event.data["program_id"], event.data["person_id"])


def roster_opened(event: Event) -> Sequence[Change]:
    data = event.data
    return [put("rosters", data["program_id"], group_id=data["group_id"], open=True, settings=data["settings"])]


def roster_revised(event: Event) -> Sequence[Change]:
    return [put("rosters", event.data["program_id"], settings=event.data["settings"])]


def roster_closed(event: Event) -> Sequence[Change]:
    program_id = event.data["program_id"]
    return [put("rosters", program_id, open=False), remove("due", rolling_key(program_id))]


def couple_barred(event: Event) -> Sequence[Change]:
    return [amend("rosters", event.data["program_id"], add={"barred": event.data["couple_id"]})]


def rolling_run_scheduled(event: Event) -> Sequence[Change]:
    program_id, at = event.data["program_id"], event.data["at"]
    key = rolling_key(program_id)
    if at is None:
        return [remove("due", key)]
    return [put("due", key, at=at, command="run_recommendations", data={"program_id": program_id})]


def signed_up(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("signup_id", "program_id", "group_id", "person_id", "role", "capacity", "adult", "expires_at")
    fields = {
        **{name: data[name] for name in names},
        "status": "active",
        "current": 0,
        "order": f"{event.recorded_at}/{data['signup_id']}",
        **_waits(data["signup_id"], event.recorded_at),
        **_told(event),
    }
    return [put("signups", _key(event), **fields), _written(event), remove("proposed", _key(event)), _falls_due(event)]


def signup_changed(event: Event) -> Sequence[Change]:
    return [put("signups", _key(event), capacity=event.data["capacity"], **_told(event)), _written(event)]


def signup_paused(event: Event) -> Sequence[Change]:
    return [put("signups", _key(event), status="paused")]


def signup_resumed(event: Event) -> Sequence[Change]:
    return [*signup_renewed(event), put("signups", _key(event), status="active")]


def signup_renewed(event: Event) -> Sequence[Change]:
    since = event.data.get("since")
    anew = _waits(event.data["signup_id"], since) if since else {}
    return [put("signups", _key(event), expires_at=event.data["expires_at"], **anew), _falls_due(event)]


def signup_over(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("signups", _key(event), status=status), remove("due", _key(event))]

    return change


def _told(event: Event) -> dict[str, object]:
    return {"name": reference(event, "name"), "answers": reference(event, "answers")}


def _written(event: Event) -> Change:
    """By event, so that a run can be read with the answers that it was made from as long as their key lives."""
    return put("answers", event.id, answers=reference(event, "answers"))


def _falls_due(event: Event) -> Change:
    data = {name: event.data[name] for name in ("program_id", "person_id", "signup_id")}
    return put("due", _key(event), at=event.data["expires_at"], command="expire_signup", data=data)


def _waits(signup_id: str, since: str) -> dict[str, object]:
    """`queue` is the order of the waiting list."""
    return {"since": since, "queue": f"{since}/{signup_id}"}


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
    "matching.SignupRemoved": signup_over("removed"),
    "matching.SignupExpired": signup_over("expired"),
    "matching.RecommendationsProposed": views_of_runs.proposed,
    "matching.RecommendationsEdited": views_of_runs.edited,
    "matching.RollingRunScheduled": rolling_run_scheduled,
    "matching.PairsCreated": views_of_pairs.pairs_created,
    "matching.PairCreated": views_of_pairs.pair_created,
    "matching.PairIntroduced": views_of_pairs.pair_introduced,
    "matching.PairPaused": views_of_pairs.pair_is("paused"),
    "matching.PairResumed": views_of_pairs.pair_is("active"),
    "matching.PairEnded": views_of_pairs.pair_ended,
    "matching.PairDropped": views_of_pairs.pair_over("dropped"),
    "conversations.BlockRequested": views_of_others.blocked,
    "conversations.UnblockRequested": views_of_others.unblocked,
    "trust_safety.PersonBlocked": views_of_others.blocked,
    "trust_safety.PersonUnblocked": views_of_others.unblocked,
    "trust_safety.PersonRestricted": views_of_others.sanctioned("restricted"),
    "trust_safety.PersonSuspended": views_of_others.sanctioned("suspended"),
    "trust_safety.PersonReinstated": views_of_others.reinstated,
    "trust_safety.AgeDisputed": views_of_others.age_disputed,
    "trust_safety.AgeConfirmed": views_of_others.age_disputed,
    "trust_safety.AgeReset": views_of_others.age_disputed,
    "trust_safety.PairHeld": views_of_others.held,
    "trust_safety.PairReleased": views_of_others.released,
}

INDEXES = (
    ("signups", ("program_id", "order")),
    ("signups", ("program_id", "current", "queue")),
    ("signups", ("person_id",)),
    ("pairs", ("program_id", "order")),
    ("pairs", ("people", "order")),
    ("runs", ("program_id", "made_at")),
    ("runs", ("program_id", "order")),
    ("blocks", ("people",)),
    ("due", ("at",)),
)
