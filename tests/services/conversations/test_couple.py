"""Conversations: what passes between the two of a pair, and that nothing passes after a block."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from joserfc import jwe
from joserfc.jwk import OKPKey

from services.conversations.evidence import commitment
from services.conversations.service import TABLE
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.pairs import pair_id
from shared.privacy.sealing import REMOVED
from shared.testing.scenario import Scenario, person

MENTOR, MENTEE, OTHER, ADMIN = person("may"), person("tom"), person("eve"), person("ada", admin_of="soap")
SECRET = "canary-of-a-message"


def told(n: int = 1, program: str = "p1") -> dict[str, Any]:
    pair = pair_id(program, "may", "tom", n)
    return {"pair_id": pair, "program_id": program, "group_id": "soap", "mentor_id": "may", "mentee_id": "tom"}


class Story(Scenario):
    """An introduced pair that has agreed to the commitment."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.pair = {"pair_id": told()["pair_id"]}
        self.arrives("matching.PairIntroduced", {**told(), "timezone": "UTC"})
        self.arrives("programs.CommitmentAgreed", {**told(), "by": "tom", "both": True})

    def sends(self, actor: Actor, text: str = "hello") -> str:
        return str(self.given("send_message", {**self.pair, "text": text}, actor).answer["message_id"])

    def read(self, actor: Actor = MENTEE) -> list[dict[str, Any]]:
        return list(self.ask("messages", self.pair, actor)["items"])


@pytest.fixture
def story() -> Story:
    return Story()


def test_messages_pass_between_the_two_and_are_sealed(story: Story) -> None:
    """P-12, P-14: both read it; the event holds no word of it."""
    story.when("send_message", {**story.pair, "text": SECRET}, MENTOR).then("MessageSent", sender_id="may")
    assert SECRET not in str(story.events())
    assert SECRET not in str(story.views.documents)
    assert [message["text"] for message in story.read()] == [SECRET]


def test_nothing_passes_before_both_agreed() -> None:
    """Both sides agree to the commitment before the first message (product rules)."""
    story = Scenario(TABLE).arrives("matching.PairIntroduced", {**told(), "timezone": "UTC"})
    message = {"pair_id": told()["pair_id"], "text": "hi"}
    story.when("send_message", message, MENTOR).refused("commitment-first")


def test_an_agreement_that_overtakes_the_introduction_counts() -> None:
    """The two facts come from different services, in any order."""
    story = Scenario(TABLE).arrives("programs.CommitmentAgreed", {**told(), "by": "tom", "both": True})
    story.arrives("matching.PairIntroduced", {**told(), "timezone": "UTC"})
    story.when("send_message", {"pair_id": told()["pair_id"], "text": "hi"}, MENTOR).then("MessageSent")


@pytest.mark.parametrize("actor", [OTHER, ADMIN])
def test_nobody_else_can_write_or_read(story: Story, actor: Actor) -> None:
    """P-14, SE-02: a foreign pair answers like one that does not exist."""
    story.sends(MENTOR)
    story.when("send_message", {**story.pair, "text": "x"}, actor).refused("not-found")
    assert story.asked_refused("messages", story.pair, actor) == "not-found"
    assert story.asked_refused("messages", {"pair_id": "a.b.1"}, actor) == "not-found"


def test_every_message_checks_age_and_membership(story: Story) -> None:
    """P-03, PR-17."""
    story.when("send_message", {**story.pair, "text": "x"}, person("may", adult=False)).refused("adults-only")
    story.when("send_message", {**story.pair, "text": "x"}, person("may", member_of="chess")).refused("forbidden")


def test_a_restricted_person_cannot_write_until_it_ends(story: Story) -> None:
    """TS-15: the sanction ends by itself."""
    until = {"person_id": "may", "until": "2026-03-03T09:00:00.000Z"}
    story.arrives("trust_safety.PersonRestricted", until)
    story.when("send_message", {**story.pair, "text": "x"}, MENTOR).refused("restricted")
    story.given("send_message", {**story.pair, "text": "x"}, MENTEE).later(days=1)
    story.when("send_message", {**story.pair, "text": "x"}, MENTOR).then("MessageSent")


def test_a_message_is_edited_and_deleted_by_its_sender_alone(story: Story) -> None:
    """The other sees the change, and of a deleted one only that it was there."""
    message = {**story.pair, "message_id": story.sends(MENTOR)}
    story.when("edit_message", {**message, "text": "x"}, MENTEE).refused("not-your-message")
    story.when("edit_message", {**message, "text": "better"}, MENTOR).then("MessageEdited")
    assert story.read()[0]["text"] == "better"
    story.when("delete_message", message, MENTEE).refused("not-your-message")
    story.when("delete_message", message, MENTOR).then("MessageDeleted")
    story.when("delete_message", message, MENTOR).nothing()
    story.when("edit_message", {**message, "text": "x"}, MENTOR).refused("message-deleted")
    assert story.read()[0]["text"] is None
    story.when("delete_message", {**message, "message_id": "m"}, MENTOR).refused("unknown-message")


def test_reactions_and_read_markers(story: Story) -> None:
    """One reaction a person, the last one counts; a marker never goes back."""
    first, second = story.sends(MENTOR), story.sends(MENTOR)
    story.given("react", {**story.pair, "message_id": first, "reaction": "like"}, MENTEE)
    story.given("react", {**story.pair, "message_id": first, "reaction": "heart"}, MENTEE)
    story.given("mark_read", {**story.pair, "up_to": second}, MENTEE)
    story.when("mark_read", {**story.pair, "up_to": first}, MENTEE).nothing()
    answer = story.ask("messages", story.pair, MENTOR)
    assert answer["items"][1]["reactions"] == {"tom": "heart"}
    assert answer["read_up_to"] == {"tom": second}


def test_posts_and_comments_in_a_step(story: Story) -> None:
    """P-12: sealed like messages."""
    post = {**story.pair, "step_id": "s01-meet", "text": SECRET}
    made = story.given("share_post", post, MENTOR).answer["post_id"]
    story.when("add_comment", {**story.pair, "post_id": made, "text": "nice"}, MENTEE).then("CommentAdded", by="tom")
    story.when("add_comment", {**story.pair, "post_id": "p", "text": "nice"}, MENTEE).refused("unknown-post")
    found = story.ask("posts", {**story.pair, "step_id": "s01-meet"}, MENTEE)["items"]
    assert (found[0]["text"], found[0]["comments"][0]["text"]) == (SECRET, "nice")
    assert SECRET not in str(story.views.documents)


def test_a_block_ends_every_pair_of_the_two_at_once(story: Story) -> None:
    """P-15, BL-02, BL-05: one commit; nothing is added after it by either; both keep the archive."""
    message = story.sends(MENTOR)
    story.arrives("matching.PairIntroduced", {**told(program="p2"), "timezone": "UTC"})
    story.when("block_person", {"person_id": "may"}, MENTEE).then("BlockRequested", blocker_id="tom")
    assert [event.type for event in story.events()] == ["BlockRequested", "ConversationClosed", "ConversationClosed"]
    for command, extra in (
        ("send_message", {"text": "x"}),
        ("edit_message", {"message_id": message, "text": "x"}),
        ("delete_message", {"message_id": message}),
        ("react", {"message_id": message, "reaction": "like"}),
        ("mark_read", {"up_to": message}),
        ("share_post", {"step_id": "one", "text": "x"}),
        ("add_comment", {"post_id": "p", "text": "x"}),
    ):
        for actor in (MENTOR, MENTEE):
            story.when(command, {**story.pair, **extra}, actor).refused("pair-ended")
    assert len(story.read(MENTOR)) == len(story.read(MENTEE)) == 1


def test_a_blocked_pair_answers_like_any_ended_one(story: Story) -> None:
    """BL-04: the refusal, and what can be read, do not tell a block from an end."""

    def seen() -> tuple[dict[str, Any], str]:
        with pytest.raises(Refusal) as caught:
            raise story.when("send_message", {**story.pair, "text": "x"}, MENTOR).refusal or AssertionError
        return caught.value.as_problem(), story.ask("messages", story.pair, MENTOR)["status"]

    story.given("block_person", {"person_id": "may"}, MENTEE)
    blocked = seen()
    story = Story()
    story.arrives("matching.PairEnded", {**told(), "reason": "planned-end"})
    assert seen() == blocked


def test_a_block_needs_no_pair_and_can_be_taken_back(story: Story) -> None:
    """BL-08, BL-09: idempotent, works against anyone; an unblock reopens nothing."""
    story.when("block_person", {"person_id": "ada"}, MENTEE).then("BlockRequested")
    story.when("block_person", {"person_id": "ada"}, MENTEE).nothing()
    story.when("block_person", {"person_id": "tom"}, MENTEE).refused("not-yourself")
    story.given("block_person", {"person_id": "may"}, MENTEE)
    assert {one["person_id"] for one in story.ask("my_blocks", {}, MENTEE)["items"]} == {"ada", "may"}
    story.when("unblock_person", {"person_id": "may"}, MENTEE).then("UnblockRequested")
    story.when("send_message", {**story.pair, "text": "x"}, MENTOR).refused("pair-ended")


def test_a_block_is_known_to_the_blocker_alone(story: Story) -> None:
    """BL-04: the list of blocks of whoever was blocked says nothing of it."""
    story.given("block_person", {"person_id": "may"}, MENTEE)
    assert story.ask("my_blocks", {}, MENTOR)["items"] == []


def test_an_unblock_leaves_the_block_of_the_other(story: Story) -> None:
    """BL-09: where both block each other, nothing opens between them while one of the two still does."""
    story.given("block_person", {"person_id": "may"}, MENTEE).given("block_person", {"person_id": "tom"}, MENTOR)
    story.given("unblock_person", {"person_id": "may"}, MENTEE)
    story.arrives("matching.PairIntroduced", {**told(program="p3"), "timezone": "UTC"})
    story.then("ConversationClosed", pair_id=told(program="p3")["pair_id"], reason="blocked")


def test_an_introduction_after_a_block_opens_nothing(story: Story) -> None:
    """BL-07: also when the block lands between pairing and introduction."""
    story.given("block_person", {"person_id": "may"}, MENTEE)
    story.arrives("matching.PairIntroduced", {**told(program="p3"), "timezone": "UTC"})
    story.then("ConversationClosed", pair_id=told(program="p3")["pair_id"], reason="blocked")


def test_a_report_discloses_the_window_to_the_case_alone(story: Story) -> None:
    """EV-02, EV-03, EV-04, EV-05: at most five before and after, every version, provable against the log."""
    ids = [story.sends(MENTOR, f"text {number}") for number in range(14)]
    story.given("delete_message", {**story.pair, "message_id": ids[6]}, MENTOR)
    key = OKPKey.generate_key("X25519")
    report = {
        "report_id": "r1",
        "case_id": "c1",
        "target_kind": "message",
        "target_id": ids[6],
        "pair_id": story.pair["pair_id"],
        "reporter_id": "tom",
        "subject_id": "may",
        "reason": "harassment",
        "to": "platform",
        "evidence_key": key.as_dict(private=False),
    }
    story.arrives("trust_safety.ReportFiled", report).then("EvidenceDisclosed", message_ids=ids[1:12])
    disclosed = story.events()[0].data["evidence"]
    assert "text 6" not in str(story.events())
    opened = orjson.loads(jwe.decrypt_compact(disclosed, key).plaintext or b"")
    assert [one["versions"][-1]["text"] for one in opened] == [f"text {number}" for number in range(1, 12)]
    one = opened[5]
    version = one["versions"][0]
    assert one["deleted"]
    assert commitment(version["salt"], "may", ids[6], version["text"]) == version["commitment"]
    story.arrives("trust_safety.ReportFiled", {**report, "report_id": "r2", "reporter_id": "eve"}).nothing()


def test_an_erased_person_reads_as_removed(story: Story) -> None:
    """PR-08, PR-11: the words of the forgotten are gone, those of the other stay."""
    story.sends(MENTOR, "mine")
    story.sends(MENTEE, "yours")
    story.keys.destroy_owner("may")
    assert [message["text"] for message in story.read()] == ["yours", REMOVED]


@pytest.mark.parametrize("person_id", ["tom\x1fmay", "tom\n", "\x7f", "t" * 129, ""])
def test_nobody_blocks_what_is_no_id(story: Story, person_id: str) -> None:
    """SE-04: whom one blocks stands in clear, so it is an id: no control character, and no more than 128 characters."""
    story.when("block_person", {"person_id": person_id}, MENTEE).refused("invalid-input")


@pytest.mark.parametrize("step_id", ["I wanted to tell you", "s01\n", "S01", "s" * 81])
def test_a_post_names_a_step_and_nothing_else(story: Story, step_id: str) -> None:
    """SE-04, PR-01: the step of a post stands in clear, so it is a short id and no sentence."""
    story.when("share_post", {**story.pair, "step_id": step_id, "text": "x"}, MENTOR).refused("invalid-input")
