"""Explanations: what an admin reads of a proposal, of a runner-up and of somebody left over (P-09)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts import recommendations_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.soap import MENTEES, MENTORS, QUESTIONS, free, of_mentee, recommended, soap_makers
from tests.services.matching.story import ADMIN, PROGRAM, Story, answers


def sentences(one: Data) -> str:
    """All that a run says about one proposal, or about one person left over."""
    runner_up = one.get("runner_up") or {}
    lists = (one.get(name, []) for name in ("reasons", "unmet", "would_change", "because", "would_help"))
    return "\n".join([*(line for lines in lists for line in lines), one.get("why", ""), str(runner_up.get("why"))])


def test_a_proposal_says_why() -> None:
    """Wishes in their order, replies, hours, language and clocks; what stays unmet; the answer has its shape."""
    run = recommended(soap_makers())
    assert not api.RecommendationsAnswer().validate(run)
    mia = of_mentee(run, "mia")
    assert mia["reasons"] == [
        "Max can help with 2 of Mia's 3 wishes: “lye” (the first) and “moulds” (the second).",
        "Their replies go together on 1 of the program's 2 questions: “pace”.",
        "They are both free 2.5 hours a week, also after the clocks change.",
        "Both speak English.",
        "Their clocks agree.",
    ]
    assert mia["unmet"] == ["labels"]
    assert of_mentee(run, "eve")["reasons"][0] == "Moe can help with what Eve wants: “Scents”."


def test_places_of_wishes_are_the_mentees_and_nearly_alike_is_alike() -> None:
    """A quarter of the scale apart is near; where no clock changes, nothing is said of a change."""
    mia = {"needs": ["labels", "lye", "moulds"], "replies": {"learns-by": [1], "pace": 3}}
    assert of_mentee(recommended(soap_makers(weeks=1, mia=mia)), "mia")["reasons"][:3] == [
        "Max can help with 2 of Mia's 3 wishes: “lye” (the second) and “moulds” (the third).",
        "Their replies go together on 1 of the program's 2 questions: “pace”.",
        "They are both free 2.5 hours a week.",
    ]


def test_hours_are_told_for_the_weeks_in_which_clocks_differ_too() -> None:
    """New York changes its clocks three weeks before Berlin does."""
    ben = of_mentee(recommended(soap_makers()), "ben")
    assert "Amy can help with both wishes of Ben: “selling” and “packaging”." in ben["reasons"]
    assert "They are both free 2 hours a week, and 1 in the weeks when a clock has changed." in ben["reasons"]
    assert "Their clocks are 5 to 6 hours apart while the program runs." in ben["reasons"]


def test_the_runner_up_by_how_much_and_on_what() -> None:
    """The parts that weigh most in the difference, in words."""
    mia = of_mentee(recommended(soap_makers()), "mia")
    assert mia["runner_up"]["mentor_name"] == "Moe"
    assert mia["runner_up"]["behind"] == pytest.approx(mia["score"] - mia["runner_up"]["score"])
    why = "Moe comes next, 25 points of 100 behind: Moe does not offer “moulds” and replied less like Mia."
    assert mia["runner_up"]["why"] == why
    assert mia["would_change"] == ["No one change of topics, hours or languages would put Moe first."]


def test_what_would_change_it_is_tried_not_guessed() -> None:
    """Max is only two points behind for Eve: two hours more would do, and with these Max is the one proposed."""
    eve = of_mentee(recommended(soap_makers()), "eve")
    assert eve["would_change"] == [
        "If Max were free for 2 more hours with Eve at weekends, Max would fit Eve better than Moe.",
    ]
    wider = free((1, "18:00", "20:00"), (3, "18:00", "20:00"), (6, "09:00", "11:00"))
    found = soap_makers(max={"hours": wider}).asks("candidates", mentee_id="eve")
    assert found["items"][0]["mentor_id"] == "max"


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("21:00", "Moe fits just as well."),
        ("19:00", "Moe comes next, 8 points of 100 behind: Moe shares 1 instead of 3 hours a week with Mia."),
    ],
)
def test_a_runner_up_is_told_by_hours_where_these_are_all_that_differs(end: str, why: str) -> None:
    """Both names where they belong; what would only make them equal is not said to put them first."""
    story = Story()
    for name, role, until in (("max", "mentor", "21:00"), ("mia", "mentee", "21:00"), ("moe", "mentor", end)):
        story.joins(name, role, hours=free((1, "18:00", until)))
    mia = of_mentee(recommended(story), "mia")
    other = mia["runner_up"]["mentor_name"]
    assert mia["runner_up"]["why"] == why.replace("Moe", other)
    assert mia["would_change"] == [f"No one change of topics, hours or languages would put {other} first."]


def test_one_more_topic_may_put_the_runner_up_first() -> None:
    """Scored again with the most wanted of the topics that they lack."""
    like_max = {"topics": ["lye"], "replies": MENTORS["max"]["replies"], "hours": MENTORS["max"]["hours"]}
    run = recommended(soap_makers(moe={**like_max, "timezone": "Europe/Berlin"}, eve={"languages": ["pt"]}))
    mia = of_mentee(run, "mia")
    assert mia["would_change"][0] == "If Moe also offered “moulds”, Moe would fit Mia better than Max."


def test_a_better_mentor_who_is_needed_elsewhere_is_named() -> None:
    """With the one whom they are proposed to, and the place that would change it."""
    run = recommended(
        soap_makers(moe={"topics": ["x"]}, eve={"needs": ["lye"], "topics": ["lye"], "languages": ["de"]})
    )
    mia = of_mentee(run, "mia")
    assert mia["runner_up"]["why"].startswith("Max would fit Mia better by ")
    assert mia["runner_up"]["why"].endswith(" points, but is proposed to Eve.")
    assert mia["runner_up"]["behind"] < 0
    assert mia["would_change"] == ["With one more place, Max could be proposed to Mia too."]


def test_a_pair_that_an_admin_keeps_says_so() -> None:
    """It has no runner-up."""
    run = recommended(soap_makers(), locked=[{"mentor_id": "moe", "mentee_id": "mia"}])
    mia = of_mentee(run, "mia")
    assert mia["reasons"][-1] == "An admin wanted these two to stay together."
    assert (mia["runner_up"], mia["would_change"]) == (None, [])


def test_after_a_pair_that_failed_it_is_told_whether_this_is_better_on_that() -> None:
    """On the typed reason of the ending; the mentor of that pair is not named."""
    story = soap_makers(rematch_rest_days=0)
    ended = story.pairs("amy", "mia")
    story.given("end_pair", {"pair_id": ended, "reason": "schedule"}, person("mia"))
    mia = of_mentee(recommended(story), "mia")
    assert (
        mia["reasons"][-1]
        == "Mia's last pair ended over “schedule”. On shared hours this is better: 83 of 100 now, 0 then."
    )
    assert "Amy" not in sentences(mia)


FAITHFUL: Data = {"replies": {**MENTEES["mia"]["replies"], "faith": 1}, "counts": ["faith"]}


def test_after_a_pair_nothing_is_told_of_a_protected_reply() -> None:
    """Were it told how the replies go together now, theirs could be reckoned; so it is told of the wishes."""
    story = soap_makers(
        rematch_rest_days=0,
        mia=FAITHFUL,
        max={"replies": {**MENTORS["max"]["replies"], "faith": 1}},
        amy={"replies": {"faith": 2}},
    )
    story.given("end_pair", {"pair_id": story.pairs("amy", "mia"), "reason": "mismatch"}, person("mia"))
    mia = of_mentee(recommended(story), "mia")
    assert mia["reasons"][-1].startswith("Mia's last pair ended over “mismatch”. On wishes this is better: ")


def test_a_runner_up_who_differs_in_a_protected_reply_alone_is_not_told_by_it() -> None:
    """What is said is that they fit just as well: nothing shown is made with protected replies."""
    alike = {**MENTORS["max"], "timezone": "Europe/Berlin"}
    told = {name: {**alike, "replies": {**alike["replies"], "faith": at}} for at, name in ((1, "max"), (2, "moe"))}
    mia = of_mentee(recommended(soap_makers(mia=FAITHFUL, **told)), "mia")
    assert mia["runner_up"]["why"] in {"Max fits just as well.", "Moe fits just as well."}


def test_a_question_that_pairs_nobody_is_no_reason() -> None:
    """It is read by people only: neither told nor counted; what is open shows as a part of the score."""
    tea = {"id": "tea", "type": "choice", "asked": "both", "size": 2}
    said = {name: {"replies": {**of[name]["replies"], "tea": 1}} for name, of in (("max", MENTORS), ("mia", MENTEES))}
    mia = of_mentee(recommended(soap_makers(questions=[*QUESTIONS, tea], **said)), "mia")
    assert "Their replies go together on 1 of the program's 2 questions: “pace”." in mia["reasons"]
    assert mia["parts"]["questions"] is not None


def test_a_better_mentor_who_fails_on_the_same_point_is_named_as_that() -> None:
    """A little less quality for what the last pair lacked."""
    lye = {"topics": ["lye"], "needs": ["lye"], "languages": ["en", "de"]}
    once = free((1, "18:00", "19:00"))
    story = soap_makers(
        max={"topics": ["lye"], "hours": once, "replies": {}},
        moe={"topics": ["lye", "scents"], "hours": free((1, "18:00", "19:30")), "replies": {}},
        amy={"topics": ["lye", "x"], "hours": once, "timezone": "Europe/Berlin"},
        mia={**lye, "hours": free((1, "17:00", "21:00")), "replies": {}},
        rematch_rest_days=0,
        eve={"languages": ["pt"]},
        ben={"languages": ["pt"]},
    )
    ended = story.pairs("amy", "mia")
    story.given("end_pair", {"pair_id": ended, "reason": "schedule"}, person("mia"))
    mia = of_mentee(recommended(story, fairness=0), "mia")
    assert mia["mentor_id"] == "moe"
    assert mia["runner_up"]["why"].endswith(", but is no better on what the last pair failed on.")
    assert mia["would_change"] == []


def test_nothing_private_of_one_shows_in_the_sentences_about_another() -> None:
    """Wishes not to be paired, protected and text replies nowhere; what somebody wants with nobody else (BL-06)."""
    secret: dict[str, Any] = {"goal": "SECRET", "about": "SECRET", "availability": "SECRET", "counts": ["faith"]}
    told: Data = {}
    for name, said in {**MENTORS, **MENTEES}.items():
        private = {**secret, "do_not_pair": ["SECRET"]}
        replies = {**said.get("replies", {}), "faith": 1 + len(name) % 2, "story": "SECRET"}
        words = {"topics": [*said["topics"], f"TOPIC-{name}"]}
        needs = {"needs": [*said["needs"], f"NEED-{name}"]} if "needs" in said else {}
        told[name] = {**private, **words, **needs, "replies": replies}
    story = soap_makers(**told)
    run = recommended(story)
    candidates = [one for name in MENTORS for one in story.asks("candidates", mentor_id=name)["items"]]
    assert len(run["proposals"]) == 3
    for one in [*run["proposals"], *run["unmatched"], *candidates]:
        owner, blob = one.get("mentee_id") or one["person_id"], sentences(one)
        others = {**MENTORS, **MENTEES}.keys() - {owner}
        assert not [word for word in ("SECRET", "faith", "story") if word in blob]
        assert not [name for name in others if f"NEED-{name}" in blob or f"TOPIC-{name}" in blob]


def test_admins_do_not_read_protected_replies_in_the_sign_ups() -> None:
    """Nor whether they are to count, nor wishes not to be paired; the person does."""
    private = {"replies": {"faith": 2, "pace": 3}, "counts": ["faith"], "do_not_pair": ["moe"]}
    story = soap_makers(mia=private)
    seen = {one["person_id"]: one["answers"] for one in story.asks("signups")["items"]}
    assert seen["mia"]["replies"] == {"pace": 3}
    assert not seen["mia"].keys() & {"do_not_pair", "counts"}
    assert private.items() <= story.ask("my_signup", PROGRAM, person("mia"))["answers"].items()


def test_sentences_end_with_the_answers() -> None:
    """After an erasure they cannot be made any more; after a change they are still those that the run was made from."""
    story = soap_makers()
    before = recommended(story)
    run_id = before["run_id"]
    story.given("change_signup", {**PROGRAM, "answers": answers(topics=["x"], needs=["y"])}, person("mia"))
    assert story.asks("recommendations", run_id=run_id)["proposals"] == before["proposals"]
    story.keys.destroy_owner("moe")
    run = story.asks("recommendations", run_id=run_id)
    gone = ["The answers that this was made from have been removed since."]
    assert of_mentee(run, "eve")["reasons"] == gone
    assert of_mentee(run, "mia")["runner_up"]["why"] is None
    assert not api.RecommendationsAnswer().validate(run)


def test_candidates_for_a_mentor_are_mentees_with_the_same_reasons() -> None:
    """P-06: either side may be asked for, not both."""
    story = soap_makers()
    found = story.asks("candidates", mentor_id="moe")
    assert not api.CandidatesAnswer().validate(found)
    assert [one["mentee_id"] for one in found["items"]] == ["eve", "mia", "ben"]
    assert found["items"][0]["reasons"] == of_mentee(recommended(story), "eve")["reasons"]
    both = {**PROGRAM, "mentor_id": "moe", "mentee_id": "eve"}
    assert story.asked_refused("candidates", both, ADMIN) == "invalid-input"
    assert story.asked_refused("candidates", PROGRAM, ADMIN) == "invalid-input"
    assert story.asked_refused("candidates", {**PROGRAM, "mentor_id": "eve"}, ADMIN) == "wrong-role"
