"""Pairs as matching keeps them, and the places that they take."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.keys import draft_key, signup_key
from shared.kernel.events import Event
from shared.kernel.ids import couple
from shared.privacy.sealing import reference
from shared.views.changes import Change, ViewFunction, amend_existing, put, remove


def pair_created(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("program_id", "group_id", "mentor_id", "mentee_id", "run_id", "expires_at")
    fields = {
        **{name: data.get(name) for name in names},
        "people": [data["mentor_id"], data["mentee_id"]],
        "couple_id": couple(data["mentor_id"], data["mentee_id"]),
        "status": "created",
        "introduced": False,
        "created_at": event.recorded_at,
        "order": f"{event.recorded_at}/{data['pair_id']}",
    }
    made = [put("pairs", data["pair_id"], **fields), *_in_use(event, 1)]
    return [*made, _draft_falls_due(event)] if data.get("expires_at") else made


def pairs_created(event: Event) -> Sequence[Change]:
    made = [one["pair_id"] for one in event.data["results"] if "pair_id" in one]
    return [amend_existing("pairs", pair_id, set={"batch_id": event.data["batch_id"]}) for pair_id in made]


def pair_introduced(event: Event) -> Sequence[Change]:
    data = event.data
    fields = {
        "status": "active",
        "introduced": True,
        "expires_at": None,
        "introduced_at": event.recorded_at,
        "timezone": data["timezone"],
        "introduction": reference(event, "introduction"),
    }
    return [put("pairs", data["pair_id"], **fields), remove("due", draft_key(data["pair_id"]))]


def pair_is(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("pairs", event.data["pair_id"], status=status)]

    return change


def pair_over(status: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        why = {"reason": event.data["reason"], "expires_at": None}
        fields = {"status": status, "ended_at": event.recorded_at, **why}
        pair_id = event.data["pair_id"]
        return [put("pairs", pair_id, **fields), *_in_use(event, -1), remove("due", draft_key(pair_id))]

    return change


def pair_ended(event: Event) -> Sequence[Change]:
    """Who was in it rests for a while, and is better matched the next time."""
    last = {"last_pair_id": event.data["pair_id"], "ended_at": event.recorded_at}
    kept = [amend_existing("signups", key, set=last) for key in _signups_of(event)]
    return [*pair_over("ended")(event), *kept]


def _draft_falls_due(event: Event) -> Change:
    pair_id = event.data["pair_id"]
    return put(
        "due", draft_key(pair_id), at=event.data["expires_at"], command="expire_draft", data={"pair_id": pair_id}
    )


def _in_use(event: Event, more: int) -> list[Change]:
    return [amend_existing("signups", key, inc={"current": more}) for key in _signups_of(event)]


def _signups_of(event: Event) -> list[str]:
    return [signup_key(event.data["program_id"], event.data[side]) for side in ("mentor_id", "mentee_id")]
