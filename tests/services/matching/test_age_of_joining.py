"""Who may be under 18 joins nothing until a moderator has looked (PR-18)."""

from __future__ import annotations

import pytest

from shared.testing.scenario import person
from tests.services.matching.story import PROGRAM, Story, answers, couple_of_two

MIA = {"person_id": "mia", "case_id": "c"}


@pytest.mark.parametrize("lifted", ["AgeConfirmed", "AgeReset"])
def test_nobody_joins_while_their_age_is_disputed(lifted: str) -> None:
    """PR-18: not by a sign-up, and not by resuming one; what lifts the dispute opens both again."""
    story, mia = Story(), person("mia")
    sign_up = {**PROGRAM, "role": "mentee", "adult": True, "answers": answers()}
    story.arrives("trust_safety.AgeDisputed", MIA)
    story.when("sign_up", sign_up, mia).refused("age-in-review")
    story.arrives("trust_safety.PersonReinstated", MIA)
    story.when("sign_up", sign_up, mia).refused("age-in-review")
    story.arrives(f"trust_safety.{lifted}", MIA)
    story.when("sign_up", sign_up, mia).then("SignedUp")
    story.given("pause_signup", PROGRAM, mia)
    story.arrives("trust_safety.AgeDisputed", MIA)
    story.when("resume_signup", PROGRAM, mia).refused("age-in-review")
    story.when("withdraw_signup", PROGRAM, mia).then("SignupWithdrawn")


def test_a_held_pair_is_shown_as_such_to_the_two_alone() -> None:
    """TS-22: both see a pair that is paused for review, a group's admin does not learn of it."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    told = {"pair_id": pair_id, "program_id": "p1", "group_id": "soap", "mentor_id": "max", "mentee_id": "mia"}

    def seen() -> list[str]:
        return [story.ask("pair", {"pair_id": pair_id}, person(who))["status"] for who in ("max", "mia")]

    story.arrives("trust_safety.PairHeld", {**told, "case_id": "c1"})
    story.arrives("trust_safety.PairHeld", {**told, "case_id": "c2"})
    story.arrives("trust_safety.PairReleased", {**told, "case_id": "c1"})
    assert seen() == ["paused-for-review", "paused-for-review"]
    assert story.asks("pairs_of_program")["items"][0]["status"] == "active"
    story.arrives("trust_safety.PairReleased", {**told, "case_id": "c2"})
    assert seen() == ["active", "active"]
