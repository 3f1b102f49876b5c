"""What a curious or hostile person tries on trust and safety, and does not get."""

from __future__ import annotations

from typing import Any

import pytest

from services.trust_safety import terms
from shared.application.application import Context
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.ids import derive, new_id
from shared.runtime.faults import Fault
from shared.testing.scenario import person
from tests.services.trust_safety.story import ADA, BEN, CLEO, MO, REASONS, ZOE, Story

BEES = {"program_id": "p9", "group_id": "bees"}


def slug_of(story: Story, command: str, data: dict[str, Any], actor: Actor, version: int) -> str:
    context = Context(actor, new_id(), new_id(), if_match=version)
    with pytest.raises(Refusal) as caught:
        story.app.execute(command, data, context)
    return caught.value.slug


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_version_does_not_tell_whether_one_was_reported(story: Story, version: int) -> None:
    """TS-12: `If-Match` on a report of oneself, or on an appeal, answers alike with a case and without."""
    myself = {"target": {"kind": "person", "id": "ben"}, "reason": "spam"}
    before = slug_of(story, "file_report", myself, BEN, version)
    case_id = story.reported(target=myself["target"])
    assert slug_of(story, "file_report", myself, BEN, version) == before == "not-yourself"
    appeal = {"case_id": case_id, "action_id": "x", "text": "why"}
    assert slug_of(story, "file_appeal", appeal, BEN, version) == "not-found"


def test_a_report_does_not_count_what_others_did(story: Story) -> None:
    """TS-18: no version of the case goes back to a reporter, so nobody learns of earlier reports and acts."""
    story.held(target={"kind": "person", "id": "ben"})
    report = {"target": {"kind": "person", "id": "ben"}, "reason": "spam"}
    assert story.app.execute("file_report", report, Context(CLEO, new_id(), new_id())).etag is None


def test_an_appeal_does_not_tell_in_which_group_one_was_reported(story: Story) -> None:
    """TS-17: who appeals gets the ids they need and no more."""
    case_id = story.held()
    action_id = story.act(case_id, "warn")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "why"}, BEN)
    assert sorted(story.answer) == ["action_id", "appeal_id", "case_id"]


def test_a_report_out_of_another_group_is_not_for_the_first_group(story: Story) -> None:
    """SE-03, TS-09: where reports of two groups meet, the case goes to the platform; no group's admins see it."""
    zoe, sue = ZOE, person("sue", admin_of="soap")
    for name in ("zoe", "ben"):
        who = {"signup_id": f"s9-{name}", "person_id": name, "role": "mentee", "capacity": 1, "adult": True}
        rest = {"expires_at": "2026-09-01T00:00:00.000Z", "name": name, "answers": {}}
        story.arrives("matching.SignedUp", {**BEES, **who, **rest})
    case_id = story.reported(target={"kind": "person", "id": "ben"}, to="admin")
    assert story.ask("case", {"case_id": case_id}, sue)["reports"] == 1
    story.reported(by=zoe, target={"kind": "person", "id": "ben"}, to="admin")
    assert story.asked_refused("case", {"case_id": case_id}, sue) == "not-found"
    assert story.ask("case", {"case_id": case_id}, MO)["reports"] == 2


def test_a_further_report_of_the_same_group_stays_with_it(story: Story) -> None:
    """TS-09: reports of one group on one target stay on the desk of its admins."""
    case_id = story.reported(target={"kind": "person", "id": "ben"}, to="admin")
    story.reported(by=CLEO, target={"kind": "person", "id": "ben"}, to="admin")
    assert story.ask("case", {"case_id": case_id}, person("sue", admin_of="soap"))["reports"] == 2
    assert f"'{ADA.id}'" not in str(story.ask("case", {"case_id": case_id}, person("sue", admin_of="soap")))


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-14:00", "9999-12-31T00:00:00Z"])
def test_no_end_lies_beyond_the_calendar(story: Story, until: str) -> None:
    """SE-15: a moment that no clock can hold is refused as input, for an action and for an appeal."""
    case_id = story.held()
    act = {"case_id": case_id, "action": "suspend", **REASONS, "until": until}
    story.when("act_on_case", act, MO).refused("invalid-input")
    decide = {"appeal_id": f"{case_id}.1", "result": "reduce", "message": "Shorter.", "until": until}
    story.when("decide_appeal", decide, MO).refused("invalid-input")


def test_a_case_id_does_not_tell_what_was_reported(story: Story) -> None:
    """TS-17: who knows a case's id, such as the person concerned, cannot find out by guessing what it is about, and so
    who reported it: elsewhere the same target has another id, and a later case tells of no earlier one."""
    first = story.held()
    story.act(first, "warn")
    second, elsewhere = story.reported(), Story().reported()
    assert first != second
    assert first.partition(".")[0] != elsewhere.partition(".")[0]
    guesses = {derive(*parts) for parts in (("target", "message", "m2"), ("message", "m2"), ("case", "m2"))}
    assert not guesses & set(first.split("."))


def test_the_window_of_appeals_is_a_setting(monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    """TS-19: 180 days unless an operator says otherwise; who was told a day keeps it, whatever is set later."""
    assert [terms.appeal_window({}).days, terms.appeal_window({"APPEAL_WINDOW_DAYS": " 90 "}).days] == [180, 90]
    case_id = story.held()
    early = story.act(case_id, "warn", close=False)
    monkeypatch.setattr(terms, "APPEAL_WINDOW", terms.appeal_window({"APPEAL_WINDOW_DAYS": "90"}))
    late = story.act(case_id, "suspend")
    story.clock.advance(days=91)
    story.when("file_appeal", {"case_id": case_id, "action_id": late, "text": "no"}, BEN).refused("appeal-too-late")
    story.when("file_appeal", {"case_id": case_id, "action_id": early, "text": "no"}, BEN).then("AppealFiled")


@pytest.mark.parametrize("value", ["0", "29", "366", "-1", "soon", "1e3", "²"])
def test_a_window_that_makes_no_sense_stops_the_start(value: str) -> None:
    """SE-23: with a sentence that names the setting and does not show its value."""
    with pytest.raises(Fault, match="APPEAL_WINDOW_DAYS must be a whole number from 30 to 365"):
        terms.appeal_window({"APPEAL_WINDOW_DAYS": value})
