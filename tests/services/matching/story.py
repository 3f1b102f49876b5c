"""A program with people to pair, told step by step."""

from __future__ import annotations

from typing import Any

from services.matching.service import TABLE
from shared.kernel.actor import Actor
from shared.kernel.events import Data
from shared.testing.scenario import Scenario, person

ADMIN = person("ada", admin_of="soap")
STRANGER = person("sam", member_of="chess")
OTHER_ADMIN = person("otto", member_of="chess", admin_of="chess")
SETTINGS = {
    "mentees_per_mentor": 3,
    "shared_language": True,
    "hours_apart": 6,
    "signup_expires_after_days": 90,
    "rematch_rest_days": 0,
}
PROGRAM = {"program_id": "p1"}
PLACE = {**PROGRAM, "group_id": "soap"}
OUTLINE = {
    **PLACE,
    "template_id": "skill-development",
    "guide_version": 2,
    "step_ids": ["one"],
    "title": "Soap",
    "description": None,
    "guide": [],
}


def answers(**changes: Any) -> Data:
    """What most people say; a change to None leaves the answer out."""
    said = {"topics": ["lye"], "languages": ["en"], "timezone": "Europe/Berlin", **changes}
    return {name: value for name, value in said.items() if value is not None}


class Story(Scenario):
    """An open program `p1` of the group `soap`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(TABLE)
        self.arrives("programs.ProgramOpened", {**PLACE, "settings": {**SETTINGS, **settings}})

    def joins(self, name: str, role: str, **said: Any) -> Actor:
        """A member signs up."""
        actor = person(name)
        self.given("sign_up", {**PROGRAM, "role": role, "adult": True, "answers": answers(**said)}, actor)
        return actor

    def pairs(self, mentor: str, mentee: str, **how: Any) -> str:
        """The admin pairs two; answers the pair's id."""
        self.given("create_pair", {**PROGRAM, "mentor_id": mentor, "mentee_id": mentee, **how}, ADMIN)
        return str(self.answer["pair_id"])

    def pairing(self, mentor: str, mentee: str, **how: Any) -> Story:
        """The admin tries to pair two."""
        self.when("create_pair", {**PROGRAM, "mentor_id": mentor, "mentee_id": mentee, **how}, ADMIN)
        return self

    def asks(self, query: str, actor: Actor = ADMIN, **params: Any) -> Data:
        return self.ask(query, {**PROGRAM, **params}, actor)


def couple_of_two(**settings: Any) -> Story:
    """`max` signed up as mentor, `mia` as mentee."""
    story = Story(**settings)
    story.joins("max", "mentor")
    story.joins("mia", "mentee")
    return story
