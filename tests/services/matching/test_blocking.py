"""A block ends what two people have in every program, and nothing follows it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from services.matching.service import TABLE
from shared.application.application import Application, Context
from shared.kernel.errors import Refusal
from shared.kernel.events import Data
from shared.kernel.ids import couple
from shared.testing.scenario import Scenario, person
from tests.services.matching.story import ADMIN, PROGRAM, SETTINGS, Story, couple_of_two

BLOCK = {"blocker_id": "mia", "blocked_id": "max"}
NAMES = ["conversations.BlockRequested", "trust_safety.PersonBlocked"]
PROGRAMS = ("p1", "p2")
STANDING = {"status": {"$in": ["created", "active", "paused"]}}


@pytest.mark.parametrize("name", NAMES)
def test_a_block_ends_the_pair_without_telling_who(name: str) -> None:
    """P-15, BL-10: either service's word is enough, and the second changes nothing."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    story.arrives(name, BLOCK).then("PairEnded", pair_id=pair_id, reason="blocked", by=None)
    assert all(event.actor == "system" for event in story.events())
    for again in NAMES:
        story.arrives(again, BLOCK).nothing()
    assert story.view("pairs", pair_id)["status"] == "ended"


def test_a_block_drops_a_draft_without_a_word() -> None:
    """Nobody hears of a pair that never was."""
    story = couple_of_two()
    story.pairs("max", "mia", introduce=False)
    story.arrives(NAMES[0], BLOCK).then("PairDropped", by=None)
    assert "PairEnded" not in [event.type for event in story.events()]


def test_an_admin_cannot_tell_a_block_from_an_ending_without_a_reason() -> None:
    """BL-06: both read "ended"; neither lists nor the board say more."""
    blocked, other = couple_of_two(), couple_of_two()
    pair_id = blocked.pairs("max", "mia")
    blocked.arrives(NAMES[0], BLOCK)
    other.pairs("max", "mia")
    other.given("end_pair", {"pair_id": pair_id, "reason": "other"}, ADMIN)
    assert blocked.asks("pairs_of_program") == other.asks("pairs_of_program")
    assert blocked.asks("board")["closing_reasons"] == other.asks("board")["closing_reasons"] == {"ended": 1}
    assert "blocked" not in str(blocked.ask("pair", {"pair_id": pair_id}, ADMIN))
    for story in (blocked, other):
        story.pairing("max", "mia").refused("former-pair")


def test_the_end_by_a_block_stands_in_its_commit_where_any_end_does() -> None:
    """BL-04: a live stream tells the place of an event in its commit, which must not tell a block."""
    blocked, other = couple_of_two(), couple_of_two()
    pair_id = blocked.pairs("max", "mia")
    blocked.arrives(NAMES[0], BLOCK)
    other.pairs("max", "mia")
    other.given("end_pair", {"pair_id": pair_id, "reason": "schedule"}, person("mia"))
    places = [[(event.type, event.index) for event in story.events()] for story in (blocked, other)]
    assert [place for place in places[0] if place[0] != "CoupleBarred"] == places[1]


def test_a_run_does_not_tell_of_blocks_with_others() -> None:
    """BL-10: the hash of a run's inputs is the same whomever outside the program its people block."""
    story = couple_of_two()
    hashes = []
    for _ in range(2):
        story.given("recommend", PROGRAM, ADMIN)
        hashes.append(story.asks("recommendations", run_id=story.answer["run_id"])["inputs_hash"])
        story.arrives("trust_safety.PersonBlocked", {"blocker_id": "mia", "blocked_id": "zoe"})
    assert hashes[0] == hashes[1]


def test_a_run_keeps_no_wishes_about_others() -> None:
    """BL-10: nor whom its people do not want who are no part of it."""
    story = Story()
    story.joins("max", "mentor", do_not_pair=["zoe"])
    story.joins("mia", "mentee", do_not_pair=["zoe"])
    story.when("recommend", PROGRAM, ADMIN).then("RecommendationsProposed")
    assert story.opened(story.events()[0])["detail"]["instance"]["apart"] == []


def test_neither_finds_the_other_though_one_of_them_runs_the_program() -> None:
    """BL-06: an admin who is blocked, or blocks, does not get the other as a candidate, proposal or pair."""
    for block in (BLOCK, {"blocker_id": "max", "blocked_id": "mia"}):
        story = Story()
        story.arrives("trust_safety.PersonBlocked", block)
        story.joins("max", "mentor")
        story.joins("mia", "mentee")
        admin = person("max", admin_of="soap")
        assert story.asks("candidates", admin, mentee_id="mia")["items"] == []
        story.given("recommend", PROGRAM, admin)
        run = story.asks("recommendations", admin, run_id=story.answer["run_id"])
        assert run["proposals"] == []
        assert "block" not in str(run)
        two = {"mentor_id": "max", "mentee_id": "mia"}
        story.when("create_pair", {**PROGRAM, **two}, admin).refused("not-to-be-paired")
        story.when("recommend", {**PROGRAM, "locked": [two]}, admin).refused("not-to-be-paired")


def test_an_unblock_reopens_nothing() -> None:
    """BL-09: neither a former pair nor two who were in the program then are paired again in it."""
    story = couple_of_two()
    for name in NAMES:
        story.arrives(name, BLOCK)
    story.arrives("conversations.UnblockRequested", BLOCK).arrives("trust_safety.PersonUnblocked", BLOCK)
    story.pairing("max", "mia").refused("not-to-be-paired")
    assert story.asks("candidates", mentee_id="mia")["items"] == []


def test_a_block_from_before_the_sign_ups_holds_while_anybody_means_it() -> None:
    """BL-07: in any program; both may have blocked, and one taking it back is not enough."""
    story = Story()
    back = {"blocker_id": "max", "blocked_id": "mia"}
    for block in (BLOCK, back):
        story.arrives("trust_safety.PersonBlocked", block)
    story.joins("max", "mentor")
    story.joins("mia", "mentee")
    story.pairing("max", "mia").refused("not-to-be-paired")
    story.arrives("trust_safety.PersonUnblocked", BLOCK)
    story.pairing("max", "mia").refused("not-to-be-paired")
    story.arrives("trust_safety.PersonUnblocked", back)
    story.pairing("max", "mia").then("PairIntroduced")


def test_a_block_between_proposal_and_introduction_is_heeded() -> None:
    """BL-07: the proposal stands, the introduction does not come."""
    story = couple_of_two()
    story.given("recommend", PROGRAM, ADMIN)
    run_id = story.answer["run_id"]
    assert len(story.asks("recommendations", run_id=run_id)["proposals"]) == 1
    story.arrives(NAMES[0], BLOCK)
    story.when("publish_recommendations", {**PROGRAM, "run_id": run_id}, ADMIN)
    assert [one["problem"] for one in story.answer["results"]] == ["not-to-be-paired"]


@pytest.mark.parametrize("seed", range(40))
def test_no_order_of_steps_leaves_a_blocked_couple_paired(seed: int) -> None:
    """BL-07: two programs, two instances, every way to be paired, a block anywhere: in the end no pair stands."""
    chance = random.Random(seed)
    story = Story()
    story.arrives("programs.ProgramOpened", {"program_id": "p2", "group_id": "soap", "settings": SETTINGS})
    for program in PROGRAMS:
        for name, role in (("max", "mentor"), ("mia", "mentee")):
            data = {"program_id": program, "role": role, "adult": True, "answers": _ANSWERS}
            story.given("sign_up", data, person(name))
    apps = [story.app, Application(TABLE, story.log, story.app.sealer, story.views, story.clock)]
    steps = [_pairing(program, way) for program in PROGRAMS for way in ("create", "introduce", "recommend", "publish")]
    steps.insert(chance.randrange(len(steps)), lambda *_: story.arrives(chance.choice(NAMES), BLOCK))
    chance.shuffle(steps)
    for step in steps:
        step(chance.choice(apps), story, chance)
    story.settle()
    assert story.views.find("pairs", STANDING) == []
    for program in PROGRAMS:
        for way in ("create", "recommend", "publish", "introduce"):
            _pairing(program, way)(apps[1], story, chance)
        story.given("recommend", {"program_id": program}, ADMIN)
        assert (
            story.ask("recommendations", {"program_id": program, "run_id": story.answer["run_id"]}, ADMIN)["proposals"]
            == []
        )
    story.settle()
    assert story.views.find("pairs", STANDING) == []


def test_a_block_that_lands_while_a_pairing_is_decided_wins() -> None:
    """BL-07: the pairing looked before the block and appends after it; the roster's own stream refuses it."""
    story = couple_of_two()
    other = Application(TABLE, story.log, story.app.sealer, story.views, story.clock)
    two = {**PROGRAM, "mentor_id": "max", "mentee_id": "mia"}
    append = story.log.append

    def block_first(commit: object) -> object:
        story.log.append = append  # type: ignore[method-assign]
        command = {**PROGRAM, "couple_id": couple("max", "mia")}
        other.follow("part_couple", command, command_id="the block")
        return append(commit)  # type: ignore[arg-type]

    story.log.append = block_first  # type: ignore[assignment, method-assign]
    story.when("create_pair", two, ADMIN)
    assert story.refusal is not None
    assert story.refusal.slug == "not-to-be-paired"


def _pairing(program: str, way: str) -> Callable[[Application, Story, random.Random], object]:
    """One way to pair the two of the program."""
    told: Data = {"program_id": program}

    def step(app: Application, story: Story, chance: random.Random) -> None:
        if way == "create":
            two = {"mentor_id": "max", "mentee_id": "mia", "introduce": chance.random() < 0.5}
            _try(app, "create_pair", {**told, **two}, chance)
        elif way == "introduce":
            _try(app, "introduce_pair", {"pair_id": f"{program}.{couple('max', 'mia')}.1"}, chance)
        elif way == "recommend":
            _try(app, "recommend", told, chance)
        else:
            story.settle()
            for run in story.views.find("runs", told):
                _try(app, "publish_recommendations", {**told, "run_id": run["id"]}, chance)

    return step


def _try(app: Application, command: str, data: Data, chance: random.Random) -> None:
    name = f"{command}-{chance.random()}"
    try:
        app.execute(command, data, Context(ADMIN, name, name))
    except Refusal:
        return


def test_a_block_in_a_program_of_only_one_of_the_two_is_no_event_there() -> None:
    """Nothing is written where there is nothing to keep apart."""
    story: Scenario = Story()
    story.given("sign_up", {**PROGRAM, "role": "mentee", "adult": True, "answers": _ANSWERS}, person("mia"))
    story.arrives(NAMES[0], BLOCK).nothing()


_ANSWERS = {"topics": ["lye"], "languages": ["en"], "timezone": "UTC"}
