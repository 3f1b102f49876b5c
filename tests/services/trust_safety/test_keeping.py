"""How long evidence is kept, and that nobody reads it afterwards (EV-09, PR-10)."""

from __future__ import annotations

import json

import pytest

from tests.services.trust_safety.story import ADA, BEN, CANARY, MIA, MO, REASONS, Story
from tests.services.trust_safety.together import Together


def _case(story: Story) -> str:
    case_id = story.reported()
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO)
    return case_id


def _key(story: Story) -> bytes | None:
    """What opens the evidence of the only report."""
    found = story.views.find("evidence", {})[0]
    return story.keys.for_opening(found["key"]["key"])


@pytest.mark.parametrize(("action", "days"), [("dismiss", 30), ("warn", 210), ("ban", 210)])
def test_it_ends_when_its_time_is_over(story: Story, action: str, days: int) -> None:
    """EV-09: 30 days after the last day on which anything can be appealed, or after the end where nothing can: a second
    before, it is there, at the moment it is gone; also when the clock was away for months."""
    case_id = _case(story)
    story.act(case_id, action)
    story.later(days=days, seconds=-1).nothing()
    assert _key(story)
    story.later(seconds=1).then("EvidenceDestroyed", case_id=case_id)
    assert _key(story) is None
    story.later(days=400).nothing()
    late = Story()
    late.act(_case(late), action)
    late.later(days=1000).then("EvidenceDestroyed")
    assert _key(late) is None


def test_then_nobody_reads_it(story: Story) -> None:
    """EV-09: neither the holder of an appeal nor anybody with the store: the words are in no view and in no event that
    a key is left for."""
    case_id = _case(story)
    action_id = story.act(case_id, "warn")
    story.later(days=180)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.given("assign_appeal", {"appeal_id": f"{case_id}.1"}, MIA).given("view_evidence", {"case_id": case_id}, MIA)
    assert story.ask("evidence", {"case_id": case_id}, MIA)["items"][0]["status"] == "here"
    story.keys.destroy_space(story.views.find("evidence", {})[0]["id"])
    shown = story.ask("evidence", {"case_id": case_id}, MIA)["items"][0]
    assert (shown["status"], shown["messages"]) == ("removed", None)
    filed = [event for c in story.log.feed(0, 0, 999) for event in c.events if event.type == "ReportFiled"]
    assert story.opened(filed[0])["evidence_private"] == "[removed]"
    assert CANARY not in json.dumps(story.views.documents)


def test_an_appeal_that_waits_holds_it(story: Story) -> None:
    """EV-09, PR-10: while an appeal is pending nothing ends, however late; after its decision it is kept for the rest
    of its time, or for 30 days."""
    case_id = _case(story)
    action_id = story.act(case_id, "ban")
    story.later(days=180)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.later(days=200).nothing()
    assert _key(story)
    story.decides(f"{case_id}.1", "uphold")
    story.later(days=30, seconds=-1).nothing()
    story.later(seconds=1).then("EvidenceDestroyed")
    assert _key(story) is None


def test_an_early_decision_shortens_nothing(story: Story) -> None:
    """EV-09: a decision in the first month leaves the evidence for as long as another action may be appealed."""
    case_id = _case(story)
    first = story.act(case_id, "warn", close=False)
    story.act(case_id, "suspend")
    story.given("file_appeal", {"case_id": case_id, "action_id": first, "text": "no"}, BEN)
    story.later(days=10)
    story.decides(f"{case_id}.1", "uphold")
    story.later(days=200, seconds=-1).nothing()
    story.later(seconds=1).then("EvidenceDestroyed")


def test_the_last_of_two_appeals_counts(story: Story) -> None:
    """PR-10: where two appeals wait, the decision of one lets nothing end yet."""
    case_id = _case(story)
    first, second = story.act(case_id, "warn", close=False), story.act(case_id, "suspend")
    for action_id in (first, second):
        story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.decides(f"{case_id}.1", "uphold").then("AppealDecided", evidence_until=None)
    story.later(days=400).nothing()
    story.decides(f"{case_id}.2", "uphold")
    story.later(days=30).then("EvidenceDestroyed")


def test_a_decision_ends_nothing_of_an_open_case(story: Story) -> None:
    """PR-10: an appeal that is decided while its case goes on sets no end to the evidence that the case needs."""
    case_id = _case(story)
    action_id = story.act(case_id, "warn", close=False)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.decides(f"{case_id}.1", "uphold").then("AppealDecided", evidence_until=None)
    story.later(days=400)
    assert _key(story)


def test_an_open_case_holds_it_whoever_is_erased() -> None:
    """PR-10: the erasure of both sides leaves the evidence of an open case, which says until when it is held."""
    world = Together()
    case_id = world.held({"kind": "message", "id": world.writes(CANARY)})
    world.erases("ben")
    world.erases("ada")
    world.later(days=400)
    world.does("trust_safety.assign_case", {"case_id": case_id}, MO)
    assert world.evidence(case_id)[0]["messages"][0]["versions"][0]["text"] == CANARY
    world.acts(case_id, "dismiss")
    assert world["trust_safety"].view("cases", case_id)["evidence_until"] > world.now
    world.later(days=30)
    assert world.all("trust_safety", "EvidenceDestroyed")
    assert world["trust_safety"].view("cases", case_id)["evidence_until"] is None


def test_the_statement_outlives_the_evidence(story: Story) -> None:
    """TS-17: a ban that stands still gives its reasons after the evidence is gone, and can still be lifted."""
    case_id = _case(story)
    story.act(case_id, "ban")
    story.later(days=210).then("EvidenceDestroyed")
    statement = story.ask("my_statements", {}, BEN)["items"][0]
    assert (statement["message"], statement["appeal"]) == (REASONS["message"], "too-late")
    story.act(case_id, "reinstate")
    assert story.people() == {}


def test_a_case_without_evidence_keeps_none(story: Story) -> None:
    """EV-09: where nothing was disclosed there is nothing to end."""
    case_id = story.held(target={"kind": "person", "id": "ben"})
    story.when("act_on_case", {"case_id": case_id, "action": "warn", **REASONS}, MO)
    story.then("CaseClosed", evidence_until=None)
    story.later(days=1000).nothing()


def test_each_report_has_a_key_of_its_own(story: Story) -> None:
    """EV-09: the key of evidence opens nothing else, so that its end is the end of nothing else."""
    _case(story)
    evidence, report = story.views.find("evidence", {})[0], story.ask("my_reports", {}, ADA)["items"][0]
    assert evidence["key"]["key"] == report["report_id"]


def test_a_clock_that_is_wrong_ends_nothing(story: Story) -> None:
    """EV-09: the decision asks for itself: before the time, while an appeal waits, and for an open case, a timer that
    fires all the same changes nothing."""
    case_id = _case(story)
    ends = {"case_id": case_id}
    story.given("destroy_evidence", ends).nothing()
    action_id = story.act(case_id, "warn")
    story.given("destroy_evidence", ends).nothing()
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.clock.advance(days=400)
    story.given("destroy_evidence", ends).nothing()
    assert [due["id"] for due in story.views.find("due", {})] == []


def test_what_is_gone_ends_once(story: Story) -> None:
    """EV-09: a timer that fires again after the end of evidence tells nobody of another end."""
    case_id = _case(story)
    story.act(case_id, "dismiss")
    story.later(days=30).then("EvidenceDestroyed")
    story.given("destroy_evidence", {"case_id": case_id}).nothing()
