"""Every act of a moderator, and every look at evidence, is on record once (TS-23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.gateway.routes.route import Does, Who
from services.gateway.routes.safety import ROUTES
from shared.kernel.actor import Actor
from tests.services.trust_safety.story import BEN, CLEO, MIA, MO, OPS, REASONS, SUE, Story, acting

Prepared = tuple[dict[str, Any], Actor]
HANDLED = {Who.MODERATOR, Who.DESK, Who.ADMIN_OR_MODERATOR, Who.ADMIN_OR_DESK}
MODERATION = {route.name for route in ROUTES if route.does is Does.COMMAND and route.who in HANDLED}


def _open(story: Story) -> Prepared:
    return {"case_id": story.reported()}, MO


def _held(story: Story) -> Prepared:
    return {"case_id": story.held()}, MO


def _evidence(story: Story) -> Prepared:
    case_id = story.reported()
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO)
    return {"case_id": case_id}, MO


def _acting(action: str, **more: Any) -> Callable[[Story], Prepared]:
    def prepare(story: Story) -> Prepared:
        reason = "self-harm" if action == "release-pair" else "harassment"
        return {"case_id": story.held(reason=reason), **acting(action, **more)}, MO

    return prepare


def _by_an_admin(story: Story) -> Prepared:
    return {"case_id": story.held(by=SUE, to="admin"), "action": "warn", **REASONS}, SUE


def _appealed(story: Story) -> Prepared:
    case_id = story.held()
    action_id = story.act(case_id, "ban")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    return {"appeal_id": f"{case_id}.1"}, MIA


def _reviewed(story: Story) -> Prepared:
    data, who = _appealed(story)
    story.given("assign_appeal", data, who)
    return {**data, "result": "uphold", "message": "It stands."}, who


def _heard(story: Story) -> Prepared:
    story.reported(by=CLEO, target={"kind": "person", "id": "ben"})
    return {"person_id": "cleo", "reason": "ten false reports"}, MO


def _muted(story: Story) -> Prepared:
    data, who = _heard(story)
    story.given("mute_reporter", data, who)
    return {"person_id": "cleo"}, MO


ACTIONS = ("note", "dismiss", "warn", "restrict", "suspend", "ban", "remove-from-program", "reinstate", "release-pair")
ACTS: list[tuple[str, Callable[[Story], Prepared]]] = [
    ("assign_case", _open),
    ("escalate_case", _open),
    ("close_case", _held),
    ("view_case", _open),
    ("view_evidence", _evidence),
    ("assign_appeal", _appealed),
    ("decide_appeal", _reviewed),
    ("mute_reporter", _heard),
    ("unmute_reporter", _muted),
    ("act_on_case", _by_an_admin),
    *(("act_on_case", _acting(action)) for action in (*ACTIONS, "confirm-adult", "reset-adult")),
    ("act_on_case", _acting("warn", close=False)),
]


def test_every_route_of_moderation_is_tried() -> None:
    """TS-23: a route that is added for moderators fails here until its act is shown to be on record."""
    assert {command for command, _ in ACTS} == MODERATION


@pytest.mark.parametrize(("command", "prepare"), ACTS)
def test_each_act_is_one_entry(story: Story, command: str, prepare: Callable[[Story], Prepared]) -> None:
    """TS-23: one entry, with who did it and in which case; a refused act leaves none, a repeated one no second."""
    data, who = prepare(story)
    before = _entries(story)
    story.when(command, data, who, key="once")
    assert story.refusal is None
    story.when(command, data, who, key="once")
    new = [entry for entry in _entries(story) if entry not in before and entry["by"] != "system"]
    assert [(entry["by"], entry["case_id"]) for entry in new] == [(who.id, _case_of(data))]
    story.when(command, data, BEN)
    assert story.refusal
    assert [entry for entry in _entries(story) if entry["by"] == "ben"] == []


def test_each_look_is_one_entry(story: Story) -> None:
    """TS-23, EV-06: looking three times is on record three times; the evidence is not shown without."""
    data, who = _evidence(story)
    for _ in range(3):
        story.given("view_evidence", data, who)
    assert [entry["what"] for entry in _entries(story)].count("EvidenceViewed") == 3


def test_the_audit_is_exported_page_by_page(story: Story) -> None:
    """TS-23: owners and operators read all of it, in pages that leave nothing out and repeat nothing."""
    for _ in range(3):
        story.act(story.held(), "warn")
    found: list[str] = []
    cursor = None
    while True:
        page = story.ask("audit", {"limit": 1, "cursor": cursor}, OPS)
        found += [entry["id"] for entry in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [entry["id"] for entry in _entries(story)]


def test_nothing_changes_what_is_on_record() -> None:
    """TS-23: no route writes to the audit, and it is read by owners and operators alone."""
    [route] = [route for route in ROUTES if "audit" in route.path]
    assert (route.method, route.does, route.who) == ("GET", Does.QUERY, Who.AUDITOR)


def _entries(story: Story) -> list[dict[str, Any]]:
    return list(story.ask("audit", {"limit": 100}, OPS)["items"])


def _case_of(data: dict[str, Any]) -> str | None:
    """None for what is about a reporter, not about a case."""
    return data.get("case_id") or data.get("appeal_id", "").rpartition(".")[0] or None
