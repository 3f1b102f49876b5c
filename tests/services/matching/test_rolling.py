"""Programs that people join at any time: a run by schedule, which publishes nothing unless the program says so."""

from __future__ import annotations

import pytest

from services.matching.domain import rolling as rolling_runs
from services.matching.domain.rolling import scheduled
from services.matching.domain.roster import Rolling
from shared.contracts.settings import RollingSettings
from shared.kernel.clock import from_text
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, OUTLINE, PLACE, PROGRAM, SETTINGS, Story

DAILY = {"every_days": 1, "publish": False}
DUE = "rolling/p1"


def rolling(**how: object) -> Story:
    """A daily program with one mentor and one mentee."""
    story = Story(rolling={**DAILY, **how})
    story.joins("max", "mentor", capacity=2)
    story.joins("mia", "mentee")
    return story


def made(story: Story) -> list[str]:
    return [event.type for event in story.events()]


def test_a_run_by_schedule_proposes_and_publishes_nothing() -> None:
    """Rolling: at its hour, and marked as such; what becomes of it is for an admin to say."""
    story = rolling()
    story.later(hours=23).nothing()
    story.later(hours=1).then("RecommendationsProposed", by_schedule=True)
    assert "published" not in story.events()[0].data
    story.then("RollingRunScheduled", at="2026-03-04T09:00:00.000Z")
    assert made(story) == ["RecommendationsProposed", "RollingRunScheduled"]
    found = story.asks("runs")["items"][0]
    assert (found["by_schedule"], found["pairs"]) == (True, 1)
    story.when("publish_recommendations", {**PROGRAM, "run_id": found["run_id"]}, ADMIN).then("PairIntroduced")


def test_a_program_that_says_so_publishes_by_schedule() -> None:
    """Both are introduced, in the same commit as the run, also where an admin had looked at the same before."""
    story = rolling(publish=True)
    story.given("recommend", PROGRAM, ADMIN)
    story.later(days=1).then("PairIntroduced", mentee_id="mia").then("PairsCreated")
    run, *others = story.events()
    assert (run.type, run.data["published"]) == ("RecommendationsProposed", 1)
    assert {event.position for event in others} == {run.position}
    assert story.view("pairs", story.asks("pairs_of_program")["items"][0]["pair_id"])["run_id"] == run.data["run_id"]


def test_more_than_fit_into_one_commit_are_published_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest follows at once, by a run of its own; the hour stays."""
    monkeypatch.setattr(rolling_runs, "AT_ONCE", 2)
    story = Story(rolling={**DAILY, "publish": True})
    for number in range(5):
        story.joins(f"mentor-{number}", "mentor")
        story.joins(f"mentee-{number}", "mentee")
    story.later(days=1, hours=2)
    story.later(minutes=1)
    story.later(minutes=1)
    assert [one["pairs"] for one in story.asks("runs")["items"]] == [1, 3, 5]
    pairs = story.asks("pairs_of_program")["items"]
    assert (len(pairs), {one["status"] for one in pairs}) == (5, {"active"})
    assert story.view("due", DUE)["at"] == "2026-03-04T09:00:00.000Z"


def test_the_dial_of_runs_by_schedule_is_a_setting() -> None:
    """P-10: between 0 and 1; a quarter where nothing is said."""
    story = rolling(fairness=0.75)
    story.later(days=1).then("RecommendationsProposed", fairness=0.75)
    story = rolling()
    story.later(days=1).then("RecommendationsProposed", fairness=0.25)
    assert RollingSettings().load({})["fairness"] == 0.25
    assert RollingSettings().validate({"fairness": 1.1})


def test_a_schedule_says_nothing_where_there_is_nothing_new() -> None:
    """Neither where nobody can be paired, nor what a run that is still good has said; it goes on all the same."""
    story = rolling()
    story.given("pause_signup", PROGRAM, person("max"))
    story.later(days=1)
    assert made(story) == ["RollingRunScheduled"]
    story.given("resume_signup", PROGRAM, person("max"))
    story.later(days=1).then("RecommendationsProposed")
    story.later(days=1)
    assert made(story) == ["RollingRunScheduled"]
    story.joins("eve", "mentee")
    story.later(days=1).then("RecommendationsProposed")
    story.later(days=1)
    assert made(story) == ["RollingRunScheduled"]


def test_what_is_more_than_fits_into_a_commit_is_published_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best first; nobody is forgotten."""
    monkeypatch.setattr(rolling_runs, "AT_ONCE", 1)
    story = rolling(publish=True)
    story.joins("moe", "mentor")
    story.joins("eve", "mentee")
    for _ in range(2):
        story.later(days=1).then("PairIntroduced")
        assert made(story).count("PairIntroduced") == 1


def test_what_a_run_has_said_is_said_again_when_it_is_too_old() -> None:
    """So that there is always one to publish."""
    story = rolling()
    story.later(days=1).then("RecommendationsProposed")
    runs = 0
    for _ in range(14):
        story.later(days=1)
        runs += "RecommendationsProposed" in made(story)
    assert runs >= 1
    newest = story.asks("runs")["items"][0]["run_id"]
    story.when("publish_recommendations", {**PROGRAM, "run_id": newest}, ADMIN).then("PairIntroduced")


def test_after_a_downtime_it_is_made_once_and_keeps_its_hour() -> None:
    """P-21: not once for every day that was missed."""
    story = rolling()
    story.later(days=5, hours=3).then("RollingRunScheduled", at="2026-03-08T09:00:00.000Z")
    assert made(story) == ["RecommendationsProposed", "RollingRunScheduled"]
    story.when("run_recommendations", PROGRAM).nothing()


def test_a_schedule_follows_the_settings_and_ends_with_the_program() -> None:
    """Other settings do not put it off; 0 days end it; a closed program has none, and opened again it has one."""
    story = rolling()
    revised: Data = {**OUTLINE, "settings": {**SETTINGS, "rolling": DAILY, "mentees_per_mentor": 1}}
    story.later(hours=9)
    story.arrives("programs.ProgramRevised", revised)
    assert made(story) == ["RosterRevised"]
    weekly = {**SETTINGS, "rolling": {**DAILY, "every_days": 7}}
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": weekly})
    assert story.view("due", DUE)["at"] == "2026-03-09T18:00:00.000Z"
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": SETTINGS}).then("RollingRunScheduled", at=None)
    assert DUE not in story.views.documents["due"]
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": weekly})
    story.arrives("programs.ProgramClosed", PLACE)
    assert DUE not in story.views.documents["due"]
    story.when("run_recommendations", PROGRAM).nothing()
    story.arrives("programs.ProgramOpened", {**PLACE, "settings": weekly}).then("RollingRunScheduled")


def test_the_next_run_is_whole_periods_after_the_last() -> None:
    """And after now, however long it took."""
    due = from_text("2026-03-02T09:00:00.000Z")
    for now, days, at in (
        ("2026-03-02T09:00:00.000Z", 1, "2026-03-03T09:00:00.000Z"),
        ("2026-03-05T08:59:59.999Z", 1, "2026-03-05T09:00:00.000Z"),
        ("2026-03-05T09:00:00.000Z", 3, "2026-03-08T09:00:00.000Z"),
        ("2026-03-05T09:00:00.000Z", 0, None),
    ):
        assert scheduled({}, Rolling(days), due, from_text(now)).data == {"at": at}


def test_a_block_before_the_hour_holds_where_a_program_publishes_by_itself() -> None:
    """BL-07: the run does not propose them, and nothing is made of it."""
    story = rolling(publish=True)
    story.arrives("conversations.BlockRequested", {"blocker_id": "mia", "blocked_id": "max"})
    story.later(days=1)
    assert made(story) == ["RollingRunScheduled"]
