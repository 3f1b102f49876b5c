"""Who is left over: why, and what would help, so that nobody can be told from it (P-09, BL-06)."""

from __future__ import annotations

import pytest

from services.matching.domain import wording
from shared.kernel.events import Data
from tests.services.matching.soap import free, left_over, recommended, soap_makers
from tests.services.matching.story import Story


def test_who_is_left_over_learns_why_and_what_would_help() -> None:
    """Rule by rule, small numbers hidden."""
    zoe = left_over(recommended(soap_makers()), "zoe")
    assert zoe["because"] == [
        "Of the free mentors, a few speak no language that Zoe speaks.",
        "That leaves nobody.",
    ]
    assert zoe["would_help"] == ["A mentor for “colours” who speaks French would help."]


def test_wider_hours_help_where_hours_are_what_is_missing() -> None:
    """What the program asks for, and the most that there is."""
    hard = {"hours_shared": 3, "shared_language": False}
    mia = left_over(recommended(soap_makers(**hard)), "mia")
    assert mia["because"][0] == ("Of the free mentors, a few are free together with Mia for less than 3 hours a week.")
    asked = "the program asks for 3 hours a week together, now it is 2.5 at most"
    assert (
        f"If Mia were free at more hours, a few more mentors would come into question ({asked})." in mia["would_help"]
    )


def test_clocks_and_scores_that_a_program_could_be_less_strict_about() -> None:
    """The nearest clock that would do."""
    ben = left_over(
        recommended(soap_makers(hours_apart=5, zoe={"languages": ["en"]}, moe={"languages": ["pt"]})), "ben"
    )
    assert (
        "If the program allowed clocks 6 hours apart, a few more mentors would come into question." in ben["would_help"]
    )
    zoe = left_over(recommended(soap_makers(min_score=0.5, zoe={"languages": ["en"]})), "zoe")
    assert "If the program asked for a lower score, a few more mentors would come into question." in zoe["would_help"]


def test_a_mentor_left_over_is_explained_alike() -> None:
    """From the other side: who waits."""
    amy = left_over(recommended(soap_makers(amy={"languages": ["pt"]})), "amy")
    assert amy["because"] == [
        "Of the mentees who wait, a few speak no language that Amy speaks.",
        "That leaves nobody.",
    ]
    assert amy["would_help"] == [
        "A mentee who wants help with “packaging” or “selling” and speaks Portuguese would help.",
    ]


def test_without_the_other_side_it_is_said_plainly() -> None:
    """Nobody free, nobody waiting."""
    story = Story()
    story.joins("mia", "mentee")
    assert left_over(recommended(story), "mia")["because"] == ["No mentor was free."]
    story = Story()
    story.joins("max", "mentor")
    assert left_over(recommended(story), "max")["because"] == ["No mentee was waiting."]


def test_who_waits_and_cannot_be_paired_now_is_listed() -> None:
    """Busy elsewhere with that; sanctions, disputes and reviews all without a reason."""
    story = soap_makers()
    story.arrives("trust_safety.PersonRestricted", {"case_id": "c1", "person_id": "zoe", "until": None})
    zoe = left_over(recommended(story), "zoe")
    assert (zoe["because"], zoe["resting_until"]) == (["This person cannot be paired now."], None)
    story = Story()
    story.joins("max", "mentor")
    story.joins("mia", "mentee")
    story.arrives("trust_safety.PersonRestricted", {"case_id": "c1", "person_id": "mia", "until": None})
    assert left_over(recommended(story), "max")["because"] == ["No mentee could be paired now."]


def test_places_that_a_new_mentor_is_not_given_yet_are_named() -> None:
    """Nobody is told that a place is missing where there are some."""
    story = Story()
    story.joins("max", "mentor", capacity=3)
    story.joins("mia", "mentee")
    story.later(seconds=1)
    story.joins("eve", "mentee")
    later = "A mentor who comes into question is new and gets one mentee first: once these two are introduced, "
    said = [later + "another run can use the mentor's other places."]
    assert left_over(recommended(story), "eve")["would_help"] == said
    story.pairs("max", "mia", introduce=False)
    run = recommended(story)
    assert left_over(run, "eve")["would_help"] == said
    drafted = "A new mentor gets one mentee first, and for this one there is a draft."
    assert left_over(run, "max")["because"] == [drafted]


def alone_with_max(how: str) -> Data:
    """Zoe could have Max by all that admins can see, and has nobody: for this reason."""
    zoe: Data = {"languages": ["en"]}
    wish = {"do_not_pair": ["zoe"]} if how == "wish" else {}
    story = soap_makers(max=wish, moe={"languages": ["pt"]}, amy={"languages": ["pt"]}, zoe=zoe)
    if how == "block":
        story.arrives("conversations.BlockRequested", {"blocker_id": "zoe", "blocked_id": "max"})
    locked = [{"mentor_id": "max", "mentee_id": "mia"}] if how == "taken" else []
    return left_over(recommended(story, locked=locked), "zoe")


@pytest.mark.parametrize("how", ["block", "wish"])
def test_a_block_and_a_wish_read_like_a_place_that_went_to_another(how: str) -> None:
    """BL-06: neither named nor countable; all three say the very same."""
    assert alone_with_max(how) == alone_with_max("taken")


def test_a_protected_reply_that_keeps_two_apart_reads_like_a_wish() -> None:
    """BL-06, P-09: what nobody may read is no rule that is counted."""
    faith = {"id": "faith", "type": "choice", "asked": "both", "size": 2, "use": "hard", "protected": True}
    said = []
    for reply, wish in ((2, []), (1, ["max"])):
        story = Story(questions=[faith])
        story.joins("max", "mentor", replies={"faith": 1}, counts=["faith"])
        story.joins("mia", "mentee", replies={"faith": reply}, counts=["faith"], do_not_pair=wish)
        said.append(left_over(recommended(story), "mia"))
    assert said[0] == said[1]


def test_who_keeps_every_rule_to_the_last_was_not_kept_out_by_one() -> None:
    """As far apart as is allowed, as few hours together and as low a score as are asked for; another got the place."""
    story = Story(hours_apart=0, hours_shared=3, min_score=1)
    for name, role in (("max", "mentor"), ("mia", "mentee"), ("eve", "mentee")):
        story.joins(name, role, hours=free((1, "18:00", "21:00")))
    story.joins("moe", "mentor", languages=["pt"])
    mia = left_over(recommended(story, locked=[{"mentor_id": "max", "mentee_id": "eve"}]), "mia")
    assert mia["why"] == (
        "The mentors who come into question were proposed to others, or cannot be paired with this person."
    )
    kept_out, others = mia["because"]
    assert kept_out.startswith("Of the free mentors, a few speak no language that Mia speaks and a few fit less well ")
    assert others == "The others are needed elsewhere, or cannot be paired with Mia."
    assert mia["would_help"] == ["One more place with a mentor for “lye” could help."]


def test_a_rule_that_is_not_the_only_one_in_the_way_is_not_named_as_help() -> None:
    """Clocks alone would bring nobody whose language is missing too."""
    story = Story(hours_apart=1)
    story.joins("max", "mentor")
    story.joins("mia", "mentee", languages=["fr", "pt"], timezone="America/New_York")
    mia = left_over(recommended(story), "mia")
    assert mia["would_help"] == ["A mentor for “lye” who speaks French or Portuguese would help."]


def test_of_several_clocks_the_nearest_is_what_would_help() -> None:
    """A program need not be wider than that."""
    story = Story(hours_apart=1)
    for name, zone in (("max", "America/New_York"), ("moe", "Asia/Kolkata")):
        story.joins(name, "mentor", timezone=zone)
    story.joins("mia", "mentee")
    told = "If the program allowed clocks 4.5 hours apart, a few more mentors would come into question."
    assert told in left_over(recommended(story), "mia")["would_help"]


def test_somebody_under_sanction_does_not_change_a_sentence() -> None:
    """They are in no number: a few are a few with and without them."""
    story = soap_makers()
    before = left_over(recommended(story), "zoe")
    story.arrives("trust_safety.PersonRestricted", {"case_id": "c1", "person_id": "amy", "until": None})
    assert left_over(recommended(story), "zoe") == before


@pytest.mark.parametrize(("count", "said"), [(0, "a few"), (4, "a few"), (5, "about 5"), (13, "about 15")])
def test_numbers_are_rounded_and_small_ones_hidden(count: int, said: str) -> None:
    """Nobody can be counted out."""
    assert wording.roughly(count) == said
