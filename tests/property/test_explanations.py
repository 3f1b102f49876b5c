"""Nothing private of one person is in what is said of another, whatever people say and wish (BL-06, P-09)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.events import Data
from tests.services.matching.soap import QUESTIONS, free, recommended
from tests.services.matching.story import Story

MENTORS, MENTEES = ("abe", "bob", "cid"), ("dot", "eve", "fay", "gil")
PRIVATE = ("SECRET", "faith", "story")
HOURS = {
    "early": free((1, "07:00", "09:00"), (2, "07:00", "09:00")),
    "late": free((1, "18:00", "21:00"), (6, "10:00", "12:00")),
}


@st.composite
def worlds(draw: st.DrawFn) -> Data:
    """What everybody says, with marks by which it is known again."""

    def some(*of: Any, most: int = 2) -> list[Any]:
        return draw(st.lists(st.sampled_from(of), min_size=1, max_size=most, unique=True))

    told = {}
    for name in (*MENTORS, *MENTEES):
        others = MENTEES if name in MENTORS else MENTORS
        told[name] = {
            "goal": "SECRET",
            "about": "SECRET",
            "topics": [*some("lye", "scents", "moulds"), f"TOPIC-{name}"],
            "needs": [*some("lye", "scents", "moulds"), f"NEED-{name}"],
            "languages": some("en", "de"),
            "timezone": draw(st.sampled_from(("Europe/Berlin", "Asia/Kolkata"))),
            "hours": draw(st.sampled_from(("early", "late", None))),
            "replies": {"learns-by": some(1, 2, 3), "faith": draw(st.integers(1, 4)), "story": "SECRET"},
            "counts": draw(st.sampled_from(([], ["faith"]))),
            "do_not_pair": draw(st.sampled_from(([], ["SECRET"], [draw(st.sampled_from(others))]))),
        }
    return told


def told_by(world: Data, *, with_wishes: bool) -> Data:
    """The run that an admin reads."""
    return recommended(told(world, with_wishes=with_wishes))


def told(world: Data, *, with_wishes: bool = True) -> Story:
    story = Story(questions=QUESTIONS, hours_apart=12, hours_shared=1, weeks=4)
    for name, said in world.items():
        hours = {"hours": HOURS.get(said["hours"])}
        wishes = {} if with_wishes else {"do_not_pair": None}
        story.joins(name, "mentor" if name in MENTORS else "mentee", **{**said, **hours, **wishes})
    return story


def sentences(one: Data) -> str:
    numbers = ("score", "parts", "person_id", "mentor_id", "mentee_id")
    return str({name: value for name, value in one.items() if name not in numbers})


@given(worlds())
@settings(max_examples=10)
def test_nothing_private_of_one_is_said_of_another(world: Data) -> None:
    """No text, no protected reply, no wish; of needs and topics none but the person's own, or what both name."""
    run = told_by(world, with_wishes=True)
    for one in [*run["proposals"], *run["unmatched"]]:
        owner, said = one.get("mentee_id") or one["person_id"], sentences(one)
        assert not [word for word in PRIVATE if word in said]
        assert not [name for name in world if name != owner and (f"NEED-{name}" in said or f"TOPIC-{name}" in said)]


@given(worlds())
@settings(max_examples=10)
def test_a_wish_changes_no_word_about_who_is_left_over(world: Data) -> None:
    """Whoever is left over with and without all wishes not to be paired reads the same."""
    with_wishes, without = (
        {one["person_id"]: one for one in told_by(world, with_wishes=with_wishes)["unmatched"]}
        for with_wishes in (True, False)
    )
    for person_id in with_wishes.keys() & without.keys():
        assert with_wishes[person_id] == without[person_id]


@given(worlds(), st.data())
@settings(max_examples=15)
def test_protected_replies_change_nothing_of_what_is_shown_of_a_couple(world: Data, data: st.DataObject) -> None:
    """P-08: score, parts, sentences, runner-up of whoever is proposed both times; and all candidates in their order."""
    otherwise = {
        name: {
            **said,
            "replies": {**said["replies"], "faith": data.draw(st.integers(1, 4))},
            "counts": data.draw(st.sampled_from(([], ["faith"]))),
        }
        for name, said in world.items()
    }
    one, other = told(world), told(otherwise)
    both = [
        {(two["mentor_id"], two["mentee_id"]): two for two in recommended(story)["proposals"]} for story in (one, other)
    ]
    alike = both[0].keys() == both[1].keys()
    for two in both[0].keys() & both[1].keys():
        assert shown(both[0][two], alike=alike) == shown(both[1][two], alike=alike)
    for name in MENTORS:
        assert one.asks("candidates", mentor_id=name) == other.asks("candidates", mentor_id=name)


def shown(proposal: Data, *, alike: bool) -> Data:
    """A proposal, without what depends on whom others were proposed to."""
    if alike or proposal["runner_up"] is None:
        return proposal
    runner_up = {name: value for name, value in proposal["runner_up"].items() if name != "why"}
    return {**proposal, "runner_up": runner_up, "would_change": None}
