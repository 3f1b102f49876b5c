"""What a hostile person tries on matching, and does not get."""

from __future__ import annotations

import pytest

from services.matching.service import TABLE
from shared.testing.scenario import Scenario, person
from tests.services.matching.story import Story


@pytest.mark.parametrize("block", ["conversations.{}Requested", "trust_safety.Person{}ed"])
def test_nobody_takes_back_the_block_of_somebody_else(block: str) -> None:
    """BL-07: an issuer may put a slash into `sub`; whoever unblocks, takes back their own word alone."""
    story = Scenario(TABLE)
    story.arrives(block.format("Block"), {"blocker_id": "realm/may", "blocked_id": "tom"})
    story.arrives(block.format("Block"), {"blocker_id": "realm", "blocked_id": "may/tom"})
    story.arrives(block.format("Unblock"), {"blocker_id": "realm", "blocked_id": "may/tom"})
    assert [found["people"] for found in story.views.find("blocks", {})] == [["realm/may", "tom"]]


def test_who_left_the_group_wakes_no_pair() -> None:
    """P-03: resting and ending stay open to who left; going on takes membership."""
    story = Story()
    story.joins("mia", "mentor")
    story.joins("max", "mentee")
    pair, gone = {"pair_id": story.pairs("mia", "max")}, person("max", member_of="")
    story.when("pause_pair", pair, gone).then("PairPaused")
    story.when("resume_pair", pair, gone).refused("forbidden")
    story.when("end_pair", {**pair, "reason": "other"}, gone).then("PairEnded")
