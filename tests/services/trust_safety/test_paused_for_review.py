"""The most urgent reports pause the pair at once, until a moderator has looked (TS-22)."""

from __future__ import annotations

from typing import Any

import pytest

from services.trust_safety.domain.rules import SEVERITY
from shared.kernel.pairs import pair_id
from tests.services.trust_safety.story import ADA, BEN, CLEO, MESSAGE, MO, PAIR, PAIR_ID, REASONS, SUE, Story
from tests.services.trust_safety.together import Together

HELLO = {"text": "hello"}


def _target(world: Together) -> dict[str, str]:
    return {"kind": "pair", "id": world.pair["pair_id"]}


def _states(world: Together) -> set[str]:
    seen = {world["conversations"].ask("messages", world.pair, who)["status"] for who in (ADA, BEN)}
    return seen | {world["programs"].ask("journey", world.pair, who)["status"] for who in (ADA, BEN)}


WRITING = [
    ("conversations.send_message", HELLO),
    ("conversations.share_post", {"step_id": "get-to-know", "text": "look"}),
    ("programs.set_goal", {"text": "Ten bars"}),
    ("programs.record_check_in", {"met": True}),
]


@pytest.mark.parametrize("who", [ADA, BEN])
def test_nothing_passes_and_both_see_why(who: Any) -> None:
    """TS-22: from the answer on, neither writes to the other; both see a pair that is paused for review."""
    world = Together()
    world.reports(_target(world), "threat-or-violence")
    for command, data in WRITING:
        assert world.slug(command, {**world.pair, **data}, who) == "paused-for-review", command
        assert world.refusal
        assert world.refusal.as_problem()["status"] == 409
    assert _states(world) == {"paused-for-review"}
    assert world["trust_safety"].ask("my_statements", {}, who)["items"] == [], "it is no sanction"
    told = world["notifications"].ask("my_notifications", {}, who)["items"]
    assert "pair-paused" in {item["kind"] for item in told}


@pytest.mark.parametrize("lifting", ["dismiss", "close", "release", "action"])
def test_it_is_lifted(lifting: str) -> None:
    """TS-22: by a dismissal, a close, an action that settles the case, or a moderator's word while the case stays
    open; then messages pass again."""
    world = Together()
    case_id = world.held(_target(world), "self-harm")
    if lifting == "close":
        world.does("trust_safety.close_case", {"case_id": case_id}, MO)
    else:
        world.acts(case_id, {"release": "release-pair", "action": "warn"}.get(lifting, lifting))
    assert world.slug("conversations.send_message", {**world.pair, **HELLO}, BEN) is None
    assert _states(world) == {"open", "running"}
    status = world["trust_safety"].ask("case", {"case_id": case_id}, MO)
    assert (status["status"], status["held"]) == ("assigned" if lifting == "release" else "closed", [])


def test_it_waits_for_the_last_review() -> None:
    """TS-22: where two reports pause the pair, the first that is settled opens nothing yet."""
    world = Together()
    message = {"kind": "message", "id": world.writes("I will hurt you")}
    first, second = world.held(_target(world), "threat-or-violence"), world.held(message, "threat-or-violence")
    world.acts(first, "dismiss")
    assert world.slug("conversations.send_message", {**world.pair, **HELLO}, BEN) == "paused-for-review"
    assert world.slug("programs.record_check_in", {**world.pair, "met": True}, BEN) == "paused-for-review"
    world.acts(second, "dismiss")
    assert _states(world) == {"open", "running"}


def test_a_rest_of_their_own_goes_on_beside_it() -> None:
    """TS-22: a review neither ends nor is ended by a pause that one of the two wished for."""
    world = Together()
    about = {**world.pair, **world.told, "by": "ada"}
    case_id = world.held(_target(world), "self-harm")
    world.tells("matching.PairPaused", about)
    world.acts(case_id, "release-pair")
    assert world.slug("conversations.send_message", {**world.pair, **HELLO}, BEN) == "pair-paused"
    assert _states(world) == {"paused"}
    world.tells("matching.PairResumed", about)
    assert _states(world) == {"open", "running"}


def test_waking_the_pair_ends_no_review() -> None:
    """TS-22: who takes back a rest of their own while a review goes on, opens nothing; the end of the review does."""
    world = Together()
    about = {**world.pair, **world.told, "by": "ada"}
    world.tells("matching.PairPaused", about)
    case_id = world.held(_target(world), "self-harm")
    world.tells("matching.PairResumed", about)
    assert _states(world) == {"paused-for-review"}
    assert world["programs"].ask("journey", world.pair, ADA)["next_check_in_at"] is None
    world.acts(case_id, "release-pair")
    assert _states(world) == {"open", "running"}


def test_no_check_in_is_asked_for_meanwhile() -> None:
    """TS-22: a pair under review is not asked how its week was, and is asked again once it goes on."""
    world = Together()
    case_id = world.held(_target(world), "self-harm")
    world.later(days=30)
    world["programs"].given("remind_check_in", world.pair)
    assert world.all("programs", "CheckInDue") == []
    world.does("trust_safety.assign_case", {"case_id": case_id}, MO)
    world.acts(case_id, "dismiss")
    world.later(days=7)
    assert world.all("programs", "CheckInDue")


def test_blocking_and_reporting_go_on() -> None:
    """TS-22: a pause keeps nobody from a block or a further report, and does not outlast the pair."""
    world = Together()
    case_id = world.held(_target(world), "threat-or-violence")
    assert world.slug("conversations.block_person", {"person_id": "ben"}, ADA) is None
    assert world.slug("trust_safety.file_report", {"target": _target(world), "reason": "hate"}, BEN) is None
    world.acts(case_id, "release-pair")
    assert world.slug("conversations.send_message", {**world.pair, **HELLO}, BEN) == "pair-ended"
    assert world["conversations"].ask("messages", world.pair, BEN)["status"] == "ended"


@pytest.mark.parametrize("reason", sorted(set(SEVERITY) - {"threat-or-violence", "self-harm"}))
def test_nothing_less_pauses(story: Story, reason: str) -> None:
    """TS-22: only the most urgent reasons do."""
    story.when("file_report", {"target": MESSAGE, "reason": reason, "text": "it happened"}, ADA)
    assert "PairHeld" not in {event.type for event in story.events()}


@pytest.mark.parametrize("who", [CLEO, SUE])
def test_nobody_pauses_a_pair_of_others(story: Story, who: Any) -> None:
    """TS-22: a false report costs nobody but its reporter: it pauses what the reporter could end anyway, their own
    pair, and no other pair of the person reported."""
    story.when("file_report", {"target": {"kind": "person", "id": "ben"}, "reason": "self-harm"}, who)
    assert [event.type for event in story.events()] == ["ReportFiled", "CaseOpened"]
    story.when("file_report", {"target": {"kind": "person", "id": "ben"}, "reason": "self-harm"}, ADA)
    held = [event.data for event in story.events() if event.type == "PairHeld"]
    assert [{**PAIR, "case_id": one["case_id"]} for one in held] == held


def test_a_moderators_word_stands(story: Story) -> None:
    """TS-22: once let go in a case, the same case pauses the pair no more, whoever adds to it."""
    target = {"kind": "pair", "id": PAIR_ID}
    case_id = story.held(target=target, reason="self-harm")
    story.act(case_id, "release-pair")
    for who in (ADA, BEN):
        story.when("file_report", {"target": target, "reason": "self-harm"}, who)
        assert "PairHeld" not in {event.type for event in story.events()}
    again = {"case_id": case_id, "action": "release-pair", **REASONS}
    story.when("act_on_case", again, MO).refused("nothing-is-held")
    story.when("act_on_case", {**again, "rationale": " "}, MO).refused("note-needs-text")


@pytest.mark.parametrize("service", ["conversations", "programs"])
def test_a_review_that_overtakes_the_introduction_holds(service: str) -> None:
    """TS-22: the two facts come from different services, in any order; a redelivered one changes nothing."""
    world = Together()
    second = {**world.told, "pair_id": pair_id(world.told["program_id"], "ada", "ben", 2)}
    alone = world[service]
    alone.arrives("trust_safety.PairHeld", {**second, "case_id": "c"})
    alone.arrives("trust_safety.PairHeld", {**second, "case_id": "c"}).nothing()
    alone.arrives("matching.PairIntroduced", {**second, "timezone": "UTC"})
    command, data = {"conversations": ("send_message", HELLO), "programs": ("set_goal", {"text": "Ten"})}[service]
    alone.when(command, {"pair_id": second["pair_id"], **data}, BEN).refused("paused-for-review")
    alone.arrives("trust_safety.PairReleased", {**second, "case_id": "c"})
    alone.arrives("trust_safety.PairReleased", {**second, "case_id": "c"}).nothing()
    alone.when(command, {"pair_id": second["pair_id"], **data}, BEN)
    assert (alone.refusal.slug if alone.refusal else None) == (
        "commitment-first" if service == "conversations" else None
    )
