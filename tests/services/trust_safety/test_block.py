"""The registry of blocks."""

from __future__ import annotations

from tests.services.trust_safety.story import MO, Story

ADA_BLOCKS_BEN = {"blocker_id": "ada", "blocked_id": "ben"}
BEN_BLOCKS_ADA = {"blocker_id": "ben", "blocked_id": "ada"}


def test_a_block_is_registered_once(story: Story) -> None:
    """BL-08: the registry tells all services of a block, and of the same block only once."""
    story.arrives("conversations.BlockRequested", ADA_BLOCKS_BEN).then("PersonBlocked", **ADA_BLOCKS_BEN)
    story.arrives("conversations.BlockRequested", ADA_BLOCKS_BEN).nothing()
    story.arrives("conversations.UnblockRequested", ADA_BLOCKS_BEN).then("PersonUnblocked", **ADA_BLOCKS_BEN)
    story.arrives("conversations.UnblockRequested", ADA_BLOCKS_BEN).nothing()
    story.arrives("conversations.BlockRequested", ADA_BLOCKS_BEN).then("PersonBlocked", **ADA_BLOCKS_BEN)


def test_each_takes_back_their_own_block_only(story: Story) -> None:
    """BL-09: where both block each other, one of them cannot undo the other's."""
    story.arrives("conversations.BlockRequested", ADA_BLOCKS_BEN)
    story.arrives("conversations.BlockRequested", BEN_BLOCKS_ADA).then("PersonBlocked", **BEN_BLOCKS_ADA)
    story.arrives("conversations.UnblockRequested", ADA_BLOCKS_BEN).then("PersonUnblocked", **ADA_BLOCKS_BEN)
    assert [block["people"] for block in story.views.find("blocks", {})] == [["ben", "ada"]]
    story.arrives("conversations.BlockRequested", BEN_BLOCKS_ADA).nothing()


def test_nobody_asks_for_the_inner_commands(story: Story) -> None:
    """What only the service gives itself is, from outside, not there."""
    story.when("register_block", ADA_BLOCKS_BEN, MO).refused("not-found")
    story.when("lift_sanctions", {"person_id": "ben"}, MO).refused("not-found")
