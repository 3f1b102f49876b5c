"""What a report discloses: closed for the case, opened after a look that is on record."""

from __future__ import annotations

import copy
import json

import pytest

from shared.kernel.actor import Actor
from shared.privacy.sealing import REMOVED
from tests.services.trust_safety.story import ADA, BEN, CANARY, MAX, MESSAGE, MIA, MO, SAM, SUE, Story


def _disclosed(story: Story, by: Actor = MO, **report: str) -> str:
    case_id = story.reported(**report)
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, by)
    return case_id


def test_the_holder_reads_it_after_a_look_on_record(story: Story) -> None:
    """EV-06: without the event no byte is shown; with it the disclosed window is."""
    case_id = _disclosed(story)
    assert story.asked_refused("evidence", {"case_id": case_id}, MO) == "not-found"
    story.when("view_evidence", {"case_id": case_id}, MO).then("EvidenceViewed", by="mo")
    item = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]
    assert [message["message_id"] for message in item["messages"]] == ["m1", "m2", "m3", "m4"]
    assert item["messages"][1]["versions"][0]["text"] == CANARY
    assert all(message["verified"] for message in item["messages"])


def test_every_reading_needs_its_own_look(story: Story) -> None:
    """EV-06: a look is good for five minutes; a later reading is on record again."""
    case_id = _disclosed(story)
    story.given("view_evidence", {"case_id": case_id}, MO)
    story.clock.advance(minutes=6)
    assert story.asked_refused("evidence", {"case_id": case_id}, MO) == "not-found"


@pytest.mark.parametrize("who", [ADA, BEN, SUE, SAM, MIA])
def test_nobody_else_opens_it(story: Story, who: Actor) -> None:
    """EV-07: neither the two, nor admins, nor a moderator who does not hold the case."""
    case_id = _disclosed(story)
    story.given("view_evidence", {"case_id": case_id}, MO)
    story.when("view_evidence", {"case_id": case_id}, who)
    assert story.refusal
    assert story.asked_refused("evidence", {"case_id": case_id}, who) == "not-found"


def test_it_closes_with_the_case_and_opens_for_the_review(story: Story) -> None:
    """EV-07, TS-20: after the end nobody looks, until a second person takes an appeal: neither the first, nor a third
    before or after that, nor the second once their time is over or they have decided."""
    case_id = _disclosed(story)
    action_id = story.act(case_id, "warn")
    story.when("view_evidence", {"case_id": case_id}, MO).refused("take-it-first")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    look, review = {"case_id": case_id}, {"appeal_id": f"{case_id}.1"}
    decision = {**review, "result": "uphold", "message": "It stands."}
    for who in (MO, MIA, MAX):
        story.when("view_evidence", look, who).refused("take-it-first")
    story.when("assign_appeal", review, MO).refused("needs-another-moderator")
    story.when("decide_appeal", decision, MIA).refused("take-it-first")
    story.when("assign_appeal", review, MIA).then("AppealAssigned", assignee_id="mia")
    story.given("view_evidence", look, MIA)
    assert story.ask("evidence", look, MIA)["items"][0]["status"] == "here"
    for who in (MO, MAX):
        story.when("view_evidence", look, who).refused("take-it-first")
        assert story.asked_refused("evidence", look, who) == "not-found"
    story.when("assign_appeal", review, MAX).refused("assigned-to-another")
    story.when("decide_appeal", decision, MAX).refused("assigned-to-another")
    story.clock.advance(hours=12)
    story.when("view_evidence", look, MIA).refused("take-it-first")
    story.given("assign_appeal", review, MAX).given("view_evidence", look, MAX).given("decide_appeal", decision, MAX)
    story.when("view_evidence", look, MAX).refused("take-it-first")
    assert story.asked_refused("evidence", look, MAX) == "not-found"


def test_a_group_admin_never_sees_it(story: Story) -> None:
    """TS-10: also where the case is the admin's own, its evidence is not."""
    case_id = _disclosed(story, by=SUE, to="admin")
    story.when("view_evidence", {"case_id": case_id}, SUE).refused("not-found")
    assert story.asked_refused("evidence", {"case_id": case_id}, SUE) == "not-found"


def test_evidence_that_was_asked_for_is_received_once(story: Story) -> None:
    """What comes twice, or for no report of the case, changes nothing."""
    other = Story()
    told = {"case_id": other.reported(), "report_id": "other", "reporter_id": "ada", "evidence_event_id": "e"}
    other.given("receive_evidence", told).nothing()
    story.reported()
    data = story.disclosed()
    story.then("EvidenceReceived", report_id=data["report_id"])
    story.arrives("conversations.EvidenceDisclosed", data).nothing()
    story.arrives("conversations.EvidenceDisclosed", {**data, "report_id": "other"}).nothing()
    story.arrives("conversations.EvidenceDisclosed", {**data, "case_id": "other.1"}).nothing()


def test_a_look_ends_with_the_case(story: Story) -> None:
    """EV-07: who looked and then closed the case reads no more, appealed or not; nor does who decided."""
    case_id = _disclosed(story)
    story.given("view_evidence", {"case_id": case_id}, MO)
    action_id = story.act(case_id, "warn")
    assert story.asked_refused("evidence", {"case_id": case_id}, MO) == "not-found"
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    assert story.asked_refused("evidence", {"case_id": case_id}, MO) == "not-found"
    story.given("assign_appeal", {"appeal_id": f"{case_id}.1"}, MIA)
    story.given("view_evidence", {"case_id": case_id}, MIA)
    story.decides(f"{case_id}.1", "uphold")
    assert story.asked_refused("evidence", {"case_id": case_id}, MIA) == "not-found"


def test_evidence_of_a_group_is_nothing_to_moderators(story: Story) -> None:
    """EV-07: while a case lies at the group's own desk, a moderator does not learn that it is there."""
    case_id = story.reported(to="admin")
    story.when("view_evidence", {"case_id": case_id}, MO).refused("not-found")


@pytest.mark.parametrize("change", ["text", "sender", "salt", "hole"])
def test_a_changed_byte_is_seen(story: Story, change: str) -> None:
    """EV-04: another text, sender or salt, or a message left out, is not what the log proves."""
    case_id = story.reported()
    window = [copy.deepcopy(story.texts[name]) for name in ("m1", "m2", "m3", "m4")]
    if change == "sender":
        window[1]["sender_id"] = "ada"
    elif change != "hole":
        window[1]["versions"][0][change] += "x"
    data = story.disclosed(window)
    if change == "hole":
        wrong = {**data, "message_ids": ["m1", "m3", "m2", "m4"]}
        story.arrives("conversations.EvidenceDisclosed", wrong)
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    messages = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["messages"]
    assert not messages[1]["verified"]


def test_what_does_not_open_is_said_to_be_unreadable(story: Story) -> None:
    """Evidence that is closed for another key is no error of the page, but shown as unreadable."""
    case_id = story.reported()
    data = story.disclosed()
    story.arrives("conversations.EvidenceDisclosed", {**data, "evidence": data["evidence"][:-6] + "AAAAAA"})
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    item = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]
    assert (item["status"], item["messages"]) == ("unreadable", None)


def test_the_reporters_words_end_with_the_reporter(story: Story) -> None:
    """PR-08: after the reporter is forgotten their text reads as removed; the evidence stays for the review (TS-20)."""
    case_id = story.reported(text=CANARY)
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    story.keys.destroy_owner("ada")
    story.keys.destroy_owner("ben")
    assert story.ask("case", {"case_id": case_id}, MO)["reported"][0]["text"] == REMOVED
    assert story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["status"] == "here"


def test_nothing_of_it_lies_open_in_the_store(story: Story) -> None:
    """EV-01: neither the log nor any view of ours holds a word of a message."""
    _disclosed(story)
    stored = json.dumps([story.views.documents, [event.data for c in story.log.feed(0, 0, 999) for event in c.events]])
    assert CANARY not in stored
    assert MESSAGE["id"] in stored
