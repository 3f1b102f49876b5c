"""What a muted person reports is kept and changes nothing (TS-24)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.actor import Actor
from shared.kernel.clock import from_text
from shared.kernel.events import Data
from tests.services.trust_safety.story import ADA, BEN, CLEO, MESSAGE, MIA, MO, OPS, PAIR_ID, Story

PERSON = {"kind": "person", "id": "ben"}
ELSEWHERE = {"kind": "program", "id": "p1"}


@pytest.fixture
def muted(story: Story) -> Story:
    """Ada has reported something before, and is muted for two days."""
    story.reported(target=ELSEWHERE, reason="spam")
    return _mutes(story, until=from_text("2026-03-04T09:00:00.000Z"))


def _mutes(story: Story, by: Actor = MO, **more: Any) -> Story:
    return story.given("mute_reporter", {"person_id": "ada", "reason": "the tenth false one", **_iso(more)}, by)


def _iso(more: Data) -> Data:
    return {name: value.isoformat() for name, value in more.items()}


def _reports(story: Story, target: Data = MESSAGE, reason: str = "harassment", **more: Any) -> Data:
    story.clock.advance(seconds=1)
    return story.given("file_report", {"target": target, "reason": reason, **more}, ADA).answer


def _cases(story: Story) -> list[Data]:
    return [case for case in story.ask("moderation_cases", {}, MO)["items"] if case["target_kind"] != "program"]


def test_a_report_opens_no_case(muted: Story) -> None:
    """TS-24: it is kept, marked and sealed as ever; there is no case, due time or evidence, and nobody is paused."""
    _reports(muted, PERSON, "may-be-under-18", text="again")
    muted.then("ReportFiled", muted=True, reporter_id="ada", evidence_key=None)
    assert [event.type for event in muted.events()] == ["ReportFiled"]
    assert muted.opened(muted.events()[0])["text"] == "again"
    assert _cases(muted) == []
    muted.later(days=1).nothing()


def test_a_report_in_an_open_case_changes_nothing_of_it(muted: Story) -> None:
    """TS-24: urgency, desk, due time, counts and reasons stay; moderators see the report with its mark."""
    case_id = muted.reported(by=CLEO, target=PERSON, reason="spam", to="admin")
    before = muted.view("cases", case_id)
    _reports(muted, PERSON, "may-be-under-18", text="again")
    _reports(muted, PERSON, "sexual-content")
    after = muted.view("cases", case_id)
    apart = {"version", "people", "reporters"}
    assert {**before, **{name: after[name] for name in apart}} == after
    muted.given("file_report", {"target": PERSON, "reason": "harassment", "to": "platform"}, CLEO)
    shown = muted.ask("case", {"case_id": case_id}, MO)
    assert [(one["reporter_id"], one["muted"], one["evidence"]) for one in shown["reported"]] == [
        ("cleo", False, "none"),
        ("ada", True, "none"),
    ]
    assert [one["muted"] for one in shown["reported"][1]["additions"]] == [True]
    assert (shown["reports"], shown["reasons"]) == (1, ["harassment", "spam"])
    muted.given("assign_case", {"case_id": case_id}, MO)
    muted.given("close_case", {"case_id": case_id}, MO).then("CaseClosed", evidence_until=None)


@pytest.mark.parametrize("reason", ["threat-or-violence", "self-harm"])
def test_the_most_urgent_is_never_muted(muted: Story, reason: str) -> None:
    """TS-24, TS-22: it opens a case, asks for evidence and pauses the pair, as anybody's."""
    _reports(muted, reason=reason)
    muted.then("ReportFiled", muted=False).then("CaseOpened", severity="S0").then("PairHeld")
    assert muted.events()[0].data["evidence_key"]


def test_the_reporter_notices_nothing(muted: Story) -> None:
    """TS-24: answers, list, statements and refusals are as for a report of anybody; the same target is the same report,
    also when it becomes urgent; and the end of a case is told."""
    other = Story()
    for story in (muted, other):
        first = _reports(story)
        assert set(first) == {"report_id"}
        assert _reports(story, reason="hate") == first
        assert _reports(story, reason="self-harm") == first
        story.when("file_report", {"target": MESSAGE, "reason": "other"}, ADA).refused("text-needed")
    told, usual = (story.ask("my_reports", {"limit": 1}, ADA)["items"][0] for story in (muted, other))
    assert {**told, "report_id": ""} == {**usual, "report_id": ""}
    _reports(muted, PERSON)
    shown = muted.ask("my_reports", {"limit": 1}, ADA)["items"][0]
    assert (shown["status"], shown["outcome"]) == ("received", None)
    case_id = muted.reported(by=CLEO, target=PERSON)
    assert _cases(muted)
    muted.given("assign_case", {"case_id": case_id}, MO).given("close_case", {"case_id": case_id}, MO)
    muted.then("CaseClosed", reporter_ids=["ada", "cleo"])
    assert muted.ask("my_reports", {"limit": 1}, ADA)["items"][0]["status"] == "closed"


def test_what_was_kept_is_beside_the_case_that_somebody_else_opens(muted: Story) -> None:
    """TS-24: the first report that counts opens the case by its own weight, with the kept ones beside it."""
    _reports(muted, PERSON, "sexual-content", text="again")
    muted.clock.advance(seconds=1)
    case_id = muted.reported(by=CLEO, target=PERSON, reason="spam")
    muted.then("CaseOpened", case_id=case_id, severity="S3")
    shown = muted.ask("case", {"case_id": case_id}, MO)
    assert [(one["reporter_id"], one["muted"], one["text"]) for one in shown["reported"]] == [
        ("ada", True, "again"),
        ("cleo", False, None),
    ]
    assert [one["other_reports_about"] for one in shown["reported"]] == [0, 0]


def test_who_has_a_part_in_what_was_kept_handles_nothing(muted: Story) -> None:
    """TS-24, TS-12: a moderator who is concerned by, or filed, a report that was kept before the case was opened."""
    pair = {"kind": "pair", "id": PAIR_ID}
    _reports(muted, pair)
    case_id = muted.reported(by=BEN, target=pair)
    for who, slug in (("ben", "not-found"), ("ada", "not-found"), ("mo", None)):
        actor = Actor(who, {}, frozenset({"moderator"}))
        muted.when("assign_case", {"case_id": case_id}, actor)
        assert (muted.refusal and muted.refusal.slug) == slug
        if slug:
            assert muted.asked_refused("case", {"case_id": case_id}, actor) == slug


@pytest.mark.parametrize("block", [("mia", "ada"), ("ada", "mia")], ids=["blocks", "blocked"])
@pytest.mark.parametrize("first", ["kept", "case"])
def test_a_block_with_who_is_muted_keeps_away_too(muted: Story, block: tuple[str, str], first: str) -> None:
    """TS-24, TS-12: the case is neither in the list nor there by itself nor to be taken, whether the muted report is
    older than the case or not; for others it is."""
    reports = [lambda: _reports(muted, PERSON), lambda: muted.reported(by=CLEO, target=PERSON)]
    for report in reports if first == "kept" else reports[::-1]:
        report()
    [case] = _cases(muted)
    named = {"case_id": case["case_id"]}
    muted.arrives("conversations.BlockRequested", {"blocker_id": block[0], "blocked_id": block[1]})
    assert muted.ask("moderation_cases", {}, MIA)["items"] == []
    assert muted.asked_refused("case", named, MIA) == "not-found"
    muted.when("assign_case", named, MIA).refused("not-found")
    assert _cases(muted) == [case]
    muted.given("assign_case", named, MO)


def test_a_report_that_counts_again_brings_its_evidence(muted: Story) -> None:
    """TS-24: what was kept gets its case, count and evidence with the reporter's next word on it that is not muted."""
    _reports(muted)
    muted.given("unmute_reporter", {"person_id": "ada"}, MO)
    _reports(muted, reason="hate", text="now")
    muted.then("ReportRepeated", counts_now=True, target_id="m2").then("CaseOpened", severity="S2")
    [case] = _cases(muted)
    [report] = muted.ask("case", {"case_id": case["case_id"]}, MO)["reported"]
    assert (case["reports"], case["reasons"], report["muted"]) == (1, ["hate"], False)
    assert report["evidence"] == "awaited"
    assert muted.view("evidence", report["report_id"])["message_id"] == "m2"
    _reports(muted, reason="hate")
    muted.then("ReportRepeated", counts_now=False)


def test_it_ends_by_itself(muted: Story) -> None:
    """TS-24: a second before its end it stands, at its end it is over, by an event of the clock's; without an end it
    stands until it is lifted."""
    muted.later(days=2, seconds=-1).nothing()
    muted.later(seconds=1).then("ReporterUnmuted", person_id="ada", by=None, why="ended")
    muted.later(days=1).nothing()
    _reports(muted)
    assert _cases(muted)
    _mutes(muted)
    muted.later(days=4000)
    assert "ReporterUnmuted" not in [event.type for event in muted.events()]
    muted.when("unmute_reporter", {"person_id": "ada"}, MO).then("ReporterUnmuted", by="mo", why="lifted")


def test_a_later_word_replaces_an_earlier_one(muted: Story) -> None:
    """TS-24: muting again without an end leaves nothing that ends it."""
    _mutes(muted, by=MIA)
    muted.later(days=3)
    assert [mute["by"] for mute in muted.ask("muted_reporters", {}, MO)["items"]] == ["mia"]
    assert [due["id"] for due in muted.views.find("due", {}) if due["id"].startswith("mute/")] == []


def test_it_is_on_record_with_its_reason(muted: Story) -> None:
    """TS-24, TS-23: moderators read who, why and until when; the audit has it, and its end; the reason is sealed."""
    [mute] = muted.ask("muted_reporters", {}, MIA)["items"]
    assert mute == {
        "person_id": "ada",
        "by": "mo",
        "reason": "the tenth false one",
        "since": "2026-03-02T09:00:00.000Z",
        "until": "2026-03-04T09:00:00.000Z",
    }
    assert "false one" not in str(muted.events()[0].envelope())
    muted.later(days=2)
    entries = muted.ask("audit", {"limit": 2}, OPS)["items"]
    assert [(one["what"], one["by"], one["detail"]) for one in entries] == [
        ("ReporterUnmuted", "system", "ada"),
        ("ReporterMuted", "mo", "ada"),
    ]


def test_it_needs_a_reason_and_a_future(muted: Story) -> None:
    """TS-24: without a reason, or with an end that is past, nobody is muted."""
    for reason, until, slug in (("", None, "invalid-input"), ("so", "2026-03-02T09:00:00Z", "end-is-past")):
        muted.when("mute_reporter", {"person_id": "ada", "reason": reason, "until": until}, MO).refused(slug)
    muted.when("mute_reporter", {"person_id": "ada"}, MO).refused("invalid-input")


def test_it_is_for_moderators_without_a_part_in_it(muted: Story) -> None:
    """TS-24, TS-12: not for others; not for whom the person reported or a block joins to them, who are answered as for
    somebody who reported nothing; and nobody lifts their own."""
    muted.reported(target=MESSAGE, reason="self-harm")
    muted.arrives("conversations.BlockRequested", {"blocker_id": "ada", "blocked_id": "mia"})
    accused, self = (Actor(name, {}, frozenset({"moderator"})) for name in ("ben", "ada"))
    mute = {"person_id": "ada", "reason": "hush"}
    for who in (accused, MIA, self):
        muted.when("mute_reporter", mute, who).refused("not-found")
        muted.when("unmute_reporter", {"person_id": "ada"}, who).refused("not-found")
    muted.when("mute_reporter", {**mute, "person_id": "nobody"}, MO).refused("not-found")
    muted.when("unmute_reporter", {"person_id": "cleo"}, MO).refused("not-found")
    for who in (BEN, ADA, OPS):
        muted.when("mute_reporter", mute, who).refused("forbidden")
        assert muted.asked_refused("muted_reporters", {}, who) == "forbidden"
    assert muted.ask("muted_reporters", {}, self)["items"] == []
