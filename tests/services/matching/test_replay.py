"""A run made again: the same answer, as long as what it was made from is there (P-09)."""

from __future__ import annotations

import pytest

from services.matching import replaying
from services.matching.domain import recommending
from services.matching.domain.instance import Instance
from services.matching.domain.planning import Choice, Dial
from shared.contracts import recommendations_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.soap import MENTEES, recommended, soap_makers
from tests.services.matching.story import ADMIN, OUTLINE, PROGRAM, SETTINGS, Story, answers

SAME = "The same answer came out again: 3 pairs."


def made() -> tuple[Story, str]:
    """A run with a block in it, so that all that a run keeps is needed."""
    story = soap_makers()
    story.arrives("conversations.BlockRequested", {"blocker_id": "amy", "blocked_id": "eve"})
    return story, recommended(story)["run_id"]


def replay(story: Story, run_id: str) -> Data:
    found = story.asks("replay", run_id=run_id)
    assert not api.ReplayAnswer().validate(found)
    return found


def test_the_same_answer_comes_out_again_whatever_happened_since() -> None:
    """New people, pairs, weeks and settings are no part of the run."""
    story, run_id = made()
    story.joins("new", "mentor", topics=["lye", "moulds", "labels"])
    story.pairs("max", "mia")
    story.later(days=30)
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": {**SETTINGS, "hours_apart": 1}})
    assert replay(story, run_id) == {"run_id": run_id, "replayed": True, "said": SAME}


def test_a_run_with_locked_pairs_and_former_pairs_is_replayed() -> None:
    """These are kept with it."""
    story = soap_makers(rematch_rest_days=0)
    ended = story.pairs("max", "mia")
    story.given("end_pair", {"pair_id": ended, "reason": "mismatch"}, person("mia"))
    run_id = recommended(story, fairness=0.75, seed=7, locked=[{"mentor_id": "amy", "mentee_id": "eve"}])["run_id"]
    assert replay(story, run_id)["replayed"] is True


def test_a_run_is_replayed_from_the_answers_of_its_day() -> None:
    """Who wants something else since, or left, changes neither its pairs nor its reasons."""
    story, run_id = made()
    before = story.asks("recommendations", run_id=run_id)
    changed = answers(topics=["candles"], needs=["wicks"], languages=["pt"], goal="light")
    story.given("change_signup", {**PROGRAM, "answers": changed}, person("mia"))
    story.given("withdraw_signup", PROGRAM, person("max"))
    assert replay(story, run_id)["replayed"] is True
    assert story.asks("recommendations", run_id=run_id) == before


def test_it_says_so_where_answers_were_erased() -> None:
    """Then it cannot be tried: nothing outlives its key."""
    story, run_id = made()
    story.given("change_signup", {**PROGRAM, "answers": answers(**MENTEES["mia"])}, person("mia"))
    story.keys.destroy_owner("mia")
    said = "It cannot be tried again. 1 person has removed their answers since."
    assert replay(story, run_id) == {"run_id": run_id, "replayed": None, "said": said}
    story.keys.destroy_owner("eve")
    assert "2 people have" in replay(story, run_id)["said"]


def test_another_answer_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the solver to place nobody, it would be told."""
    story, run_id = made()

    def nobody(instance: Instance, _dial: Dial) -> dict[str, Choice]:
        return {one.person_id: Choice(None, None, 0) for one in instance.mentees}

    monkeypatch.setattr(replaying, "solve", nobody)
    said = "Another answer came out: 3 of 3 pairs differ."
    assert replay(story, run_id) == {"run_id": run_id, "replayed": False, "said": said}


def test_a_run_of_another_algorithm_is_not_held_against_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says by what it was made."""
    story, run_id = made()
    for module in (recommending, replaying):
        monkeypatch.setattr(module, "ALGORITHM", "later-2")
    found = replay(story, run_id)
    assert found["replayed"] is None
    assert found["said"].endswith("now runs are made by later-2.")


def test_a_run_from_before_is_read_but_not_replayed() -> None:
    """It kept less: the parts that there were, and whose answers it proposed."""
    story, run_id = made()
    run = story.views.documents["runs"][run_id]
    kept = story.app.reads.open(run["detail"])
    for one in kept["proposals"]:
        one["parts"] = {name: one["parts"][name] for name in ("needs", "topics", "languages", "clocks")}
    told = {"proposals": kept["proposals"], "unmatched": kept["unmatched"]}
    key, event, field = (run["detail"][name] for name in ("key", "event", "field"))
    run["detail"]["sealed"] = story.app.sealer.seal(key, event, field, told)
    found = story.asks("recommendations", run_id=run_id)
    assert not api.RecommendationsAnswer().validate(found)
    assert len(found["proposals"]) == 3
    assert replay(story, run_id)["said"].endswith("It was made before runs were kept whole.")


def test_a_run_from_when_protected_replies_showed_shows_none_of_it() -> None:
    """P-08: its scores were made with them; what is left of these is made from the other parts."""
    faith = {"replies": {"faith": 1}, "counts": ["faith"]}
    story = soap_makers(moe=faith, eve=faith)
    run_id = recommended(story)["run_id"]
    run = story.views.documents["runs"][run_id]
    run["algorithm"] = "sparse-1"
    kept = story.app.reads.open(run["detail"])
    for one in kept["proposals"]:
        one["parts"]["questions"], one["score"] = 1, 0.99
    key, event, field = (run["detail"][name] for name in ("key", "event", "field"))
    run["detail"]["sealed"] = story.app.sealer.seal(key, event, field, kept)
    for one in story.asks("recommendations", run_id=run_id)["proposals"]:
        assert one["score"] < 0.99
        assert one["runner_up"] is None


def test_a_run_of_another_program_is_not_replayed() -> None:
    """Unknown and foreign answer alike; it is the admins' to ask."""
    story, run_id = made()
    assert story.asked_refused("replay", {**PROGRAM, "run_id": "none"}, ADMIN) == "not-found"
    assert story.asked_refused("replay", {**PROGRAM, "run_id": run_id}, person("mia")) == "forbidden"
