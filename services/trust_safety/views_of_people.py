"""Own events → what stands about people: blocks, mutes, ages, sanctions, standing, and what falls due of them."""

from __future__ import annotations

from collections.abc import Sequence

from services.trust_safety.views_of_cases import audited, order_of
from shared.kernel.events import Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, ViewFunction, put, remove


def _muted(event: Event) -> Sequence[Change]:
    """A later word takes the place of an earlier one, with its end."""
    data, person_id, at = event.data, event.data["person_id"], event.recorded_at
    until, due = data.get("until"), f"mute/{event.data['person_id']}"
    mute = {"by": data["by"], "reason": reference(event, "reason"), "since": at, "until": until}
    ends = put("due", due, at=until, command="end_mute", data={"person_id": person_id})
    return [
        put("mutes", person_id, **mute, order=order_of(event)),
        ends if until else remove("due", due),
        audited(event, person_id),
    ]


def _unmuted(event: Event) -> Sequence[Change]:
    person_id = event.data["person_id"]
    return [remove("mutes", person_id), remove("due", f"mute/{person_id}"), audited(event, person_id)]


def _age_is(status: str) -> ViewFunction:
    def view(event: Event) -> Sequence[Change]:
        return [put("ages", event.data["person_id"], status=status)]

    return view


def _blocked(event: Event) -> Sequence[Change]:
    two = [event.data["blocker_id"], event.data["blocked_id"]]
    return [put("blocks", _block_key(event), people=two, since=event.recorded_at)]


def _unblocked(event: Event) -> Sequence[Change]:
    return [remove("blocks", _block_key(event))]


def _block_key(event: Event) -> str:
    """Ids of people may hold slashes, so none stands between them."""
    return f"{event.data['blocker_id']}\x1f{event.data['blocked_id']}"


def _sanction_timed(event: Event) -> Sequence[Change]:
    """Imposed or shortened: its end falls due."""
    data = event.data
    if not data.get("until"):
        return []
    sanction = {"person_id": data["person_id"], "action_id": data["action_id"]}
    return [put("due", f"sanction/{data['action_id']}", at=data["until"], command="end_sanction", data=sanction)]


def _sanction_imposed(event: Event) -> Sequence[Change]:
    """A suspension ends the sessions of before, also for the time after it (SE-09)."""
    if event.data["action"] not in {"suspend", "ban"}:
        return _sanction_timed(event)
    return [*_sanction_timed(event), put("sessions_ended", event.data["person_id"], at=event.recorded_at)]


def _sanction_lifted(event: Event) -> Sequence[Change]:
    return [
        remove("due", f"sanction/{event.data['action_id']}"),
        put("actions", event.data["action_id"], lifted_at=event.recorded_at),
        audited(event, event.data["why"]),
    ]


def _stands(kind: str) -> ViewFunction:
    def view(event: Event) -> Sequence[Change]:
        until = event.data.get("until")
        return [put("standing", event.data["person_id"], kind=kind, until=until, since=event.recorded_at)]

    return view


def _reinstated(event: Event) -> Sequence[Change]:
    return [remove("standing", event.data["person_id"])]


VIEWS: dict[str, ViewFunction] = {
    "trust_safety.ReporterMuted": _muted,
    "trust_safety.ReporterUnmuted": _unmuted,
    "trust_safety.AgeDisputed": _age_is("disputed"),
    "trust_safety.AgeConfirmed": _age_is("confirmed"),
    "trust_safety.AgeReset": _age_is("unknown"),
    "trust_safety.PersonBlocked": _blocked,
    "trust_safety.PersonUnblocked": _unblocked,
    "trust_safety.SanctionImposed": _sanction_imposed,
    "trust_safety.SanctionShortened": _sanction_timed,
    "trust_safety.SanctionLifted": _sanction_lifted,
    "trust_safety.PersonSuspended": _stands("suspended"),
    "trust_safety.PersonRestricted": _stands("restricted"),
    "trust_safety.PersonReinstated": _reinstated,
}
