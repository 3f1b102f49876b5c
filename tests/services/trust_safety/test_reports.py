"""Filing reports: who may, what opens, what joins, where it goes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.trust_safety import targets
from services.trust_safety.domain.rules import Route, queue_for
from shared.application.application import Context
from shared.contracts.base import sealed_fields
from shared.contracts.trust_safety import REASONS, ReportFiled
from tests.services.trust_safety.story import (
    ADA,
    BEN,
    CANARY,
    CLEO,
    MESSAGE,
    MO,
    PAIR_ID,
    SUE,
    ZOE,
    Story,
)

TARGETS = [
    ({"kind": "message", "id": "m2"}, ADA, "ben"),
    ({"kind": "pair", "id": PAIR_ID}, ADA, "ben"),
    ({"kind": "pair", "id": PAIR_ID}, BEN, "ada"),
    ({"kind": "person", "id": "ben"}, ADA, "ben"),
    ({"kind": "person", "id": "ben"}, CLEO, "ben"),
    ({"kind": "person", "id": "ben"}, SUE, "ben"),
    ({"kind": "person", "id": "sue"}, CLEO, "sue"),
    ({"kind": "program", "id": "p1"}, CLEO, None),
]


@pytest.mark.parametrize(("target", "reporter", "subject"), TARGETS)
def test_whoever_shares_the_space_can_report_it(story: Story, target: Any, reporter: Any, subject: Any) -> None:
    """TS-01: a message, pair, person or program is reported by those who share it, and a case opens."""
    story.when("file_report", {"target": target, "reason": "harassment"}, reporter)
    story.then("ReportFiled", subject_id=subject, reporter_id=reporter.id, to="platform")
    story.then("CaseOpened", subject_id=subject, group_id="soap", severity="S2", queue="platform")
    assert set(story.answer) == {"report_id"}


FOREIGN = [
    ({"kind": kind, "id": id}, who)
    for kind, id, strangers in (
        ("message", "m2", (CLEO, ZOE, SUE, MO)),
        ("pair", PAIR_ID, (CLEO, ZOE, SUE, MO)),
        ("person", "ben", (ZOE, MO)),
        ("program", "p1", (ZOE, MO)),
    )
    for who in strangers
]


@pytest.mark.parametrize(("target", "stranger"), FOREIGN)
def test_a_strangers_report_is_answered_like_an_unknown_id(story: Story, target: Any, stranger: Any) -> None:
    """TS-02: who does not share the target gets the very answer of an id that does not exist."""
    story.when("file_report", {"target": target, "reason": "spam"}, stranger).refused("not-found")
    foreign = story.refusal
    unknown = {**target, "id": "nowhere"}
    story.when("file_report", {"target": unknown, "reason": "spam"}, stranger).refused("not-found")
    assert foreign and story.refusal and foreign.as_problem() == story.refusal.as_problem()


@pytest.mark.parametrize("target", [{"kind": "person", "id": "ben"}, MESSAGE])
def test_nobody_reports_themselves(story: Story, target: Any) -> None:
    """A report about oneself, or one's own message, is refused with a sentence that says so."""
    story.when("file_report", {"target": target, "reason": "spam"}, BEN).refused("not-yourself")
    alone = {"kind": "person", "id": "zoe"}
    story.when("file_report", {"target": alone, "reason": "spam"}, ZOE).refused("not-yourself")


def test_other_needs_words(story: Story) -> None:
    """TS-04: the reason `other` needs a text, and blanks are none; a text may not be longer than 2,000 characters."""
    story.when("file_report", {"target": MESSAGE, "reason": "other", "text": "  "}, ADA).refused("text-needed")
    story.when("file_report", {"target": MESSAGE, "reason": "spam", "text": "x" * 2001}, ADA).refused("invalid-input")
    story.when("file_report", {"target": MESSAGE, "reason": "rude"}, ADA).refused("invalid-input")
    story.when("file_report", {"target": MESSAGE, "reason": "other", "text": "x" * 2000}, ADA).then("ReportFiled")


def test_the_same_reporter_joins_their_own_report(story: Story) -> None:
    """TS-05: reporting twice answers with the same report; what is added is kept with it."""
    story.reported()
    first = story.answer
    story.when("file_report", {"target": MESSAGE, "reason": "hate", "text": CANARY}, ADA).then("ReportRepeated")
    assert story.answer == first
    case = story.ask("moderation_cases", {}, MO)["items"][0]
    assert (case["reports"], case["reasons"]) == (1, ["harassment", "hate"])
    report = story.ask("case", {"case_id": case["case_id"]}, MO)["reported"][0]
    assert [addition["text"] for addition in report["additions"]] == [CANARY]


def test_others_join_the_open_case_and_a_closed_one_is_followed(story: Story) -> None:
    """TS-05: one case per target is open at a time; after it is closed, the next report opens the next."""
    target = {"kind": "person", "id": "ben"}
    first = story.reported(target=target)
    assert story.reported(by=CLEO, target=target) == first
    story.given("assign_case", {"case_id": first}, MO).given("close_case", {"case_id": first}, MO)
    story.then("CaseClosed", reporter_ids=["ada", "cleo"])
    second = story.reported(target=target)
    assert (second.partition(".")[0], second != first) == (first.partition(".")[0], True)


def test_a_graver_report_raises_the_case(story: Story) -> None:
    """A later report makes a case more urgent and takes it out of the group's hands, never the other way round."""
    target = {"kind": "person", "id": "ben"}
    case_id = story.reported(target=target, reason="spam", to="admin")
    story.given("assign_case", {"case_id": case_id}, SUE)
    story.when("file_report", {"target": target, "reason": "self-harm", "to": "admin"}, CLEO)
    story.then("CaseRaised", queue="platform", severity="S0", due_at="2026-03-02T13:00:00.000Z")
    assert story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"] == []
    case = story.ask("case", {"case_id": case_id}, MO)
    assert (case["status"], case["assignee_id"], case["severity"]) == ("open", None, "S0")
    story.given("assign_case", {"case_id": case_id}, MO)
    story.when("file_report", {"target": target, "reason": "spam", "to": "admin"}, SUE)
    assert [event.type for event in story.events()] == ["ReportFiled"]


def test_a_report_carries_nothing_private_in_clear(story: Story) -> None:
    """TS-06: no text, evidence or name stands in the event; what is private in it is sealed."""
    assert {field.name for field in sealed_fields(ReportFiled)} == {"text", "evidence_private"}
    assert not {"name", "evidence", "message", "messages"} & set(ReportFiled().fields)
    story.reported(text=CANARY)
    wire = json.dumps([event.envelope() for event in story.events()])
    assert CANARY not in wire
    assert "Ada" not in wire
    assert '"d":' not in wire, "the private half of the key stands in clear"
    assert story.opened(story.events()[0])["text"] == CANARY


def test_only_a_message_gets_a_key(story: Story) -> None:
    """A report about anything else discloses nothing, so there is no key to close it with."""
    story.reported(target={"kind": "pair", "id": PAIR_ID})
    story.then("ReportFiled", evidence_key=None, evidence_private=None)


ROUTES = [
    ({}, "admin"),
    ({"to": "platform"}, "platform"),
    ({"kind": "program"}, "platform"),
    ({"subject_is_admin": True}, "platform"),
    ({"group_id": None}, "platform"),
    *(({"reason": reason}, "platform") for reason in ("threat-or-violence", "self-harm")),
    *(({"reason": reason}, "platform") for reason in ("may-be-under-18", "sexual-content")),
]


@pytest.mark.parametrize(("change", "queue"), ROUTES)
def test_routing(change: dict[str, Any], queue: str) -> None:
    """TS-09: safety, programs and reports about admins go to the platform even where the admin was asked for."""
    usual: dict[str, Any] = {"kind": "message", "reason": "spam", "to": "admin", "group_id": "g"}
    assert queue_for(Route(**{"subject_is_admin": False, **usual, **change})) == queue


def test_a_report_about_an_admin_is_not_shown_to_admins(story: Story) -> None:
    """P-16: a report is never routed to the accused, nor to a fellow admin."""
    story.when("file_report", {"target": {"kind": "person", "id": "sue"}, "reason": "harassment", "to": "admin"}, CLEO)
    story.then("CaseOpened", queue="platform")
    assert story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"] == []


FOUR_HOURS, A_DAY = ("S0", "2026-03-02T13:00:00.000Z"), ("S1", "2026-03-03T09:00:00.000Z")
THREE_DAYS, A_WEEK = ("S2", "2026-03-05T09:00:00.000Z"), ("S3", "2026-03-09T09:00:00.000Z")
URGENCY = {
    **dict.fromkeys(("threat-or-violence", "self-harm"), FOUR_HOURS),
    **dict.fromkeys(("may-be-under-18", "sexual-content"), A_DAY),
    **dict.fromkeys(("hate", "harassment", "scam-or-money", "off-platform-pressure", "impersonation"), THREE_DAYS),
    **dict.fromkeys(("spam", "other"), A_WEEK),
}


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_urgency(story: Story, reason: str) -> None:
    """TS-21: for every reason of the closed list it is settled how grave it is, and how soon somebody has to look."""
    severity, due_at = URGENCY[reason]
    story.when("file_report", {"target": MESSAGE, "reason": reason, "text": "it happened"}, ADA)
    story.then("CaseOpened", severity=severity, due_at=due_at)


def test_a_graver_report_makes_nothing_due_later(story: Story) -> None:
    """TS-21: a case that waited long is not given more time because it became more urgent, or moved to another desk."""
    target = {"kind": "person", "id": "ben"}
    due_at = "2026-03-09T09:00:00.000Z"
    story.given("file_report", {"target": target, "reason": "spam", "to": "admin"}, ADA)
    story.clock.advance(days=6)
    story.when("file_report", {"target": target, "reason": "harassment", "to": "admin"}, CLEO)
    story.then("CaseRaised", severity="S2", due_at=due_at)
    story.when("file_report", {"target": target, "reason": "spam", "to": "platform"}, SUE)
    story.then("CaseRaised", queue="platform", severity="S2", due_at=due_at)


def test_a_target_that_is_not_there_yet_is_waited_for(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views may be a moment behind what the reporter sees: the report waits for its target."""
    monkeypatch.setattr(targets, "PATIENCE", 2.0)
    monkeypatch.setattr(targets.time, "sleep", lambda _seconds: story.writes("m9", "ben"))
    story.when("file_report", {"target": {"kind": "message", "id": "m9"}, "reason": "spam"}, ADA)
    assert story.refusal is None
    assert story.answer["report_id"]


def test_a_repeated_command_is_one_report(story: Story) -> None:
    """The same Idempotency-Key answers the same, and nothing is filed twice."""
    data = {"target": MESSAGE, "reason": "spam"}
    first = story.when("file_report", data, ADA, key="k").answer
    assert story.when("file_report", data, ADA, key="k").answer == first
    story.nothing()


def test_twenty_reports_at_once_make_one_case(story: Story) -> None:
    """TS-05: reports that race open one case, with one report per reporter."""
    target = {"kind": "person", "id": "ben"}

    def file(number: int) -> Any:
        context = Context((ADA, CLEO)[number % 2], f"c{number}", f"c{number}")
        return story.app.execute("file_report", {"target": target, "reason": "spam"}, context).answer["report_id"]

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(file, range(20)))
    story.settle()
    made = [event.type for commit in story.log.feed(0, 0, 100) for event in commit.events]
    assert (made.count("CaseOpened"), made.count("ReportFiled"), made.count("ReportRepeated")) == (1, 2, 18)
    assert len(answers) == 2
