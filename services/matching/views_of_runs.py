"""Runs of the recommendations, and how often each person was proposed."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.keys import signup_key
from shared.kernel.events import Data, Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, amend, put


def proposed(event: Event) -> Sequence[Change]:
    data = event.data
    names = ("program_id", "group_id", "fairness", "inputs_hash")
    fields = {
        **{name: data[name] for name in names},
        **{name: data.get(name) for name in ("weights", "seed", "algorithm", "parent_run_id", "expires_at")},
        "by_schedule": data.get("by_schedule", False),
        "pairs": len(data["pairs"]),
        "made_at": event.recorded_at,
        "order": f"{event.recorded_at}/{data['run_id']}",
        "detail": reference(event, "detail"),
        "edits": [],
    }
    return [put("runs", data["run_id"], **fields), *_counted(event, _people(data["pairs"]))]


def edited(event: Event) -> Sequence[Change]:
    data = event.data
    edit = {"removed": data["removed"], "detail": reference(event, "detail")}
    more = len(data["added"]) - len(data["removed"])
    changed = amend("runs", data["run_id"], push={"edits": edit}, inc={"pairs": more})
    return [changed, *_counted(event, _people(data["added"]) - _people(data["removed"]))]


def _people(pairs: Sequence[Data]) -> set[str]:
    return {one[side] for one in pairs for side in ("mentor_id", "mentee_id")}


def _counted(event: Event, people: set[str]) -> list[Change]:
    """They were proposed once more, however many pairs of the run they are in; kept apart from their sign-ups, which

    are large to write again for thousands at once.
    """
    keys = [signup_key(event.data["program_id"], person_id) for person_id in sorted(people)]
    return [amend("proposed", key, inc={"times": 1}) for key in keys]
