"""The five explanations of one run that the service's README shows, as they come out of the code."""

from __future__ import annotations

from pathlib import Path

from services import matching
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.soap import free, left_over, of_mentee, recommended, soap_makers
from tests.services.matching.story import PROGRAM

README = Path(str(matching.__file__)).with_name("README.md")


def test_the_explanations_in_the_readme_are_those_of_the_code() -> None:
    """P-09: word for word."""
    readme = README.read_text()
    for explanation in told():
        assert explanation in readme


def told() -> list[str]:
    """Each as it stands in the README."""
    story = soap_makers(hours_shared=1, rematch_rest_days=0)
    story.joins("noor", "mentor", topics=["labels"], hours=free((2, "18:00", "22:00"), (4, "18:00", "19:30")))
    story.joins("gus", "mentor", topics=["labels"], hours=free((2, "17:00", "19:00")))
    story.joins("kai", "mentee", topics=["labels"], needs=["labels", "prices"], hours=free((2, "18:00", "21:30")))
    story.joins("lea", "mentee", topics=["moulds"], needs=["moulds"], hours=free((7, "06:00", "07:00")))
    ended = story.pairs("gus", "kai")
    story.given("end_pair", {"pair_id": ended, "reason": "schedule"}, person("kai"))
    story.given("withdraw_signup", PROGRAM, person("gus"))
    run = recommended(story)
    return [*(_proposal(of_mentee(run, name)) for name in ("eve", "mia", "ben", "kai")), _left(left_over(run, "lea"))]


def _proposal(one: Data) -> str:
    who = f"{one['mentor_name']} for {one['mentee_name']}, {round(100 * one['score'])} of 100."
    lines = [f"**{who}** {' '.join(one['reasons'])}"]
    lines += [f"*Not met:* {', '.join(one['unmet'])}."] if one["unmet"] else []
    if one["runner_up"]:
        lines += [f"*Next:* {one['runner_up']['why']}"]
    lines += [f"*What would change it:* {' '.join(one['would_change'])}"] if one["would_change"] else []
    return "\n".join(f"> {line}" for line in lines)


def _left(one: Data) -> str:
    return "\n".join(
        [
            f"> **{one['name']}, left over.** {' '.join(one['because'])}",
            f"> *What would help:* {' '.join(one['would_help'])}",
        ]
    )
