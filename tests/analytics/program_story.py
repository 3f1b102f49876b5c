"""A program from its opening to its first paused pair, with a case: told in three logs that have real views."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.kernel.pairs import pair_id
from tests.analytics.story import PRIVATE_WORD, Story, sign_up

LOGS = ("programs", "matching", "trust_safety")
PROGRAM = "program-1"
PAIR = pair_id(PROGRAM, "person-1", "person-2", 1)
_EXAMPLES = Path(__file__).parents[1] / "architecture/examples"


def example(name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """An event as the examples have it, of this program and pair; whatever is sealed holds the private word."""
    data = json.loads((_EXAMPLES / f"{name}.v1.json").read_text())
    mine = {
        "program_id": PROGRAM,
        "group_id": "soap",
        "pair_id": PAIR,
        "mentor_id": "person-1",
        "mentee_id": "person-2",
    }
    words = {field: PRIVATE_WORD for field, value in data.items() if value == "sealed.1.AAAA"}
    return name, {**data, **{field: value for field, value in mine.items() if field in data}, **words, **fields}


def begin(story: Story) -> None:
    """Two people are introduced to each other, and one of their messages is reported; in another program so is more."""
    story.tell(f"program-{PROGRAM}", example("programs.ProgramCreated"))
    story.tell(f"program-{PROGRAM}", example("programs.ProgramOpened"))
    story.tell(f"roster-{PROGRAM}", example("matching.RosterOpened"))
    for number in (1, 2, 3):
        story.tell(f"roster-{PROGRAM}", sign_up(number), by=f"person-{number}")
    story.tell(f"roster-{PROGRAM}", example("matching.PairCreated"), example("matching.PairIntroduced"))
    story.tell(f"journey-{PAIR}", example("programs.JourneyStarted", step_ids=["hello", "goals"]))
    report = example("trust_safety.ReportFiled", case_id="case-1")
    opened = example("trust_safety.CaseOpened", case_id="case-1")
    elsewhere = example("trust_safety.CaseOpened", case_id="case-3", program_id="program-2")
    story.tell("case-of-somebody", report, opened, elsewhere)
    story.tell("case-elsewhere", example("trust_safety.CaseOpened", case_id="case-2", program_id="program-2"))


def go_on(story: Story) -> None:
    """A step is done, somebody leaves, the case is over, and the pair rests."""
    story.tell(f"journey-{PAIR}", example("programs.StepCompleted", step_id="hello"))
    over = {"signup_id": "signup-3", "person_id": "person-3"}
    story.tell(f"roster-{PROGRAM}", example("matching.SignupWithdrawn", **over))
    story.tell("case-of-somebody", example("trust_safety.CaseClosed", case_id="case-1", reporter_ids=[]))
    story.tell(f"roster-{PROGRAM}", example("matching.PairPaused"))
    story.tell(f"journey-{PAIR}", example("programs.JourneyPaused", review_id=None))
