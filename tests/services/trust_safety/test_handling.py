"""The life of a case: the machine, assignment, actions, closing, the clock."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from services.trust_safety.domain import machine
from shared.application.application import Context
from shared.kernel.errors import Refusal, Stale
from tests.services.trust_safety.story import ADA, BEN, CLEO, MIA, MO, PAIR_ID, REASONS, SAM, SUE, Story

EXPECTED = {
    "open": {
        "assign": "assigned",
        "escalate": "escalated",
        "act": "take-it-first",
        "annotate": "take-it-first",
        "close": "take-it-first",
    },
    "assigned": {
        "assign": "assigned",
        "escalate": "escalated",
        "act": "assigned",
        "annotate": "assigned",
        "close": "closed",
    },
    "escalated": {
        "assign": "escalated",
        "escalate": "already-escalated",
        "act": "escalated",
        "annotate": "escalated",
        "close": "closed",
    },
    "closed": {
        "assign": "case-is-closed",
        "escalate": "case-is-closed",
        "act": "case-is-closed",
        "annotate": "closed",
        "close": "case-is-closed",
    },
}


@pytest.mark.parametrize(("status", "move"), list(product(machine.STATUSES, machine.MOVES)))
def test_machine(status: str, move: str) -> None:
    """TS-07: every state and move has its outcome or its named error; escalated leaves only to closed."""
    try:
        outcome = machine.after(status, move)
    except Refusal as refusal:
        outcome = refusal.slug
    assert outcome == EXPECTED[status][move]


COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "assign": ("assign_case", {}),
    "escalate": ("escalate_case", {}),
    "act": ("act_on_case", {"action": "warn", "close": False, **REASONS}),
    "annotate": ("act_on_case", {"action": "note", "rationale": "seen before"}),
    "close": ("close_case", {"outcome": "no-action"}),
}


def _in_status(story: Story, status: str) -> str:
    case_id = story.reported()
    if status != "open":
        story.given("assign_case", {"case_id": case_id}, MO)
    if status == "escalated":
        story.given("escalate_case", {"case_id": case_id}, MO).given("assign_case", {"case_id": case_id}, MO)
    if status == "closed":
        story.act(case_id, "warn")
    return case_id


@pytest.mark.parametrize(("status", "move"), list(product(machine.STATUSES, machine.MOVES)))
def test_commands_follow_the_machine(story: Story, status: str, move: str) -> None:
    """TS-07: what the machine says holds for the commands, in the log and in the view."""
    case_id, (command, data) = _in_status(story, status), COMMANDS[move]
    story.when(command, {"case_id": case_id, **data}, MO)
    expected = EXPECTED[status][move]
    if expected not in machine.STATUSES:
        story.refused(expected)
    else:
        assert story.refusal is None
        assert story.ask("case", {"case_id": case_id}, MO)["status"] == expected


def test_closing_again_the_same_way_changes_nothing(story: Story) -> None:
    """A close that is repeated under another key is answered, not refused, and tells nobody twice."""
    case_id = _in_status(story, "closed")
    story.when("close_case", {"case_id": case_id}, MO).nothing()
    assert story.refusal is None


def test_assignment_is_exclusive_and_expires(story: Story) -> None:
    """TS-11: one moderator holds a case, for twelve hours; then it is free again."""
    case_id = story.held(by=MO)
    story.when("assign_case", {"case_id": case_id}, MIA).refused("assigned-to-another")
    story.when("act_on_case", {"case_id": case_id, "action": "dismiss"}, MIA).refused("assigned-to-another")
    story.when("escalate_case", {"case_id": case_id}, MIA).refused("assigned-to-another")
    story.clock.advance(hours=12)
    assert story.ask("case", {"case_id": case_id}, MO)["status"] == "open"
    story.when("close_case", {"case_id": case_id}, MO).refused("take-it-first")
    story.when("assign_case", {"case_id": case_id}, MIA).then("CaseAssigned", assignee_id="mia")


def test_a_stale_version_changes_nothing(story: Story) -> None:
    """TS-11: acting on an older version is refused as stale."""
    case_id = story.held()
    version = story.ask("case", {"case_id": case_id}, MO)["_etag"]
    story.given("assign_case", {"case_id": case_id}, MO)
    with pytest.raises(Stale):
        story.app.execute("close_case", {"case_id": case_id}, Context(MO, "c", "c", if_match=version))


def test_another_case_makes_none_stale(story: Story) -> None:
    """SE-14: cases about the same target have versions of their own, so what happens to one keeps nobody from the
    appeal of another."""
    first = story.held()
    action_id = story.act(first, "warn")
    second = story.held()
    story.given("file_appeal", {"case_id": first, "action_id": action_id, "text": "no"}, BEN)
    for command, data, case_id, who in (
        ("close_case", {"case_id": second}, second, MO),
        ("assign_appeal", {"appeal_id": f"{first}.1"}, first, MIA),
    ):
        version = story.ask("case", {"case_id": case_id}, who)["_etag"]
        done = story.app.execute(command, data, Context(who, command, command, if_match=version))
        story.settle()
        assert done.etag == story.ask("case", {"case_id": case_id}, who)["_etag"]


@pytest.mark.parametrize("action", ["warn", "restrict", "suspend", "ban", "remove-from-program", "reinstate"])
@pytest.mark.parametrize("missing", ["policies", "rationale", "message"])
def test_an_action_needs_its_reasons(story: Story, action: str, missing: str) -> None:
    """TS-13: every action but a note or dismissal cites a policy, a rationale and a message to the person."""
    reasons: dict[str, Any] = {**REASONS, missing: [] if missing == "policies" else " "}
    story.when("act_on_case", {"case_id": story.held(), "action": action, **reasons}, MO).refused("reasons-needed")


def test_an_action_settles_its_case_in_one_append(story: Story) -> None:
    """TS-14: the action and the closing, which tells the reporters, are one commit."""
    case_id = story.held()
    story.when("act_on_case", {"case_id": case_id, "action": "warn", **REASONS}, MO)
    story.then("ActionTaken", action="warn", subject_id="ben").then("CaseClosed", outcome="action-taken")
    taken, closed = story.events()
    assert (taken.position, taken.of) == (closed.position, 2)


def test_a_case_can_stay_open_after_an_action(story: Story) -> None:
    """With `close: false` further actions may follow, and closing finds the outcome by itself."""
    case_id = story.held()
    story.act(case_id, "warn", close=False)
    story.act(case_id, "remove-from-program", close=False)
    story.when("close_case", {"case_id": case_id}, MO).then("CaseClosed", outcome="action-taken")


TRUE_OUTCOMES = [
    ([], "no-action"),
    (["note"], "no-action"),
    (["reinstate"], "no-action"),
    (["warn"], "action-taken"),
    (["ban", "reinstate"], "action-taken"),
]


@pytest.mark.parametrize(("actions", "outcome"), TRUE_OUTCOMES)
@pytest.mark.parametrize("end", ["close", "dismiss"])
def test_the_reporter_hears_what_was_done(story: Story, actions: list[str], outcome: str, end: str) -> None:
    """TS-18: whichever way the case ends, the outcome is that of all its actions."""
    case_id = story.held()
    for action in actions:
        story.act(case_id, action, close=False)
    if end == "close":
        story.when("close_case", {"case_id": case_id}, MO)
    else:
        story.when("act_on_case", {"case_id": case_id, "action": "dismiss"}, MO)
    story.then("CaseClosed", outcome=outcome)


@pytest.mark.parametrize(("actions", "outcome"), TRUE_OUTCOMES)
def test_no_moderator_says_otherwise(story: Story, actions: list[str], outcome: str) -> None:
    """TS-18: an outcome that contradicts the actions is refused, and one that fits them is taken."""
    case_id = story.held()
    for action in actions:
        story.act(case_id, action, close=False)
    false = "no-action" if outcome == "action-taken" else "action-taken"
    story.when("close_case", {"case_id": case_id, "outcome": false}, MO).refused("outcome-contradicts")
    story.when("close_case", {"case_id": case_id, "outcome": outcome}, MO).then("CaseClosed", outcome=outcome)


def test_a_dismissal_tells_nobody_but_the_reporters(story: Story) -> None:
    """A dismissal and a note concern nobody: the person reported hears nothing."""
    case_id = story.held()
    story.when("act_on_case", {"case_id": case_id, "action": "note", "rationale": "hm", "message": "!"}, MO)
    story.then("ActionTaken", subject_id=None, message=None)
    story.when("act_on_case", {"case_id": case_id, "action": "dismiss"}, MO)
    story.then("ActionTaken", subject_id=None).then("CaseClosed", outcome="no-action", reporter_ids=["ada"])
    assert story.ask("my_statements", {}, BEN)["items"] == []


UNFIT = [
    ({"action": "ban", "until": "2026-04-01T00:00:00Z"}, "ban-has-no-end"),
    ({"action": "suspend"}, "end-needed"),
    ({"action": "suspend", "until": "2026-03-02T09:00:00Z"}, "end-is-past"),
    ({"action": "restrict", "until": "2026-03-02T09:00:00Z"}, "end-is-past"),
    ({"action": "warn", "until": "2026-04-01T00:00:00Z"}, "no-end-here"),
    ({"action": "suspend", "until": "tomorrow"}, "invalid-input"),
    ({"action": "suspend", "policies": ["a whole sentence about Ben"]}, "invalid-input"),
    ({"action": "ban", "subject_id": "ada"}, "nobody-concerned"),
    ({"action": "note", "rationale": ""}, "note-needs-text"),
]


@pytest.mark.parametrize(("data", "slug"), UNFIT)
def test_unfit_actions_are_refused(story: Story, data: dict[str, Any], slug: str) -> None:
    """An action that makes no sense is refused with a name that says why."""
    story.when("act_on_case", {"case_id": story.held(), **REASONS, **data}, MO).refused(slug)


def test_a_case_about_a_program_sanctions_nobody(story: Story) -> None:
    """A program is no person: its case can be noted or dismissed."""
    case_id = story.held(by=MO, target={"kind": "program", "id": "p1"})
    story.when("act_on_case", {"case_id": case_id, "action": "ban", **REASONS}, MO).refused("nobody-concerned")


def test_both_sides_of_a_pair_may_be_concerned(story: Story) -> None:
    """Where both reported the pair, the moderator says whom the action concerns."""
    target = {"kind": "pair", "id": PAIR_ID}
    case_id = story.reported(target=target)
    assert story.reported(by=BEN, target=target) == case_id
    story.given("assign_case", {"case_id": case_id}, MO)
    story.when("act_on_case", {"case_id": case_id, "action": "warn", "subject_id": "ada", **REASONS}, MO)
    story.then("ActionTaken", subject_id="ada")


def test_a_group_admin_handles_the_groups_own_queue(story: Story) -> None:
    """The group's admin can warn or remove from the program; what reaches further is the platform's."""
    case_id = story.held(by=SUE, to="admin")
    story.when("act_on_case", {"case_id": case_id, "action": "suspend", **REASONS}, SUE).refused("forbidden")
    story.when("assign_case", {"case_id": case_id}, MO).refused("not-found")
    story.when("escalate_case", {"case_id": case_id}, SUE).then("CaseEscalated", queue="platform", by="sue")
    story.when("assign_case", {"case_id": case_id}, SUE).refused("not-found")
    story.when("assign_case", {"case_id": case_id}, MO).then("CaseAssigned", assignee_id="mo")


@pytest.mark.parametrize("action", ["restrict", "suspend", "ban", "release-pair", "reinstate", "confirm-adult"])
def test_what_reaches_beyond_a_group_is_for_moderators(story: Story, action: str) -> None:
    """TS-10: an admin who holds a case of the group takes no action that counts outside of it."""
    case_id = story.held(by=SUE, to="admin")
    story.when("act_on_case", {"case_id": case_id, "action": action, **REASONS}, SUE).refused("forbidden")


def test_an_overdue_case_is_escalated_once(story: Story) -> None:
    """TS-21: at its due time, not before, the clock hands a case up; the tick is an event."""
    story.reported(to="admin")
    story.later(days=3, seconds=-1).nothing()
    story.later(seconds=1).then("CaseEscalated", queue="platform", by=None)
    story.later(days=30).nothing()


@pytest.mark.parametrize("status", ["open", "escalated", "closed"])
def test_a_clock_that_is_wrong_escalates_nothing(story: Story, status: str) -> None:
    """TS-21: the decision asks for itself: before the due time, and for a case that is escalated or closed, a timer
    that fires all the same changes nothing."""
    case_id = _in_status(story, status)
    if status != "open":
        story.clock.advance(days=30)
    story.given("escalate_overdue", {"case_id": case_id}).nothing()


def test_who_works_on_an_overdue_case_keeps_it(story: Story) -> None:
    """TS-21: the clock takes nobody off a case of the platform; who hands it up lets it go."""
    case_id = story.reported()
    story.later(days=2, hours=23)
    story.given("assign_case", {"case_id": case_id}, MO)
    story.later(hours=1).then("CaseEscalated", by=None)
    story.when("assign_case", {"case_id": case_id}, MIA).refused("assigned-to-another")
    other = story.held(by=MO, target={"kind": "person", "id": "ben"})
    story.given("escalate_case", {"case_id": other}, MO)
    story.when("close_case", {"case_id": other}, MO).refused("take-it-first")
    story.when("assign_case", {"case_id": other}, MIA).then("CaseAssigned", assignee_id="mia")


@pytest.mark.parametrize("who", [ADA, BEN, CLEO, SAM])
def test_people_of_the_group_handle_no_case_of_the_platform(story: Story, who: Any) -> None:
    """TS-12: neither those concerned nor anyone else without the role gets further than an unknown id."""
    case_id = story.reported()
    for command, data in COMMANDS.values():
        story.when(command, {"case_id": case_id, **data}, who).refused("not-found")
    assert story.asked_refused("case", {"case_id": case_id}, who) == "not-found"
