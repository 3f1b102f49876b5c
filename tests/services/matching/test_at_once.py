"""Several processes of the service at once: each decides by what it knows, the stream lets one through at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from services.matching.domain.evolving import ROSTER
from services.matching.domain.roster import Roster
from services.matching.service import TABLE
from shared.application.application import Application, Context
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.events import Data
from shared.kernel.ids import couple, new_id
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, Story

OTHER = person("otto", admin_of="soap")
MIA = person("mia")


def crowd() -> Story:
    """Two mentors of two places each, five mentees."""
    story = Story()
    for name in ("max", "moe"):
        story.joins(name, "mentor", capacity=2)
    for name in ("mia", "eve", "zoe", "ida", "uma"):
        story.joins(name, "mentee")
    return story


def at_once(story: Story, *commands: tuple[str, Data, Actor]) -> Roster:
    """Each command in a process of its own, started together; the roster that comes of it."""
    ready = Barrier(len(commands))

    def do(asked: tuple[str, Data, Actor]) -> None:
        app = story.app
        process = Application(TABLE, app.log, app.sealer, app.views, app.clock)
        name, data, actor = asked
        ready.wait()
        if actor is SYSTEM:
            process.follow(name, data, command_id=new_id())
        else:
            process.execute(name, data, Context(actor, new_id(), new_id()))

    with ThreadPoolExecutor(len(commands)) as pool:
        list(pool.map(do, commands))
    roster = Roster()
    for commit in story.log.feed(0, 0, 10_000):
        for event in commit.events:
            roster = ROSTER.evolve(roster, event)
    return roster


def kept(roster: Roster) -> None:
    """No place is given twice, and no barred couple is left."""
    current = [pair for pair in roster.pairs.values() if pair.is_current]
    for name, signup in roster.signups.items():
        assert sum(name in pair.people for pair in current) == signup.current <= signup.capacity
    assert not {pair.couple for pair in current} & roster.barred_couples


@pytest.mark.parametrize("introduce", [True, False])
def test_two_admins_publish_what_they_see_and_no_place_is_given_twice(*, introduce: bool) -> None:
    """P-11: two runs of the same people, published together; four places are four pairs."""
    story = crowd()
    runs = []
    for mentees in (("mia", "eve", "zoe", "ida"), ("eve", "zoe", "ida", "uma")):
        mentors = ("max", "max", "moe", "moe")
        locked = [dict(zip(("mentor_id", "mentee_id"), two, strict=True)) for two in zip(mentors, mentees, strict=True)]
        story.given("recommend", {**PROGRAM, "locked": locked}, ADMIN)
        runs.append({**PROGRAM, "run_id": story.answer["run_id"], "introduce": introduce})
    publish = "publish_recommendations"
    roster = at_once(story, (publish, runs[0], ADMIN), (publish, runs[1], OTHER))
    kept(roster)
    assert sum(pair.is_current for pair in roster.pairs.values()) == 4


@pytest.mark.parametrize("attempt", range(5))
def test_a_block_and_a_withdrawal_race_with_publishing(attempt: int) -> None:
    """BL-07: whichever comes first, the blocked are no pair afterwards, and who left has none."""
    story = crowd()
    locked = [{"mentor_id": "max", "mentee_id": name} for name in ("mia", "eve")]
    story.given("recommend", {**PROGRAM, "locked": locked, "seed": attempt}, ADMIN)
    run = {**PROGRAM, "run_id": story.answer["run_id"], "introduce": attempt % 2 == 0}
    roster = at_once(
        story,
        ("publish_recommendations", run, ADMIN),
        ("part_couple", {**PROGRAM, "couple_id": couple("max", "eve")}, SYSTEM),
        ("withdraw_signup", PROGRAM, MIA),
    )
    kept(roster)
    assert roster.signups["mia"].current == roster.signups["eve"].current == 0
    assert couple("max", "eve") in roster.barred_couples


def test_a_batch_is_introduced_and_taken_back_at_once() -> None:
    """P-07: every draft is either; none is both, none is left."""
    story = crowd()
    story.given("recommend", PROGRAM, ADMIN)
    story.given("publish_recommendations", {**PROGRAM, "run_id": story.answer["run_id"], "introduce": False}, ADMIN)
    batch = {**PROGRAM, "batch_id": story.answer["batch_id"]}
    roster = at_once(story, ("undo_publication", batch, ADMIN), ("introduce_batch", batch, OTHER))
    kept(roster)
    assert len({pair.status for pair in roster.pairs.values()}) == 1
    assert {pair.status for pair in roster.pairs.values()} <= {"active", "dropped"}
