"""Moderators at the same case at the same time, and every order of their moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.trust_safety.domain import machine
from shared.application.application import Context
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.ids import new_id
from tests.services.trust_safety.story import MIA, MO, REASONS, Story

RACES = 200
CLOSING = {"action": "dismiss"}


def test_two_act_on_the_same_version(story: Story) -> None:
    """TS-11: in each of 200 races of two clients with the same version one acts; the other is told 412, and nothing of
    what they wanted has happened."""
    case_id = story.held()
    with ThreadPoolExecutor(2) as pool:
        for number in range(RACES):
            version, before = story.ask("case", {"case_id": case_id}, MO)["_etag"], story.log.head(0)

            def note(client: int, version: int = version, number: int = number) -> Any:
                data = {"case_id": case_id, "action": "note", "rationale": f"{number} by {client}"}
                try:
                    return story.app.execute("act_on_case", data, Context(MO, new_id(), new_id(), if_match=version))
                except Refusal as refusal:
                    return refusal.as_problem()["status"]

            answers = list(pool.map(note, range(2)))
            assert answers.count(412) == 1, answers
            assert story.log.head(0) == before + 1
            story.settle()
    assert story.ask("case", {"case_id": case_id}, MO)["_etag"] == version + 1


def test_two_take_the_same_case() -> None:
    """TS-11: of two moderators who take a case at once one has it, whoever comes first."""
    for _ in range(20):
        story = Story()
        case_id = story.reported()

        def take(who: Actor, case_id: str = case_id, story: Story = story) -> str:
            try:
                story.app.execute("assign_case", {"case_id": case_id}, Context(who, new_id(), new_id()))
            except Refusal as refusal:
                return refusal.slug
            return who.id

        with ThreadPoolExecutor(2) as pool:
            answers = set(pool.map(take, (MO, MIA)))
        story.settle()
        assert answers - {"assigned-to-another"} == {story.ask("case", {"case_id": case_id}, MO)["assignee_id"]}


COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "assign": ("assign_case", {}),
    "escalate": ("escalate_case", {}),
    "act": ("act_on_case", {"action": "warn", "close": False, **REASONS}),
    "annotate": ("act_on_case", {"action": "note", "rationale": "seen"}),
    "settle": ("act_on_case", {"action": "warn", **REASONS}),
    "close": ("close_case", {}),
    "wait": ("", {}),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(COMMANDS)), max_size=12))
def test_every_order_of_moves_follows_the_machine(moves: list[str]) -> None:
    """TS-07: whatever is tried in whatever order, the case is where the machine says, an illegal move has its named
    error and changes nothing, an escalated case leaves only to closed, and a closed one never opens."""
    story = Story()
    case_id = story.reported(reason="spam")  # due later than twelve waits take
    status = "open"
    for move in moves:
        command, data = COMMANDS[move]
        if move == "wait":
            story.later(hours=13)
            expected = "open" if status == "assigned" else status
            slugs = {None}
        else:
            story.when(command, {"case_id": case_id, **data}, MO)
            expected, slugs = _expected(status, move)
        assert (story.refusal.slug if story.refusal else None) in slugs
        now = story.ask("case", {"case_id": case_id}, MO)["status"]
        assert now == (status if story.refusal else expected)
        assert (status, now) not in {("escalated", "open"), ("escalated", "assigned")}
        assert status != "closed" or now == "closed"
        status = now


def _expected(status: str, move: str) -> tuple[str, set[str | None]]:
    """Where a move leads, and what it may be refused with: an escalated case may be held by nobody."""
    try:
        led = machine.after(status, "act" if move == "settle" else move)
    except Refusal as refusal:
        again = {None} if (status, move) == ("closed", "close") else set()
        return status, {refusal.slug, *again}
    unheld = {"take-it-first"} if status == "escalated" and move != "assign" else set()
    return "closed" if move == "settle" else led, {None, *unheld}
