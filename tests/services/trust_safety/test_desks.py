"""Whose desk a report goes to, and what a group's admins see of it: by list, by id, in every answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.trust_safety.domain.rules import TO_THE_PLATFORM
from shared.application.application import Context
from shared.contracts.trust_safety import REASONS as REASONS_TO_REPORT
from shared.kernel.clock import to_text
from shared.kernel.ids import new_id
from tests.services.trust_safety.story import (
    ADA,
    BEN,
    CANARY,
    CLEO,
    MESSAGE,
    MO,
    OPS,
    PAIR_ID,
    REASONS,
    SAM,
    SUE,
    Story,
)

DESKS = [
    ("threat-or-violence", "S0", "platform"),
    ("self-harm", "S0", "platform"),
    ("may-be-under-18", "S1", "platform"),
    ("sexual-content", "S1", "platform"),
    ("hate", "S2", "admin"),
    ("harassment", "S2", "admin"),
    ("scam-or-money", "S2", "admin"),
    ("off-platform-pressure", "S2", "admin"),
    ("impersonation", "S2", "admin"),
    ("spam", "S3", "admin"),
    ("other", "S3", "admin"),
]
HOURS = {"S0": 4, "S1": 24, "S2": 72, "S3": 168}


@pytest.mark.parametrize(("reason", "severity", "desk"), DESKS)
def test_each_reason_has_its_severity_and_its_desk(story: Story, reason: str, severity: str, desk: str) -> None:
    """TS-09, TS-21: how urgent a reason is, until when it is due, and who looks where the group was asked to."""
    due_at = to_text(story.clock.now() + timedelta(hours=HOURS[severity]))
    story.when("file_report", {"target": MESSAGE, "reason": reason, "to": "admin", "text": "words"}, ADA)
    story.then("CaseOpened", severity=severity, queue=desk, due_at=due_at)


def test_no_reason_is_left_out() -> None:
    """TS-04, TS-09: a reason that is added fails here until it is said how urgent it is, and whose."""
    assert {reason for reason, _, _ in DESKS} == set(REASONS_TO_REPORT)


PLATFORM: list[tuple[str, dict[str, Any], Any]] = [
    ("opted out", {"target": MESSAGE, "reason": "harassment", "to": "platform"}, ADA),
    ("by default", {"target": MESSAGE, "reason": "harassment"}, ADA),
    *(
        (reason, {"target": MESSAGE, "reason": reason, "to": "admin"}, ADA)
        for reason, _, desk in DESKS
        if desk == "platform"
    ),
    ("about an admin", {"target": {"kind": "person", "id": "sue"}, "reason": "spam", "to": "admin"}, CLEO),
    ("about a program", {"target": {"kind": "program", "id": "p1"}, "reason": "spam", "to": "admin"}, CLEO),
]


@pytest.mark.parametrize(("report", "who"), [case[1:] for case in PLATFORM], ids=[case[0] for case in PLATFORM])
def test_what_goes_to_the_platform_is_nothing_to_admins(story: Story, report: dict[str, Any], who: Any) -> None:
    """TS-09: no admin of the group finds it in the list, sees it by id, or gets further with any command."""
    story.when("file_report", report, who).then("CaseOpened", queue="platform")
    case_id = story.events()[0].data["case_id"]
    for admin in (SUE, SAM):
        assert story.ask("cases_of_group", {"group_id": "soap"}, admin)["items"] == []
        assert story.asked_refused("case", {"case_id": case_id}, admin) == "not-found"
        for command in ("assign_case", "escalate_case", "close_case", "view_evidence"):
            story.when(command, {"case_id": case_id}, admin).refused("not-found")
        story.when("act_on_case", {"case_id": case_id, "action": "warn", **REASONS}, admin).refused("not-found")
    assert [one["case_id"] for one in story.ask("moderation_cases", {}, MO)["items"]] == [case_id]


SAM_JOINS = {"program_id": "p1", "group_id": "soap", "signup_id": "s-sam", "person_id": "sam", "role": "mentee"}
ANSWERS = {"capacity": 1, "answers": {}}
UNTIL = {"expires_at": "2026-06-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("kind", "more"),
    [("SignedUp", ANSWERS | UNTIL | {"adult": True}), ("SignupChanged", ANSWERS), ("SignupResumed", UNTIL)],
)
def test_an_admin_who_only_signed_up_is_one(story: Story, kind: str, more: dict[str, Any]) -> None:
    """TS-09, TS-12: a report on an admin who did nothing yet but take part goes to the platform; an event that does not
    say so, as older ones, makes nobody an admin."""
    report = {"target": {"kind": "person", "id": "sam"}, "reason": "spam", "to": "admin"}
    story.arrives("matching.SignedUp", {**SAM_JOINS, **ANSWERS, **UNTIL, "adult": True})
    story.when("file_report", report, ADA).then("CaseOpened", queue="admin")
    story.arrives(f"matching.{kind}", {**SAM_JOINS, **more, "admin": True})
    story.when("file_report", report, CLEO).then("CaseRaised", queue="platform")
    assert story.asked_refused("case", {"case_id": story.events()[0].data["case_id"]}, SUE) == "not-found"


@pytest.mark.parametrize("command", ["view_case", "assign_case"])
def test_who_works_at_the_desk_of_a_group_is_its_admin(story: Story, command: str) -> None:
    """TS-09: also a look counts; a moderator who works for the platform is no admin of the group."""
    for to, who in (("admin", SAM), ("platform", MO)):
        case_id = story.reported(target={"kind": "person", "id": "ben" if who is SAM else "ada"}, by=CLEO, to=to)
        story.given(command, {"case_id": case_id}, who)
    assert {admin["person_id"] for admin in story.views.find("admins", {})} == {"sue", "sam"}


def test_every_rule_is_a_sentence() -> None:
    """TS-09: the rules say in words why a report leaves the group."""
    assert len({sentence for sentence, _ in TO_THE_PLATFORM}) == len(TO_THE_PLATFORM)


def test_no_answer_to_an_admin_tells_who_reported_or_what(story: Story) -> None:
    """TS-10: a whole life of a case on the group's own desk, and in none of all answers to its admins is the reporter,
    a word of theirs, a word of the message, or which message it was."""
    case_id = story.reported(text=CANARY, to="admin")
    story.disclosed()
    answers: list[Any] = []

    def asks() -> None:
        for query, params in (("cases_of_group", {"group_id": "soap"}), ("case", {"case_id": case_id})):
            answers.append(story.ask(query, params, SUE))
        for status in ("open", "assigned", "escalated", "closed"):
            answers.append(story.ask("cases_of_group", {"group_id": "soap", "status": status}, SUE))

    for command, data in (
        ("assign_case", {}),
        ("act_on_case", {"action": "note", "rationale": "hm"}),
        ("act_on_case", {"action": "warn", "close": False, **REASONS}),
        ("act_on_case", {"action": "remove-from-program", "close": False, **REASONS}),
        ("close_case", {}),
    ):
        asks()
        done = story.app.execute(command, {"case_id": case_id, **data}, Context(SUE, new_id(), new_id()))
        answers.append(done.answer)
        story.settle()
    asks()
    action_id = story.ask("my_statements", {}, BEN)["items"][0]["action_id"]
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": CANARY}, BEN)
    asks()
    for query, params in (("evidence", {"case_id": case_id}), ("moderation_cases", {}), ("audit", {})):
        answers.append(story.asked_refused(query, params, SUE))
    said = json.dumps(answers)
    report_id = story.ask("my_reports", {}, ADA)["items"][0]["report_id"]
    assert [word for word in ('"ada"', CANARY, '"m2"', "reporter", report_id) if word in said] == []
    assert story.ask("audit", {}, OPS)["items"]


@pytest.mark.parametrize("target", [MESSAGE, {"kind": "pair", "id": PAIR_ID}, {"kind": "person", "id": "ben"}])
def test_admins_do_not_see_what_only_one_could_report(story: Story, target: dict[str, str]) -> None:
    """TS-10: a message, a pair and a person look alike to admins; moderators see which it was."""
    case_id = story.reported(target=target, to="admin")
    [listed] = story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"]
    assert [listed["target_kind"], story.ask("case", {"case_id": case_id}, SUE)["target_kind"]] == ["person"] * 2
    story.given("escalate_case", {"case_id": case_id}, SUE)
    assert story.ask("case", {"case_id": case_id}, MO)["target_kind"] == target["kind"]


def test_admins_of_a_pair_under_review_do_not_learn_of_it(story: Story) -> None:
    """TS-09, TS-22: an urgent report that reaches a case of the group's takes it, and its pause, out of sight."""
    case_id = story.reported(target={"kind": "person", "id": "ben"}, reason="spam", to="admin")
    assert story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"]
    story.given("file_report", {"target": {"kind": "person", "id": "ben"}, "reason": "self-harm", "to": "admin"}, ADA)
    assert story.ask("case", {"case_id": case_id}, MO)["held"]
    assert story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"] == []
    assert story.asked_refused("case", {"case_id": case_id}, SUE) == "not-found"
