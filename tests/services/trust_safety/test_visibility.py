"""Who reads what: every answer keeps its schema, and says no more than it may."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from marshmallow import Schema

from shared.contracts import trust_safety_answers as told
from shared.contracts.catalogue import EVENTS
from shared.kernel.actor import Actor
from shared.kernel.events import Data
from shared.testing.memory_views import MemoryViews
from shared.testing.scenario import moderator
from shared.views.inbox import Inbox
from tests.services.trust_safety.story import ADA, BEN, CANARY, CLEO, MIA, MO, OPS, PAIR_ID, SAM, SUE, ZOE, Story

ADMIN_MODERATOR = Actor("mod", {"soap": "admin"}, frozenset({"moderator"}))
INVOLVED_MODERATOR = Actor("ada", {"soap": "member"}, frozenset({"moderator"}))
ACCUSED_MODERATOR = Actor("ben", {"soap": "member"}, frozenset({"moderator"}))
BLOCKED_MODERATOR = moderator("max")


def _fits(schema: Schema, answer: Data) -> Data:
    plain = {name: value for name, value in answer.items() if name != "_etag"}
    assert schema.validate(plain) == {}
    assert set(plain) == set(schema.fields)
    return plain


def _busy(story: Story) -> str:
    case_id = story.reported(text=CANARY)
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    action_id = story.act(case_id, "suspend", close=False)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    return case_id


ANSWERS: list[tuple[str, Schema, Actor]] = [
    ("my_reports", told.MyReportsAnswer(), ADA),
    ("my_statements", told.StatementsAnswer(), BEN),
    ("moderation_cases", told.ModerationCasesAnswer(), MIA),
    ("case", told.CaseAnswer(), MO),
    ("evidence", told.EvidenceAnswer(), MO),
    ("sanctioned", told.SanctionedAnswer(), Actor("system")),
    ("audit", told.AuditAnswer(), OPS),
    ("sources", told.SourcesAnswer(), OPS),
]


@pytest.mark.parametrize(("query", "schema", "who"), ANSWERS)
def test_answers_keep_their_schema(story: Story, query: str, schema: Schema, who: Actor) -> None:
    """Every question answers exactly the fields that its schema names, with something in it."""
    case_id = _busy(story)
    params = {"case_id": case_id} if query in {"case", "evidence"} else {}
    answer = _fits(schema, story.ask(query, params, who))
    assert next(value for name, value in answer.items() if name in {"items", "people", "reported"})


def test_an_admins_answers_hold_no_reporter_and_no_text(story: Story) -> None:
    """TS-10: the group's admin sees that there is a case about somebody, not who reported it nor a word of it."""
    case_id = story.reported(text=CANARY, to="admin")
    story.disclosed()
    listed = _fits(told.GroupCasesAnswer(), story.ask("cases_of_group", {"group_id": "soap"}, SUE))
    shown = _fits(told.GroupCaseAnswer(), story.ask("case", {"case_id": case_id}, SUE))
    assert shown["subject_id"] == "ben"
    for answer in (listed, shown):
        said = json.dumps(answer)
        assert all(word not in said for word in ("ada", CANARY, "m2", "reporter"))


def test_lists_of_groups_are_for_their_admins(story: Story) -> None:
    """A member learns that it takes an admin, a stranger nothing; other groups' admins are strangers."""
    story.reported(to="admin")
    assert story.asked_refused("cases_of_group", {"group_id": "soap"}, CLEO) == "forbidden"
    assert story.asked_refused("cases_of_group", {"group_id": "soap"}, ZOE) == "not-found"
    assert story.asked_refused("moderation_cases", {}, SUE) == "forbidden"
    assert len(story.ask("cases_of_group", {"group_id": "soap"}, SAM)["items"]) == 1


@pytest.mark.parametrize(
    ("who", "slug"),
    [
        (ADMIN_MODERATOR, "conflict-of-interest"),
        (INVOLVED_MODERATOR, "conflict-of-interest"),
        (ACCUSED_MODERATOR, "not-found"),
        (BLOCKED_MODERATOR, "not-found"),
    ],
)
def test_no_one_handles_what_they_have_a_part_in(story: Story, who: Actor, slug: str) -> None:
    """TS-12: reporter, subject, the group's admin, and whom a block joins to one of them: not by list, not by id."""
    case_id = story.reported()
    story.arrives("conversations.BlockRequested", {"blocker_id": "ada", "blocked_id": "max"})
    assert story.ask("moderation_cases", {}, who)["items"] == []
    assert story.asked_refused("case", {"case_id": case_id}, who) == slug
    for command in ("assign_case", "escalate_case", "close_case", "view_evidence"):
        story.when(command, {"case_id": case_id}, who).refused(slug)
    story.when("act_on_case", {"case_id": case_id, "action": "dismiss"}, who).refused(slug)
    assert len(story.ask("moderation_cases", {}, MO)["items"]) == 1


def test_the_reporter_follows_the_report(story: Story) -> None:
    """TS-18: received, in review, closed with an outcome in words that say nothing of the other."""
    case_id = story.reported()
    seen = [story.ask("my_reports", {}, ADA)["items"][0]]
    story.given("assign_case", {"case_id": case_id}, MO)
    seen.append(story.ask("my_reports", {}, ADA)["items"][0])
    story.act(case_id, "ban")
    seen.append(story.ask("my_reports", {}, ADA)["items"][0])
    assert [(report["status"], bool(report["outcome"])) for report in seen] == [
        ("received", False),
        ("in-review", False),
        ("closed", True),
    ]
    assert all(word not in json.dumps(seen) for word in ("ben", "ban", "mo"))
    assert story.ask("my_reports", {}, BEN)["items"] == []


def test_the_person_concerned_reads_why(story: Story) -> None:
    """TS-17, TS-30: policies, message, end and how to appeal; neither the reporter nor the moderator."""
    case_id = _busy(story)
    statement = story.ask("my_statements", {}, BEN)["items"][0]
    expected = {"action": "suspend", "policies": ["respect"], "message": "Please be kind.", "appeal": "pending"}
    assert expected.items() <= statement.items()
    assert (statement["case_id"], statement["scope"], statement["automated"]) == (case_id, "platform", False)
    said = json.dumps(statement)
    assert all(f'"{word}"' not in said for word in ("ada", "mo", "m2")), said
    assert "three times" not in said
    assert story.ask("my_statements", {}, ADA)["items"] == []


def test_the_audit_names_who_did_and_who_looked(story: Story) -> None:
    """TS-23: acts and looks, the latest first, for owners and operators alone."""
    _busy(story)
    page = story.ask("audit", {"limit": 2}, OPS)
    rest = story.ask("audit", {"cursor": page["next"]}, OPS)
    entries = [(entry["by"], entry["what"]) for entry in [*page["items"], *rest["items"]]]
    assert sorted(entries) == [("mo", "ActionTaken"), ("mo", "CaseAssigned"), ("mo", "EvidenceViewed")]
    for who in (ADA, SUE, MO):
        assert story.asked_refused("audit", {}, who) == "forbidden"


def test_only_the_gateway_reads_who_is_sanctioned(story: Story) -> None:
    """The list of all who are suspended is nobody's to read."""
    for who in (ADA, SUE, MO, OPS):
        assert story.asked_refused("sanctioned", {}, who) == "forbidden"


def test_the_most_urgent_comes_first(story: Story) -> None:
    """The queue is worked off by severity, then by due time; pages follow each other without a gap."""
    slow = story.reported(reason="spam")
    urgent = story.reported(target={"kind": "person", "id": "ben"}, reason="self-harm")
    first = story.ask("moderation_cases", {"limit": 1}, MO)
    second = story.ask("moderation_cases", {"limit": 1, "cursor": first["next"]}, MO)
    assert [page["items"][0]["case_id"] for page in (first, second)] == [urgent, slow]
    assert second["next"] is None
    story.given("assign_case", {"case_id": slow}, MO)
    found = {status: story.ask("moderation_cases", {"status": status}, MO)["items"] for status in ("open", "assigned")}
    assert [[case["case_id"] for case in cases] for cases in found.values()] == [[urgent], [slow]]


def test_every_event_of_every_service_is_counted(story: Story) -> None:
    """trust_safety consumes everything: no event type of the catalogue goes uncounted."""
    assert set(story.app.table.views) == set(EVENTS)
    story.reported()
    counts = {(one["service"], one["type"]): one["events"] for one in story.ask("sources", {}, OPS)["items"]}
    assert counts["conversations", "MessageSent"] == 4
    assert counts["trust_safety", "CaseOpened"] == 1


def test_replay_gives_the_same_views(story: Story) -> None:
    """TS-08, TS-21: cases, counts and due times made again from the log are the live ones, bit for bit: of every view
    that is made of our own events."""
    _busy(story)
    person, pair = {"kind": "person", "id": "ben"}, {"kind": "pair", "id": PAIR_ID}
    story.act(story.held(target=person, by=MIA), "restrict", by=MIA, until="2026-03-09T09:00:00Z")
    story.reported(target=pair, reason="self-harm")
    story.reported(by=CLEO, target=person, reason="may-be-under-18")
    story.arrives("conversations.BlockRequested", {"blocker_id": "ada", "blocked_id": "ben"})
    for days in (0, 30):
        story.later(days=days)
        again: Any = MemoryViews()
        inbox = Inbox(again, story.app.table.views, lambda _event: None, story.clock)
        inbox.apply("trust_safety", 0, [event for commit in story.log.feed(0, 0, 10_000) for event in commit.events])
        for view in ("cases", "reports", "actions", "appeals", "looks", "audit", "standing", "ages", "blocks", "due"):
            assert _hash(again, view) == _hash(story.views, view), view
            assert days or again.documents[view], view


def _hash(views: Any, view: str) -> str:
    return sha256(json.dumps(views.documents.get(view, {}), sort_keys=True).encode()).hexdigest()


def test_a_case_shows_what_was_reported_before(story: Story) -> None:
    """TS-25: how much the reporter reported and how much of it led to an action, and what was reported of the person:
    by anybody, in other cases."""
    person, pair = {"kind": "person", "id": "ben"}, {"kind": "pair", "id": PAIR_ID}
    story.act(story.held(target=person), "warn")
    story.act(story.held(target=pair), "dismiss")
    story.reported(by=CLEO, target=person)
    [report] = story.ask("case", {"case_id": story.reported()}, MO)["reported"]
    numbers = [report[name] for name in ("other_reports_by", "led_to_action", "other_reports_about")]
    assert numbers == [2, 1, 3]
    [first] = story.ask("case", {"case_id": story.reported(by=BEN, target=pair)}, MO)["reported"]
    assert [first[name] for name in ("other_reports_by", "led_to_action", "other_reports_about")] == [0, 0, 0]
