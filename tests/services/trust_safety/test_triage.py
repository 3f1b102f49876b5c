"""Triage sorts the platform's queue: it reads what was reported, hands up what needs more, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.kernel.actor import Actor
from tests.services.trust_safety.story import BEN, MIA, MO, PAIR_ID, SUE, Story, acting
from tests.services.trust_safety.test_apart import NAMES, RELATIONS

TRIAGE = frozenset({"triage"})
TRI, TOM = Actor("tri", {}, TRIAGE), Actor("tom", {}, TRIAGE)
BOTH = Actor("bo", {}, frozenset({"moderator", "triage"}))
SORTING = ("view_case", "assign_case", "escalate_case", "view_evidence")


def _disclosed(story: Story, by: Actor = TRI, **report: str) -> str:
    """A case with its evidence, that is held."""
    case_id = story.reported(**report)
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, by)
    return case_id


def _shown(story: Story, case_id: str, who: Actor) -> list[str]:
    story.when("view_evidence", {"case_id": case_id}, who).then("EvidenceViewed", by=who.id)
    [item] = story.ask("evidence", {"case_id": case_id}, who)["items"]
    assert all(message["verified"] for message in item["messages"])
    return [message["message_id"] for message in item["messages"]]


def test_triage_sorts_the_queue(story: Story) -> None:
    """TS-11, TS-23: triage lists a case, looks at it on record, takes it for twelve hours and hands it up; from there
    on it is for moderators."""
    case_id = story.reported(text="words")
    case = {"case_id": case_id}
    assert [one["case_id"] for one in story.ask("moderation_cases", {}, TRI)["items"]] == [case_id]
    story.when("view_case", case, TRI).then("CaseViewed", by="tri", queue="platform")
    assert story.ask("case", case, TRI)["reported"][0]["text"] == "words"
    story.when("assign_case", case, TRI).then("CaseAssigned", assignee_id="tri", to_sort=True)
    story.when("assign_case", case, TOM).refused("assigned-to-another")
    story.clock.advance(hours=12)
    story.given("assign_case", case, TOM).when("escalate_case", case, TOM).then("CaseEscalated", by="tom")
    assert story.ask("moderation_cases", {}, TOM)["items"] == []
    story.when("assign_case", case, MO).then("CaseAssigned", assignee_id="mo")
    assert "to_sort" not in story.events()[0].data


def test_triage_reads_the_reported_message_alone(story: Story) -> None:
    """EV-03, EV-06, EV-07: nothing before or after it, only while they hold the case, after a look on record."""
    case_id = _disclosed(story, by=TOM)
    story.when("view_evidence", {"case_id": case_id}, TRI).refused("take-it-first")
    assert story.asked_refused("evidence", {"case_id": case_id}, TRI) == "not-found"
    assert story.asked_refused("evidence", {"case_id": case_id}, TOM) == "not-found"
    assert _shown(story, case_id, TOM) == ["m2"]
    story.given("assign_case", {"case_id": case_id}, MO)
    assert _shown(story, case_id, MO) == ["m1", "m2", "m3", "m4"]


def test_who_is_both_is_a_moderator(story: Story) -> None:
    """EV-03: who has both roles reads the window, and holds a case as a moderator does."""
    case_id = _disclosed(story, by=BOTH)
    assert _shown(story, case_id, BOTH) == ["m1", "m2", "m3", "m4"]
    story.when("assign_case", {"case_id": case_id}, MO).refused("assigned-to-another")


def test_no_numbers_from_other_cases(story: Story) -> None:
    """TS-25: what helps to weigh a report is for who weighs it."""
    case_id = story.reported()
    seen = [story.ask("case", {"case_id": case_id}, who)["reported"][0] for who in (MO, TRI)]
    assert set(seen[0]) - set(seen[1]) == {"other_reports_by", "led_to_action", "other_reports_about"}


ACTIONS = ("note", "dismiss", "warn", "restrict", "suspend", "ban", "remove-from-program", "reinstate", "release-pair")


@pytest.mark.parametrize("action", [*ACTIONS, "confirm-adult", "reset-adult"])
def test_triage_takes_no_action(story: Story, action: str) -> None:
    """Acting on a case that they hold, or closing it, is not there for them: that is for moderators."""
    case_id = story.held(by=TRI)
    story.when("act_on_case", {"case_id": case_id, **acting(action)}, TRI).refused("not-found")
    story.when("close_case", {"case_id": case_id}, TRI).refused("not-found")


def test_triage_decides_about_nobody(story: Story) -> None:
    """TS-19, TS-24: neither appeals nor who is muted is theirs, nor the queue of a group."""
    case_id = story.held()
    action_id = story.act(case_id, "warn")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    appeal = {"appeal_id": f"{case_id}.1"}
    story.when("assign_appeal", appeal, TRI).refused("not-found")
    story.when("decide_appeal", {**appeal, "result": "uphold", "message": "It stands."}, TRI).refused("not-found")
    story.when("mute_reporter", {"person_id": "ada", "reason": "false"}, TRI).refused("forbidden")
    story.when("unmute_reporter", {"person_id": "ada"}, TRI).refused("forbidden")
    assert story.asked_refused("muted_reporters", {}, TRI) == "forbidden"
    assert story.asked_refused("cases_of_group", {"group_id": "soap"}, TRI) == "not-found"
    assert story.asked_refused("audit", {}, TRI) == "forbidden"


def _escalated(story: Story) -> str:
    case_id = _disclosed(story)
    story.given("view_evidence", {"case_id": case_id}, TRI).given("escalate_case", {"case_id": case_id}, MO)
    return case_id


def _overdue(story: Story) -> str:
    """While triage holds it and looks at its evidence."""
    case_id = story.reported()
    story.disclosed()
    story.clock.advance(hours=71, minutes=59)
    story.given("assign_case", {"case_id": case_id}, TRI).given("view_evidence", {"case_id": case_id}, TRI)
    story.later(minutes=2).then("CaseEscalated", by=None)
    return case_id


def _closed(story: Story) -> str:
    case_id = _disclosed(story)
    story.given("assign_case", {"case_id": case_id}, MO).given("close_case", {"case_id": case_id}, MO)
    return case_id


def _appealed(story: Story) -> str:
    """While it is open."""
    case_id = _disclosed(story, by=MO)
    action_id = story.act(case_id, "warn", close=False)
    story.clock.advance(hours=12)
    story.given("assign_case", {"case_id": case_id}, TRI).given("view_evidence", {"case_id": case_id}, TRI)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    return case_id


def _decided(story: Story) -> str:
    case_id = _appealed(story)
    story.decides(f"{case_id}.1", "uphold", by=MIA)
    return case_id


def _of_a_group(story: Story) -> str:
    return _disclosed(story, by=SUE, to="admin")


@pytest.mark.parametrize("become", [_escalated, _overdue, _closed, _appealed, _decided, _of_a_group])
def test_what_is_not_to_be_sorted_is_not_there(story: Story, become: Callable[[Story], str]) -> None:
    """EV-07: once a case is handed up, closed or appealed, and while it is a group's own, triage finds it neither in a
    list nor by its id, though they hold it or looked at its evidence a moment ago."""
    case = {"case_id": become(story)}
    for status in (None, "open", "assigned", "escalated", "closed", "appealed"):
        assert story.ask("moderation_cases", {"status": status}, TRI)["items"] == []
    for query in ("case", "evidence"):
        assert story.asked_refused(query, case, TRI) == "not-found"
    for command in SORTING:
        story.when(command, case, TRI).refused("not-found")


@pytest.mark.parametrize(("relation", "who", "slug"), RELATIONS, ids=NAMES)
def test_each_relation_keeps_triage_away(
    story: Story, relation: Callable[[Story], None], who: Actor, slug: str
) -> None:
    """TS-12: what keeps a moderator away keeps triage away."""
    case = {"case_id": story.reported(target={"kind": "pair", "id": PAIR_ID})}
    relation(story)
    sorter = replace(who, roles=TRIAGE)
    assert story.ask("moderation_cases", {}, sorter)["items"] == []
    assert {story.asked_refused(query, case, sorter) for query in ("case", "evidence")} == {slug}
    for command in SORTING:
        story.when(command, case, sorter).refused(slug)
    others: dict[str, dict[str, Any]] = {"act_on_case": acting("warn"), "close_case": {}}
    for command, data in others.items():
        story.when(command, {**case, **data}, sorter).refused("not-found")


def test_a_moderator_takes_what_triage_holds(story: Story) -> None:
    """TS-11: nobody waits for triage; a moderator takes the case or hands it up, and triage holds it no more. It takes
    nothing from a moderator, and no moderator from another."""
    case_id = _disclosed(story)
    case = {"case_id": case_id}
    story.given("view_evidence", case, TRI)
    story.when("close_case", case, MO).refused("assigned-to-another")
    story.when("assign_case", case, MO).then("CaseAssigned", assignee_id="mo")
    assert story.asked_refused("evidence", case, TRI) == "not-found"
    story.when("view_evidence", case, TRI).refused("take-it-first")
    for who in (TRI, MIA):
        story.when("assign_case", case, who).refused("assigned-to-another")
        story.when("escalate_case", case, who).refused("assigned-to-another")


def test_a_moderator_takes_what_is_overdue_with_triage(story: Story) -> None:
    """TS-11, TS-21: a case that falls due while triage holds it waits for no end of their time."""
    case_id = _overdue(story)
    story.when("assign_case", {"case_id": case_id}, MO).then("CaseAssigned", assignee_id="mo")
    story.given("close_case", {"case_id": case_id}, MO)
