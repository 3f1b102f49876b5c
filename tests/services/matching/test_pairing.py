"""Pairing by hand and in bulk, introducing, resting, ending; and the rules that all of it keeps."""

from __future__ import annotations

import pytest

from shared.contracts import matching_api as api
from shared.kernel.actor import Actor
from shared.kernel.ids import couple
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, OTHER_ADMIN, PROGRAM, STRANGER, Story, couple_of_two

MAX, MIA, EVE = person("max"), person("mia"), person("eve")
BLOCK = {"blocker_id": "mia", "blocked_id": "max"}


def test_an_admin_pairs_two_and_both_are_introduced() -> None:
    """P-06: one commit, the check-ins on the mentee's clock, the introduction sealed."""
    story = Story()
    story.joins("max", "mentor", timezone="Europe/London")
    story.joins("mia", "mentee", timezone="Europe/Athens")
    story.pairing("max", "mia", introduction="You both love lye.")
    story.then("PairCreated", by="ada").then("PairIntroduced", timezone="Europe/Athens", group_id="soap")
    created, introduced = story.events()
    assert created.position == introduced.position
    assert "love lye" not in str([created.data, introduced.data])
    assert story.answer["pair_id"] == f"p1.{couple('max', 'mia')}.1"


def test_a_draft_is_the_admins_alone_until_it_is_introduced() -> None:
    """P-07: nobody is told before; the words of the draft are used then."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia", introduce=False, introduction="Enjoy.")
    assert [event.type for event in story.events()] == ["PairCreated"]
    assert story.asked_refused("pair", {"pair_id": pair_id}, MIA) == "not-found"
    assert story.ask("my_pairs", {}, MIA)["items"] == []
    story.when("end_pair", {"pair_id": pair_id, "reason": "other"}, MIA).refused("not-found")
    story.when("introduce_pair", {"pair_id": pair_id}, MIA).refused("not-found")
    story.when("pause_pair", {"pair_id": pair_id}, ADMIN).refused("pair-not-introduced")
    story.when("introduce_pair", {"pair_id": pair_id}, ADMIN).then("PairIntroduced", timezone="Europe/Berlin")
    assert story.ask("pair", {"pair_id": pair_id}, MIA)["introduction"] == "Enjoy."
    story.when("introduce_pair", {"pair_id": pair_id}, ADMIN).refused("already-introduced")


def test_a_draft_that_is_taken_back_is_dropped_without_a_word() -> None:
    """P-07, undo before publishing: the two may still be paired later, under another id."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia", introduce=False)
    story.when("end_pair", {"pair_id": pair_id, "reason": "other"}, ADMIN).then("PairDropped")
    assert "PairEnded" not in [event.type for event in story.events()]
    assert story.pairs("max", "mia").endswith(".2")


def test_only_admins_of_the_group_pair_people() -> None:
    """A member learns that it takes an admin, a stranger learns nothing."""
    story = couple_of_two()
    two = {**PROGRAM, "mentor_id": "max", "mentee_id": "mia"}
    story.when("create_pair", two, MIA).refused("forbidden")
    story.when("create_pair", two, STRANGER).refused("not-found")
    story.when("create_pair", two, OTHER_ADMIN).refused("not-found")
    story.when("create_pair", two, person("ada", admin_of="soap", adult=False)).refused("adults-only")


def test_nobody_is_their_own_mentor() -> None:
    """Self-pairing is refused by name."""
    couple_of_two().pairing("max", "max").refused("self-pairing")


def test_people_are_paired_in_the_role_that_they_chose() -> None:
    """And only if they are signed up."""
    story = couple_of_two()
    story.pairing("mia", "max").refused("wrong-role")
    story.pairing("max", "nobody").refused("not-signed-up")


def test_a_mentee_has_one_mentor() -> None:
    """P-11: a draft counts as much as a running pair."""
    story = couple_of_two()
    story.joins("moe", "mentor")
    pair_id = story.pairs("max", "mia", introduce=False)
    story.pairing("moe", "mia").refused("mentee-already-paired")
    story.given("introduce_pair", {"pair_id": pair_id}, ADMIN)
    story.given("pause_pair", {"pair_id": pair_id}, MIA)
    story.pairing("moe", "mia").refused("mentee-already-paired")


@pytest.mark.parametrize(("own", "program", "room"), [(1, 3, 1), (5, 2, 2), (3, 3, 3)])
def test_a_mentor_has_room_for_what_they_offer_within_the_program(own: int, program: int, room: int) -> None:
    """P-06: the lower of the two counts; an ended pair frees its place."""
    story = Story(mentees_per_mentor=program)
    story.joins("max", "mentor", capacity=own)
    names = [f"m{number}" for number in range(room + 1)]
    for name in names:
        story.joins(name, "mentee")
    pairs = [story.pairs("max", name) for name in names[:room]]
    story.pairing("max", names[-1]).refused("mentor-at-capacity")
    story.given("end_pair", {"pair_id": pairs[0], "reason": "goals-reached"}, MAX)
    story.pairing("max", names[-1]).then("PairIntroduced")


def test_a_former_pair_is_not_paired_again() -> None:
    """P-08."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    story.given("end_pair", {"pair_id": pair_id, "reason": "mismatch"}, MIA)
    story.pairing("max", "mia").refused("former-pair")


@pytest.mark.parametrize(("side", "other"), [("max", "mia"), ("mia", "max")])
def test_a_wish_not_to_be_paired_looks_like_a_block(side: str, other: str) -> None:
    """BL-06: the refusal tells neither who nor which."""
    story = Story()
    for name, role in (("max", "mentor"), ("mia", "mentee")):
        story.joins(name, role, do_not_pair=[other] if name == side else None)
    story.pairing("max", "mia").refused("not-to-be-paired")
    wish = story.refusal
    blocked = couple_of_two()
    blocked.arrives("trust_safety.PersonBlocked", BLOCK).pairing("max", "mia").refused("not-to-be-paired")  # type: ignore[attr-defined]
    assert wish is not None
    assert blocked.refusal is not None
    assert wish.as_problem() == blocked.refusal.as_problem()


def test_a_shared_language_is_asked_for_where_the_program_wants_it() -> None:
    """Variants of a language count as one."""
    story = Story()
    story.joins("max", "mentor", languages=["en-GB"])
    story.joins("mia", "mentee", languages=["de"])
    story.joins("eve", "mentee", languages=["EN"])
    story.pairing("max", "mia").refused("no-shared-language")
    story.pairing("max", "eve").then("PairIntroduced")
    free = Story(shared_language=False)
    free.joins("max", "mentor", languages=["en"])
    free.joins("mia", "mentee", languages=["de"])
    free.pairing("max", "mia").then("PairIntroduced")


def test_clocks_too_far_apart_are_refused_and_the_world_is_round() -> None:
    """Eleven hours behind is an hour ahead of twelve hours ahead."""
    story = Story(hours_apart=2)
    story.joins("max", "mentor", timezone="Pacific/Pago_Pago", capacity=2)
    story.joins("mia", "mentee", timezone="Europe/Berlin")
    story.joins("eve", "mentee", timezone="Pacific/Fiji")
    story.pairing("max", "mia").refused("time-zones-too-far-apart")
    story.pairing("max", "eve").then("PairIntroduced")


@pytest.mark.parametrize("kind", ["PersonRestricted", "PersonSuspended"])
def test_a_sanctioned_person_is_not_paired_until_it_ends(kind: str) -> None:
    """TS-15: refused to its last second, allowed after it; the sentence does not tell why."""
    story = couple_of_two()
    until = "2026-03-03T09:00:00.000Z"
    story.arrives(f"trust_safety.{kind}", {"person_id": "max", "case_id": None, "until": until})
    story.later(hours=23, minutes=59, seconds=59)
    story.pairing("max", "mia").refused("person-not-available")
    story.later(seconds=1)
    story.pairing("max", "mia").then("PairIntroduced")


def test_a_ban_and_a_disputed_age_last_until_lifted() -> None:
    """P-03: nobody whose age is disputed is paired."""
    for name, data, lifted in (
        ("PersonSuspended", {"until": None}, "PersonReinstated"),
        ("AgeDisputed", {}, "AgeConfirmed"),
    ):
        story = couple_of_two()
        story.arrives(f"trust_safety.{name}", {"person_id": "mia", "case_id": None, **data})
        story.later(days=80)
        story.pairing("max", "mia").refused("person-not-available")
        story.arrives(f"trust_safety.{lifted}", {"person_id": "mia", "case_id": None})
        story.pairing("max", "mia").then("PairIntroduced")


def test_many_are_paired_at_once_each_with_its_own_result() -> None:
    """P-07: bulk asks the same rules, also of the places it has just given away; doing it twice answers alike."""
    story = Story()
    story.joins("max", "mentor", capacity=2)
    for name in ("mia", "eve", "zoe"):
        story.joins(name, "mentee")
    pairs = [{"mentor_id": "max", "mentee_id": name} for name in ("mia", "mia", "max", "eve", "zoe")]
    story.when("create_pairs", {**PROGRAM, "pairs": pairs}, ADMIN, key="once").then("PairsCreated")
    results = story.answer["results"]
    assert not api.BulkAnswer().validate(story.answer)
    assert [one.get("problem") for one in results] == [
        None,
        "mentee-already-paired",
        "self-pairing",
        None,
        "mentor-at-capacity",
    ]
    assert len({event.position for event in story.events()}) == 1
    again = story.answer
    story.when("create_pairs", {**PROGRAM, "pairs": pairs}, ADMIN, key="once").nothing()
    assert story.answer == again


def test_bulk_where_nothing_is_allowed_still_says_why() -> None:
    """No pair is made, and the answer names every problem."""
    story = couple_of_two()
    story.when("create_pairs", {**PROGRAM, "pairs": [{"mentor_id": "x", "mentee_id": "y"}]}, ADMIN)
    assert story.answer["results"] == [{"mentor_id": "x", "mentee_id": "y", "problem": "not-signed-up"}]


def test_a_pair_rests_and_goes_on() -> None:
    """Either side or the admin may ask for it."""
    story = couple_of_two()
    pair = {"pair_id": story.pairs("max", "mia")}
    story.when("pause_pair", pair, MAX).then("PairPaused", by="max")
    story.when("pause_pair", pair, MIA).refused("pair-paused")
    story.when("resume_pair", pair, MIA).then("PairResumed", by="mia")
    story.when("resume_pair", pair, ADMIN).refused("pair-not-paused")


@pytest.mark.parametrize("actor", [MAX, MIA, ADMIN], ids=lambda actor: actor.id)
def test_either_side_or_an_admin_ends_a_pair(actor: Actor) -> None:
    """P-19: with a typed reason, once."""
    story = couple_of_two()
    pair = {"pair_id": story.pairs("max", "mia")}
    story.when("end_pair", {**pair, "reason": "schedule"}, actor).then("PairEnded", reason="schedule", by=actor.id)
    story.when("end_pair", {**pair, "reason": "schedule"}, actor).refused("pair-ended")
    story.when("pause_pair", pair, actor).refused("pair-ended")


@pytest.mark.parametrize("reason", ["blocked", "timed-out", "because"])
def test_people_do_not_give_the_reasons_of_the_system(reason: str) -> None:
    """The list is closed."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    story.when("end_pair", {"pair_id": pair_id, "reason": reason}, MIA).refused("invalid-input")


@pytest.mark.parametrize("command", ["end_pair", "pause_pair", "resume_pair", "introduce_pair"])
def test_a_foreign_pair_answers_like_an_unknown_one(command: str) -> None:
    """Also to members of the group."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    more = {"reason": "other"} if command == "end_pair" else {}
    for actor in (EVE, STRANGER, OTHER_ADMIN):
        for some in (pair_id, "p1.nobody.1", "nonsense"):
            story.when(command, {"pair_id": some, **more}, actor).refused("not-found")


def test_a_closed_program_makes_no_pairs_and_keeps_those_it_has() -> None:
    """Running pairs go on to their end; drafts are not introduced."""
    story = Story()
    story.joins("max", "mentor", capacity=3)
    for name in ("mia", "eve", "zoe"):
        story.joins(name, "mentee")
    running, draft = story.pairs("max", "mia"), story.pairs("max", "eve", introduce=False)
    story.arrives("programs.ProgramClosed", {**PROGRAM, "group_id": "soap"})
    story.pairing("max", "zoe").refused("program-not-open")
    story.when("introduce_pair", {"pair_id": draft}, ADMIN).refused("program-not-open")
    assert story.view("pairs", running)["status"] == "active"
    story.when("pause_pair", {"pair_id": running}, MIA).then("PairPaused")


def test_the_two_see_each_other_and_the_admin_sees_metadata() -> None:
    """P-14: the partner's name, never why it ended; the admin never reads the introduction."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia", introduction="Hello you two")
    mine = story.ask("pair", {"pair_id": pair_id}, MIA)
    assert not api.PairForMember().validate(mine)
    assert (mine["partner"], mine["role"]) == ({"person_id": "max", "name": "Max"}, "mentee")
    assert story.ask("my_pairs", {}, MIA)["items"] == [mine]
    seen = story.ask("pair", {"pair_id": pair_id}, ADMIN)
    assert not api.PairForAdmin().validate(seen)
    assert story.asks("pairs_of_program")["items"] == [seen]
    assert "Hello" not in str(seen)
    assert story.asked_refused("pair", {"pair_id": pair_id}, EVE) == "not-found"
    assert story.asked_refused("pairs_of_program", PROGRAM, MIA) == "forbidden"


def test_the_board_counts() -> None:
    """P-11, P-22: sign-ups, pairs, the waiting list with its age, closing reasons."""
    story = Story()
    for name in ("max", "moe"):
        story.joins(name, "mentor")
    for name in ("mia", "eve", "zoe"):
        story.joins(name, "mentee")
        story.later(seconds=1)
    pair_id = story.pairs("max", "mia")
    story.pairs("moe", "eve")
    story.given("end_pair", {"pair_id": pair_id, "reason": "schedule"}, MIA)
    story.later(days=5)
    board = story.asks("board")
    assert not api.BoardAnswer().validate(board)
    assert board["signups"]["mentee"]["active"] == 3
    assert (board["pairs"]["active"], board["pairs"]["ended"]) == (1, 1)
    assert board["closing_reasons"] == {"schedule": 1}
    assert board["waiting"]["count"] == 2
    assert board["waiting"]["longest"][0] | {"since": ""} == {"person_id": "zoe", "name": "Zoe", "since": "", "days": 5}
    assert story.asked_refused("board", PROGRAM, STRANGER) == "not-found"
