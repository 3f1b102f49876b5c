"""An admin takes out of a program who has left the group."""

from __future__ import annotations

import pytest

from shared.contracts import matching_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, OTHER_ADMIN, PROGRAM, Story, couple_of_two


def removal(story: Story, name: str) -> Data:
    return {**PROGRAM, "signup_id": story.view("signups", f"p1/{name}")["signup_id"]}


def test_who_has_left_the_group_is_taken_out_by_an_admin() -> None:
    """P-11: nobody pairs them any more, nothing falls due; once, and who comes back signs up anew and stays."""
    story = couple_of_two()
    taken_out = removal(story, "mia")
    story.when("remove_signup", taken_out, ADMIN).then("SignupRemoved", person_id="mia")
    assert story.asks("signups", role="mentee", status="removed")["items"][0]["person_id"] == "mia"
    assert story.asks("board")["signups"]["mentee"] == dict.fromkeys(api.SIGNUP_STATUSES, 0) | {"removed": 1}
    assert [one["id"] for one in story.views.find("due", {})] == ["p1/max"]
    story.pairing("max", "mia").refused("not-signed-up")
    story.when("remove_signup", taken_out, ADMIN).refused("not-signed-up")
    story.joins("mia", "mentee")
    story.when("remove_signup", taken_out, ADMIN).refused("not-found")
    story.pairing("max", "mia").then("PairIntroduced")


@pytest.mark.parametrize("introduce", [True, False])
def test_nobody_is_taken_out_while_they_have_a_pair(*, introduce: bool) -> None:
    """P-19: a pair or a draft is ended by its own command, with a reason, before; the other one stays."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia", introduce=introduce)
    story.when("remove_signup", removal(story, "max"), ADMIN).refused("still-paired")
    story.given("end_pair", {"pair_id": pair_id, "reason": "life-change"}, ADMIN)
    story.when("remove_signup", removal(story, "max"), ADMIN).then("SignupRemoved")
    assert [event.type for event in story.events()] == ["SignupRemoved"]
    assert story.view("signups", "p1/mia")["status"] == "active"


def test_only_admins_take_somebody_out() -> None:
    """SE-02: a member learns that it takes an admin, a stranger learns nothing."""
    story = couple_of_two()
    taken_out = removal(story, "mia")
    story.when("remove_signup", taken_out, person("max")).refused("forbidden")
    story.when("remove_signup", taken_out, OTHER_ADMIN).refused("not-found")
    story.when("remove_signup", {**PROGRAM, "signup_id": "none"}, ADMIN).refused("not-found")
