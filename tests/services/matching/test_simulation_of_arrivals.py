"""`mentorship matching simulate`: the same arrivals through every policy."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.matching.domain.roster import Settings
from services.matching.simulation.arrivals import read, write
from services.matching.simulation.command import compare
from services.matching.simulation.figures import Figures
from services.matching.simulation.generator import generate
from services.matching.simulation.player import Terms, play
from services.matching.simulation.policies import Fits, Policy, policies
from services.matching.simulation.rows import Arrival
from shared.cli import main

HEAD = "day,role,person,needs,topics,languages,timezone,hours,capacity,leaves_after_days\n"
ADA = "0,mentor,ada,,python,en,UTC,,1,\n"
STORY = HEAD + ADA + "1,mentee,ben,writing,writing,en,UTC,,,10\n2,mentee,cleo,python,python,en,UTC,,,\n"
"""Ada has one place. Ben came first and she is no help to him; he leaves on day 11. Cleo came later, and fits."""
ONE_WEEK = Terms(days=21, every=7, settings=Settings(weeks=1, rematch_rest_days=0))
STRICT = Settings(weeks=4, hours_apart=6, hours_shared=1, mentees_per_mentor=2)


def table(folder: Path, text: str) -> Path:
    path = folder / "arrivals.csv"
    path.write_text(text)
    return path


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Figures]:
    return {one.policy: one for one in compare(read(table(tmp_path, STORY)), ONE_WEEK)}


@pytest.mark.parametrize("policy", ["first come", "ours, fairness 1"])
def test_who_came_first_is_served_first(told: dict[str, Figures], policy: str) -> None:
    """Ben on day 7, Cleo a week later when Ada is free again: both served, after 6 and 12 days, half of it of use."""
    found = told[policy]
    assert (found.served, found.mentees) == (2, 2)
    assert (found.coverage, found.fully_covered) == (0.5, 0.5)
    assert (found.waiting_mean, found.waiting_p90) == (9, 12)
    assert found.longest_served == 1
    assert found.waiting_by_week == (2, 1, 0)


@pytest.mark.parametrize("policy", ["greedy by score", "score only", "ours, fairness 0"])
def test_who_fits_best_is_served_first(told: dict[str, Figures], policy: str) -> None:
    """Cleo on day 7 after 5 days; Ben, who had waited longest, gave up after 10."""
    found = told[policy]
    assert (found.served, found.mentees) == (1, 2)
    assert (found.coverage, found.fully_covered) == (1, 1)
    assert (found.waiting_mean, found.waiting_p90) == (7.5, 10)
    assert found.longest_served == 0
    assert found.waiting_by_week == (2, 0, 0)


def test_the_same_seed_gives_the_same_figures_in_whatever_order_the_rows_stand() -> None:
    """People, plays and figures follow from the seed alone; another seed makes other people."""
    people = generate(50, 8, seed=3)
    shuffled = sorted(people, key=lambda _: random.Random(4).random())
    random.Random(5).shuffle(shuffled)
    terms = Terms(days=56, seed=3)
    assert people == generate(50, 8, seed=3) != generate(50, 8, seed=4)
    assert compare(people, terms) == compare(people, terms) == compare(shuffled, terms)


def test_made_up_people_come_back_from_their_file(tmp_path: Path) -> None:
    """What --write keeps, `read` gives back."""
    people = generate(80, 10, seed=6)
    people[0] = replace(people[0], answers={**people[0].answers, "do_not_pair": [people[1].person]})
    write(tmp_path / "kept.csv", people)
    assert read(tmp_path / "kept.csv") == people


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.name)
def test_no_policy_breaks_a_rule_or_gives_a_place_twice(policy: Policy) -> None:
    """Everybody in pairs has a language in common and was not to be kept apart; places and mentees are given once."""
    people = {one.person: one for one in apart(generate(120, 12, seed=7))}
    played = play(list(people.values()), policy, Terms(days=84, settings=STRICT), Fits())
    assert len(played.pairs) > 10
    assert len({pair.mentee_id for pair in played.pairs}) == len(played.pairs)
    for pair in played.pairs:
        mentor, mentee = people[pair.mentor_id], people[pair.mentee_id]
        assert {*mentor.answers["languages"]} & {*mentee.answers["languages"]}
        assert mentor.person not in mentee.answers.get("do_not_pair", ())
        assert pair.fit.hours is None or pair.fit.hours > 0
        running = [one for one in played.pairs if one.mentor_id == pair.mentor_id and 0 <= pair.day - one.day < 28]
        assert len(running) <= min(mentor.capacity, 2)


def apart(people: list[Arrival]) -> list[Arrival]:
    """The same people, each mentee with a wish not to be paired with any of the first three mentors."""
    first = [one.person for one in people if one.role == "mentor"][:3]
    return [
        one if one.role == "mentor" else replace(one, answers={**one.answers, "do_not_pair": first}) for one in people
    ]


def test_a_policy_that_breaks_a_rule_is_found_out(tmp_path: Path) -> None:
    """The player asks the rules of the service about every couple again."""
    people = read(table(tmp_path, HEAD + ADA + "0,mentee,eve,python,python,fr,UTC,,,\n"))
    reckless = Policy("reckless", lambda _instance, _fits, _seed: [("ada", "eve")])
    with pytest.raises(ValueError, match="hard rule"):
        play(people, reckless, ONE_WEEK, Fits())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,mentor,bo,,python,en,UTC,,1,", "day: 'x' is no whole number from 0 to 3650"),
        ("1,boss,bo,,python,en,UTC,,1,", "role: 'boss' is neither mentor nor mentee"),
        ("1,mentor,,,python,en,UTC,,1,", "person: missing"),
        ("1,mentor,bo,,python,english please,UTC,,1,", "languages: String does not match"),
        ("1,mentor,bo,,python,en,Mars/Base,,1,", "timezone: Name a time zone of the IANA database"),
        ("1,mentor,bo,,python,en,UTC,sometimes,1,", "hours: 'sometimes' is no weekday with two times"),
        ("1,mentor,bo,,python,en,UTC,mon 20:00-18:00,1,", "hours: It ends before it begins"),
        ("1,mentor,bo,,python,en,UTC,,99,", "capacity: '99' is no whole number from 1 to 20"),
        ("1,mentee,bo,,python,en,UTC,,,soon", "leaves_after_days: 'soon' is no whole number from 1 to 3650"),
        ("1,mentee,ada,,python,en,UTC,,,", "person: 'ada' came before, on line 2"),
        ("1,mentee,bo,a,b,en,UTC,,,,and,more", "more cells than columns"),
        ('1,mentee,"bo', "this is no CSV"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, said: str
) -> None:
    """One sentence on stderr with the line, the column and what is wrong; exit status 1 and no table."""
    assert main(["matching", "simulate", str(table(tmp_path, HEAD + ADA + row + "\n"))]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert "line 3" in error
    assert said in error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the column day is missing"),
        (HEAD.replace("needs", "wishes") + ADA, "'wishes' is no column that is known"),
        (HEAD.replace("needs", "day") + ADA, "the column day is there twice"),
        (HEAD, "has no arrivals"),
    ],
)
def test_a_table_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """The first line must name the columns, and somebody must come."""
    assert main(["matching", "simulate", str(table(tmp_path, text))]) == 1
    assert said in capsys.readouterr().err


def test_replies_to_the_questions_of_the_settings_keep_apart(tmp_path: Path) -> None:
    """A hard question is a column of its own, and is asked of everybody whom the program asks."""
    question = {"id": "field", "type": "choice", "asked": "both", "size": 3, "low": 0, "high": 0, "use": "hard"}
    settings = Settings.of({"questions": [question]})
    head, ada = HEAD.strip() + ",reply:field\n", ADA.strip() + ",1\n"
    path = table(
        tmp_path, head + ada + "0,mentee,ben,python,python,en,UTC,,,,2\n0,mentee,cleo,python,python,en,UTC,,,,1\n"
    )
    played = play(read(path, settings.questions), policies()[0], Terms(days=1, settings=settings), Fits())
    assert [pair.mentee_id for pair in played.pairs] == ["cleo"]


def test_the_command_prints_a_table_and_a_plot_and_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each policy, the plot below it, and an SVG that any reader of XML can open."""
    picture = tmp_path / "plot.svg"
    assert main(["matching", "simulate", "--generate", "30", "--weeks", "4", "--svg", str(picture)]) == 0
    out = capsys.readouterr().out
    assert all(f"  {policy.name} " in out for policy in policies())
    assert "longest-waiting served" in out
    assert ET.parse(picture).getroot().tag.endswith("svg")


def test_the_command_gives_every_figure_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For whoever wants to draw their own."""
    four_weeks = ["--weeks", "4", "--pair-weeks", "1", "--json"]
    assert main(["matching", "simulate", str(table(tmp_path, STORY)), *four_weeks]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["people"] == 3
    assert found["policies"][0]["served_by_needs"] == {"1": [2, 2]}


@pytest.mark.parametrize("arguments", [[], ["x.csv", "--generate", "9"], ["x.csv", "--write", "y.csv"]])
def test_people_come_from_a_file_or_are_made_up(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Exactly one of the two, and only what was made up is written."""
    assert main(["matching", "simulate", *arguments]) == 1
    assert "--generate" in capsys.readouterr().err
