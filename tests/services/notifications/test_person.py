"""How a person is reached: contact, preferences, unsubscribe links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.unsubscribe import make_token, read_token
from shared.application.application import Context
from shared.contracts.notifications_api import KINDS, PreferencesAnswer
from shared.kernel.actor import Actor
from shared.kernel.errors import Stale
from shared.privacy.sealing import REMOVED
from shared.testing.scenario import person
from tests.services.notifications.story import OF_PAIR, Story

NOBODY = Actor("anonymous")


def _token(story: Story, who: str, kind: str) -> str:
    return make_token(story.app.reads.open(story.view("contacts", who)["secret"]), who, kind)


def test_contact_is_kept_sealed(story: Story) -> None:
    """PR-01: no event and no view holds an address in clear."""
    story.reach("cat", email="cat-canary@mail.example")

    commits = story.log.feed(0, 0, 1000)
    assert all("canary" not in str(event.data) for commit in commits for event in commit.events)
    assert "canary" not in str(story.views.documents)
    assert story.app.reads.open(story.view("contacts", "cat")["contact"])["email"] == "cat-canary@mail.example"


def test_unchanged_contact_makes_no_event(story: Story) -> None:
    """A token that says the same again changes nothing; one that says something else does, and keeps the secret."""
    data = {"person_id": "ann", "email": "ann@mail.example", "locale": "en"}
    story.when("register_contact", data, person("ann")).nothing()

    story.when("register_contact", {**data, "locale": "ar"}, person("ann"))
    assert [event.type for event in story.events()] == ["ContactChanged"]


def test_forgotten_person_is_not_taken_in_again(story: Story) -> None:
    """PR-06: a token that still works after erasure brings no address back."""
    story.keys.destroy_owner("ann")
    story.when("register_contact", {"person_id": "ann", "email": "ann@mail.example"}, person("ann")).nothing()


@pytest.mark.parametrize(
    "email", ["a@b\r\nBcc: c@d", "a b@c", "a,b@c", "<a@b>", "a@b@c", "ann", "a@b\n", 'a"@b', "ä@b", "a@b\x00", "a@-"]
)
def test_unfit_address_is_refused(story: Story, email: str) -> None:
    """NO-16: an address that could be two, or a header, is not taken in."""
    story.when("register_contact", {"person_id": "ann", "email": email}, person("ann")).refused("invalid-input")


def test_preferences_have_defaults_and_change(story: Story) -> None:
    """NO-04: the grid has every kind; what is left out of a change stays as it is."""
    both = {"message-received": {"email": "off"}, "check-in-due": {"email": "off"}}
    story.given("change_preferences", {"person_id": "ben", "preferences": both}, person("ben"))
    back = {"check-in-due": {"email": "immediate"}}
    story.given("change_preferences", {"person_id": "ben", "preferences": back}, person("ben"))

    answer = story.ask("my_preferences", {}, person("ben"))
    answer.pop("_etag")
    assert PreferencesAnswer().validate(answer) == {}
    assert answer["preferences"].keys() == set(KINDS)
    assert [kind for kind, modes in answer["preferences"].items() if modes["email"] == "off"] == ["message-received"]
    story.when("change_preferences", {"person_id": "ben", "preferences": back}, person("ben")).nothing()


def test_preferences_are_changed_as_they_were_read(story: Story) -> None:
    """SE-14, BL-04: a change for another version is refused; what else comes to the inbox is no part of the version."""
    ben = person("ben")
    change = {"person_id": "ben", "preferences": {"message-received": {"email": "off"}}}
    before = story.ask("my_preferences", {}, ben)["_etag"]
    story.message()
    assert story.ask("my_preferences", {}, ben)["_etag"] == before
    done = story.app.execute("change_preferences", change, Context(ben, "one", "one", if_match=before))
    story.settle()
    assert done.etag == story.ask("my_preferences", {}, ben)["_etag"] != before
    with pytest.raises(Stale):
        story.app.execute("change_preferences", change, Context(ben, "two", "two", if_match=before))


def test_preference_decides_the_channels(story: Story) -> None:
    """NO-18: what is switched off by mail is still in the inbox."""
    off = {"message-received": {"email": "off"}}
    story.given("change_preferences", {"person_id": "ben", "preferences": off}, person("ben"))
    story.message()
    assert story.outbox() == []
    assert story.kinds_of("ben") == ["message-received"]


@pytest.mark.parametrize("kind", ["statement-of-reasons", "appeal-decided"])
def test_critical_kinds_cannot_be_switched_off(story: Story, kind: str) -> None:
    """NO-04: decisions that concern a person always reach them."""
    data = {"person_id": "ben", "preferences": {kind: {"email": "off"}}}
    story.when("change_preferences", data, person("ben")).refused("cannot-be-switched-off")


@pytest.mark.parametrize(
    "preferences",
    [{"unknown": {"email": "off"}}, {"check-in-due": {"inbox": "off"}}, {"check-in-due": {"email": "no"}}],
)
def test_unknown_preferences_are_refused(story: Story, preferences: dict[str, dict[str, str]]) -> None:
    """SE-04: kinds, channels and modes are closed lists, and the inbox is not one that can be switched."""
    data = {"person_id": "ben", "preferences": preferences}
    story.when("change_preferences", data, person("ben")).refused("invalid-input")


def test_unsubscribe_is_scoped_to_its_kind(story: Story) -> None:
    """NO-09, NO-10: a token switches one kind off without a login; other kinds and critical mail still flow."""
    token = _token(story, "ben", "message-received")
    story.given("unsubscribe", {"token": token}, NOBODY)
    story.when("unsubscribe", {"token": token}, NOBODY).nothing()
    story.message()
    assert story.outbox() == []

    story.arrives("programs.StepCompleted", {**OF_PAIR, "step_id": "s", "by": "ann"})
    assert [intent["kind"] for intent in story.outbox()] == ["step-completed"]


def test_token_outlives_a_change_of_address(story: Story) -> None:
    """NO-11: the link of an old mail still works after the person's address has changed."""
    token = _token(story, "ben", "message-received")
    story.reach("ben", email="new@mail.example")
    story.when("unsubscribe", {"token": token}, NOBODY).then("PreferencesChanged", person_id="ben")


def test_forged_tokens_are_not_found(story: Story) -> None:
    """NO-11: no token works but the one that was sent: not another's, not another kind's, not a critical one's."""
    token = _token(story, "ben", "message-received")
    forged = make_token("guess", "ben", "message-received")
    moved = token[:43] + make_token("guess", "ann", "message-received")[43:]
    unknown = make_token("guess", "nobody", "message-received")
    critical = _token(story, "ben", "statement-of-reasons")
    for wrong in (forged, moved, unknown, critical, token[:-4], "x", "=", "é", "A" * 600):
        story.when("unsubscribe", {"token": wrong}, NOBODY).refused("not-found")


def test_token_of_a_forgotten_person_is_not_found(story: Story) -> None:
    """PR-08: with the keys of a person gone their links are no more."""
    token = _token(story, "ben", "message-received")
    story.keys.destroy_owner("ben")
    for no_more in (token, make_token(REMOVED, "ben", "message-received")):
        story.when("unsubscribe", {"token": no_more}, NOBODY).refused("not-found")


@given(st.text(min_size=1).filter(lambda name: "\x00" not in name and name.isprintable()), st.sampled_from(KINDS))
def test_token_round_trips(who: str, kind: str) -> None:
    """NO-11: a token says its person and kind and fits its secret, and no other."""
    text = make_token("secret-of-one", who, kind)
    token = read_token(text)
    assert token is not None
    assert (token.person_id, token.kind) == (who, kind)
    assert token.fits("secret-of-one")
    assert not token.fits("secret-of-two")


@given(st.text())
def test_any_text_is_read_as_a_token(text: str) -> None:
    """Reading a token never fails: text that is none is none."""
    token = read_token(text)
    assert token is None or not token.fits("secret")
