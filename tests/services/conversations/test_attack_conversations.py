"""What a hostile person tries on conversations, and does not get."""

from __future__ import annotations

import orjson
import pytest

from services.conversations.domain.couple import MOST_COMMENTS, MOST_EDITS
from shared.application.application import Context
from shared.kernel.actor import Actor
from shared.kernel.ids import new_id
from tests.services.conversations.test_couple import MENTEE, MENTOR, Story

BODY_THAT_STORES_TAKE = 12 * 1024 * 1024
"""Bytes; MongoDB takes documents of 16 MB."""


@pytest.fixture
def story() -> Story:
    return Story()


def version_told(story: Story, command: str, person_id: str, actor: Actor, if_match: int | None = None) -> object:
    context = Context(actor, new_id(), new_id(), if_match=if_match)
    return story.app.execute(command, {"person_id": person_id}, context).etag


def test_no_version_tells_that_one_is_blocked(story: Story) -> None:
    """BL-04: neither blocking nor unblocking somebody tells how much has happened between the two, a block included."""
    story.given("block_person", {"person_id": "tom"}, MENTOR)
    for if_match in (None, 0, 3):
        assert version_told(story, "unblock_person", "may", MENTEE, if_match) is None
    assert version_told(story, "block_person", "may", MENTEE, 0) is None


def test_a_message_cannot_be_edited_until_its_evidence_fits_nowhere(story: Story) -> None:
    """EV-05: every version is evidence, so their number is bounded; a window of longest messages can be stored."""
    message_id = story.sends(MENTOR)
    edit = {**story.pair, "message_id": message_id}
    for n in range(MOST_EDITS):
        story.given("edit_message", {**edit, "text": f"version {n}"}, MENTOR)
    story.when("edit_message", {**edit, "text": "once more"}, MENTOR).refused("too-many-edits")
    longest = len(orjson.dumps("\x01" * 4000))
    assert 11 * (1 + MOST_EDITS) * longest * 4 / 3 < BODY_THAT_STORES_TAKE


def test_comments_cannot_grow_a_post_until_it_is_stored_nowhere(story: Story) -> None:
    """A post is read with its comments, so their number is bounded, and the couple's stream never stands still."""
    post = story.given("share_post", {**story.pair, "step_id": "one", "text": "hi"}, MENTOR).answer["post_id"]
    comment = {**story.pair, "post_id": post, "text": "me too"}
    for _ in range(MOST_COMMENTS):
        story.given("add_comment", comment, MENTEE)
    story.when("add_comment", comment, MENTEE).refused("too-many-comments")
