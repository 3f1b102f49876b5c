"""The hard rules beyond role, place and language: hours, load over all programs, rest, review (P-08)."""

from __future__ import annotations

import pytest

from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, SETTINGS, Story, answers, couple_of_two

OTHER = {"program_id": "p2", "group_id": "soap"}


def evening(weekday: int, start: str, end: str) -> list[Data]:
    return [{"weekday": weekday, "from": start, "to": end}]


def test_a_program_may_ask_for_hours_in_common() -> None:
    """Of those who told when they are free; the changes of the clocks while the program runs are heeded."""
    story = Story(hours_shared=1.5)
    story.joins("max", "mentor", hours=evening(2, "18:00", "20:00"))
    new_york = {"timezone": "America/New_York", "hours": evening(2, "12:00", "14:00")}
    story.joins("mia", "mentee", **new_york)
    story.pairing("max", "mia").refused("too-few-hours-in-common")
    story.later(days=40)
    story.pairing("max", "mia").then("PairIntroduced")


def test_who_did_not_tell_their_hours_is_not_kept_out() -> None:
    """Sign-ups from before hours were asked go on."""
    story = Story(hours_shared=5)
    story.joins("max", "mentor", hours=evening(2, "18:00", "20:00"))
    story.joins("mia", "mentee")
    story.pairing("max", "mia").then("PairIntroduced")


def in_two_programs(**settings: int) -> Story:
    """`max` mentors `mia` in another program of the group, and has places free in `p1`."""
    story = couple_of_two(**settings)
    story.arrives("programs.ProgramOpened", {**OTHER, "settings": SETTINGS})
    for name, role in (("max", "mentor"), ("mia", "mentee")):
        said = {"role": role, "adult": True, "answers": answers(capacity=3)}
        story.given("sign_up", {"program_id": "p2", **said}, person(name))
    story.given("create_pair", {"program_id": "p2", "mentor_id": "max", "mentee_id": "mia"}, ADMIN)
    return story


def test_a_mentors_pairs_are_counted_over_all_programs() -> None:
    """P-06: as far as this program allows; what ends elsewhere gives the place back."""
    story = in_two_programs(mentees_per_mentor=1, mentees_in_all=1)
    pair_id = story.answer["pair_id"]
    story.joins("mel", "mentee")
    story.pairing("max", "mel").refused("mentor-busy-elsewhere")
    story.given("end_pair", {"pair_id": pair_id, "reason": "planned-end"}, ADMIN)
    story.pairing("max", "mel").then("PairIntroduced")


def test_what_a_program_allows_alone_is_allowed_over_all_programs() -> None:
    """A program with room for six needs no second setting."""
    story = Story(mentees_per_mentor=6, mentees_in_all=1)
    story.joins("max", "mentor", capacity=6)
    for name in ("mia", "mel", "meg", "may", "mim", "moa"):
        story.joins(name, "mentee")
        story.pairing("max", name).then("PairIntroduced")


def test_places_over_all_programs_are_given_once_within_a_bulk() -> None:
    """P-11: a bulk command counts what it has given away itself."""
    story = in_two_programs(mentees_per_mentor=2, mentees_in_all=2)
    story.given("change_signup", {**PROGRAM, "answers": answers(capacity=3)}, person("max"))
    for name in ("mel", "meg"):
        story.joins(name, "mentee")
    pairs = [{"mentor_id": "max", "mentee_id": name} for name in ("mel", "meg")]
    story.when("create_pairs", {**PROGRAM, "pairs": pairs}, ADMIN)
    assert [one.get("problem") for one in story.answer["results"]] == [None, "mentor-busy-elsewhere"]


def test_after_a_pair_its_people_are_left_in_peace() -> None:
    """Both rest, whatever the reason of the end, until the program's pause is over."""
    story = couple_of_two(rematch_rest_days=7)
    story.joins("moe", "mentor")
    story.joins("mel", "mentee")
    pair_id = story.pairs("max", "mia")
    story.given("end_pair", {"pair_id": pair_id, "reason": "mismatch"}, person("mia"))
    story.pairing("moe", "mia").refused("resting-after-a-pair")
    story.pairing("max", "mel").refused("resting-after-a-pair")
    mia = {**PROGRAM, "mentee_id": "mia"}
    assert story.asked_refused("candidates", mia, ADMIN) == "resting-after-a-pair"
    story.later(days=7)
    story.pairing("moe", "mia").then("PairIntroduced")
    story.pairing("max", "mel").then("PairIntroduced")


def test_a_mentor_of_others_does_not_rest_after_one_of_them() -> None:
    """A pause is for who is left alone."""
    story = couple_of_two(rematch_rest_days=7)
    story.given("change_signup", {**PROGRAM, "answers": answers(capacity=3)}, person("max"))
    for name in ("mel", "meg"):
        story.joins(name, "mentee")
    story.pairs("max", "mel")
    pair_id = story.pairs("max", "mia")
    story.given("end_pair", {"pair_id": pair_id, "reason": "goals-reached"}, person("mia"))
    story.pairing("max", "meg").then("PairIntroduced")


def test_a_draft_that_is_taken_back_makes_nobody_rest() -> None:
    """They never knew of it."""
    story = couple_of_two(rematch_rest_days=7)
    story.joins("moe", "mentor")
    pair_id = story.pairs("max", "mia", introduce=False)
    story.given("end_pair", {"pair_id": pair_id, "reason": "other"}, ADMIN)
    story.pairing("moe", "mia").then("PairIntroduced")


def test_nobody_is_given_somebody_new_while_a_pair_of_theirs_is_looked_into() -> None:
    """TS-22: the refusal is that of anybody who cannot be paired now; it is over with the last review."""
    story = couple_of_two()
    story.given("change_signup", {**PROGRAM, "answers": answers(capacity=3)}, person("max"))
    story.joins("mel", "mentee")
    pair_id = story.pairs("max", "mia")
    two = {"mentor_id": "max", "mentee_id": "mia", "program_id": "p1", "group_id": "soap"}
    review = {**two, "pair_id": pair_id, "case_id": "c1"}
    story.arrives("trust_safety.PairHeld", review)
    story.pairing("max", "mel").refused("person-not-available")
    story.arrives("trust_safety.PairReleased", review)
    story.pairing("max", "mel").then("PairIntroduced")


def test_who_was_erased_a_moment_ago_is_paired_with_nobody() -> None:
    """P-23: their answers are gone before their sign-up is; nothing stumbles over it."""
    story = couple_of_two()
    story.keys.destroy_owner("mia")
    story.pairing("max", "mia").refused("person-not-available")
    story.when("recommend", PROGRAM, ADMIN).then("RecommendationsProposed", pairs=[])


def test_a_new_mentor_is_given_one_mentee_first() -> None:
    """A draft is one already; whoever was introduced to somebody, here or elsewhere, is not new."""
    story = couple_of_two()
    story.given("change_signup", {**PROGRAM, "answers": answers(capacity=3)}, person("max"))
    for name in ("mel", "meg"):
        story.joins(name, "mentee")
    assert proposed(story) == 1
    draft = story.pairs("max", "mia", introduce=False)
    assert proposed(story) == 0
    story.given("introduce_pair", {"pair_id": draft}, ADMIN)
    assert proposed(story) == 2
    elsewhere = in_two_programs()
    elsewhere.given("change_signup", {**PROGRAM, "answers": answers(capacity=3)}, person("max"))
    elsewhere.joins("mel", "mentee")
    assert proposed(elsewhere) == 2


def proposed(story: Story) -> int:
    """How many pairs a run proposes now."""
    story.when("recommend", PROGRAM, ADMIN).then("RecommendationsProposed")
    return len(story.events()[0].data["pairs"])


def test_a_review_says_nothing_where_another_rule_says_no() -> None:
    """TS-22: of who could not be paired anyhow it cannot be learned that a pair of theirs is looked into."""
    story = couple_of_two()
    story.joins("moe", "mentor")
    two = {"mentor_id": "max", "mentee_id": "mia", "program_id": "p1", "group_id": "soap"}
    story.arrives("trust_safety.PairHeld", {**two, "pair_id": story.pairs("max", "mia"), "case_id": "c1"})
    story.pairing("moe", "mia").refused("mentee-already-paired")
    story.given("pause_signup", PROGRAM, person("mia"))
    story.pairing("moe", "mia").refused("signup-paused")


@pytest.mark.parametrize("settings", [{}, {"hours_shared": 2}])
def test_a_draft_is_asked_the_same_rules_again_when_it_is_introduced(settings: Data) -> None:
    """P-07: what changed between proposing and publishing counts."""
    story = couple_of_two(**settings)
    pair_id = story.pairs("max", "mia", introduce=False)
    for name, start in (("max", "08:00"), ("mia", "12:00")):
        said = answers(hours=evening(1, start, "24:00" if name == "mia" else "12:30"))
        story.given("change_signup", {**PROGRAM, "answers": said}, person(name))
    story.when("introduce_pair", {"pair_id": pair_id}, ADMIN)
    if settings:
        story.refused("too-few-hours-in-common")
    else:
        story.then("PairIntroduced")
