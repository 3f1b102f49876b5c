"""What a report discloses, and what it never does, whatever it says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey

from services.conversations.domain.couple import Space, window
from shared.contracts import conversations_api, trust_safety_api
from shared.contracts.base import load
from shared.kernel.errors import Invalid
from shared.kernel.events import Data
from tests.services.conversations.test_couple import MENTEE, MENTOR, OTHER, Story, told

KEY = OKPKey.generate_key("X25519")


def report(message_id: str, **more: Any) -> Data:
    data = {"report_id": "r1", "case_id": "c1", "target_kind": "message", "target_id": message_id, "reason": "spam"}
    who = {"pair_id": told()["pair_id"], "reporter_id": "tom", "subject_id": "may", "to": "platform"}
    return {**data, **who, "evidence_key": KEY.as_dict(private=False), **more}


def opened(story: Story) -> list[Data]:
    """What the last step disclosed, opened with the case's key."""
    [event] = story.events()
    assert event.type == "EvidenceDisclosed"
    found: list[Data] = orjson.loads(jwe.decrypt_compact(event.data["evidence"], KEY).plaintext or b"")
    assert [message["message_id"] for message in found] == event.data["message_ids"]
    return found


@given(st.integers(1, 60), st.data())
def test_the_window_is_at_most_five_on_each_side(length: int, data: st.DataObject) -> None:
    """EV-03: a run around the message, five before and five after it or as many as there are."""
    order = [f"m{n}" for n in range(length)]
    place = data.draw(st.integers(0, length - 1))
    found = window(Space(told(), order=order), order[place])
    assert found == order[max(0, place - 5) : place + 6]
    assert found[min(place, 5)] == order[place]
    assert len(found) <= 11


WISHES = ("before", "after", "window", "wider", "message_ids")


@settings(max_examples=60)
@given(st.sampled_from(WISHES), st.one_of(st.integers(), st.none(), st.text(max_size=5), st.lists(st.integers())))
def test_nobody_asks_for_more(wish: str, value: object) -> None:
    """EV-03: neither a report nor a look has a word for it; negative, huge or missing, it is refused unread."""
    asked = {
        trust_safety_api.FileReport: {"target": {"kind": "message", "id": "m"}, "reason": "spam"},
        trust_safety_api.OfCase: {"case_id": "c.1"},
        conversations_api.DiscloseEvidence: {
            **dict.fromkeys(("case_id", "report_id", "message_id", "reporter_id", "pair_id"), "x"),
            "evidence_key": {},
        },
    }
    for schema, data in asked.items():
        load(schema(), data)
        with pytest.raises(Invalid):
            load(schema(), {**data, wish: value})


@pytest.mark.parametrize(
    "more",
    [
        {"reporter_id": "eve"},
        {"reporter_id": "ada"},
        {"reporter_id": "mo"},
        {"pair_id": told(2)["pair_id"]},
        {"pair_id": "p1.nobody.1"},
        {"target_id": "m-unknown"},
        {"target_kind": "person"},
        {"target_kind": "pair"},
        {"evidence_key": None},
        {"pair_id": None},
    ],
)
def test_what_is_no_participants_report_of_the_message_discloses_nothing(more: Data) -> None:
    """EV-02: a stranger's, an admin's, a moderator's, one of another pair, one of the person or of the pair."""
    story = Story()
    story.arrives("matching.PairIntroduced", {**told(2), "timezone": "UTC"})
    story.arrives("trust_safety.ReportFiled", report(story.sends(MENTOR), **more)).nothing()


def test_other_pairs_of_the_two_are_not_in_the_window(story: Story) -> None:
    """EV-02, EV-03: what the same two say in another program stays there."""
    second = {"pair_id": told(program="p2")["pair_id"]}
    story.arrives("matching.PairIntroduced", {**told(program="p2"), "timezone": "UTC"})
    story.arrives("programs.CommitmentAgreed", {**told(program="p2"), "by": "tom", "both": True})
    ids = []
    for n in range(3):
        ids.append(story.sends(MENTOR, f"here {n}"))
        story.given("send_message", {**second, "text": "there"}, MENTEE)
    story.arrives("trust_safety.ReportFiled", report(ids[1]))
    assert [message["message_id"] for message in opened(story)] == ids


def test_what_was_said_is_kept_whatever_becomes_of_it(story: Story) -> None:
    """EV-05: edited, deleted, blocked, its author erased: all that was said until the report is with the case."""
    message = {**story.pair, "message_id": story.sends(MENTOR, "the first")}
    story.given("edit_message", {**message, "text": "the second"}, MENTOR)
    story.given("delete_message", message, MENTOR)
    story.given("block_person", {"person_id": "tom"}, MENTOR)
    story.arrives("trust_safety.ReportFiled", report(message["message_id"]))
    story.keys.destroy_owner("may")
    [found] = opened(story)
    assert [version["text"] for version in found["versions"]] == ["the first", "the second"]
    assert found["deleted"]


def test_a_report_discloses_once(story: Story) -> None:
    """EV-03: told twice, or in two events, it is disclosed once; another report of the same message is its own."""
    message_id = story.sends(MENTOR)
    story.arrives("trust_safety.ReportFiled", report(message_id)).then("EvidenceDisclosed")
    story.arrives("trust_safety.ReportFiled", report(message_id)).nothing()
    story.arrives("trust_safety.ReportFiled", report(message_id, report_id="r2")).then("EvidenceDisclosed")


def test_it_waits_for_a_view_that_is_behind(story: Story) -> None:
    """EV-04: a version that the log holds and the view does not yet is waited for, not left out."""
    message = {**story.pair, "message_id": story.sends(MENTOR)}
    story.given("edit_message", {**message, "text": "better"}, MENTOR)
    kept = story.views.documents["messages"][message["message_id"]]
    late = kept["versions"].pop()
    told_of = {"case_id": "c1", "report_id": "r1", "reporter_id": "tom", "evidence_key": KEY.as_dict(private=False)}
    story.when("disclose_evidence", {**message, **told_of}).refused("unavailable")
    kept["versions"].append(late)
    story.when("disclose_evidence", {**message, **told_of}).then("EvidenceDisclosed")
    assert len(opened(story)[0]["versions"]) == 2


def test_nobody_gives_the_order_to_disclose(story: Story) -> None:
    """EV-02: from outside the command is not there, for the two of the pair neither."""
    data = {**story.pair, "message_id": story.sends(MENTOR), "case_id": "c", "report_id": "r", "reporter_id": "tom"}
    for actor in (MENTOR, MENTEE, OTHER):
        story.when("disclose_evidence", {**data, "evidence_key": {}}, actor).refused("not-found")


@pytest.fixture
def story() -> Story:
    return Story()
