"""The templates that come with the system (P-01): YAML files beside this one, read once.

A file of format 1 has `id`, `title`, `summary`, `audience`, `weeks`, `commitment`, `steps` and `closing_questions`, and
what people are asked when they sign up: `goal_examples` and `questions` (see `shared.contracts.questions`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from shared.contracts.questions import Question
from shared.kernel.events import Data

_FOLDER = Path(__file__).parent / "templates"


@cache
def templates() -> dict[str, Data]:
    """Every template by its id, in the order of their titles."""
    loaded = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("*.yaml")]
    return {
        template["id"]: _whole(template) for template in sorted(loaded, key=lambda template: str(template["title"]))
    }


def _whole(template: Data) -> Data:
    """With the defaults of its questions. Raises ValidationError where one of them is misspelt."""
    return {**template, "questions": Question(many=True).load(template["questions"])}
