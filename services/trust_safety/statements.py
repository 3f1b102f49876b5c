"""A statement of reasons in a person's language: fact, policy, scope, duration, who decided, how to object (TS-17).

It is made of what the person may know, and of nothing else: it cannot name who reported, or what was reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.trust_safety.domain.rules import LASTING
from shared.contracts.trust_safety_api import LANGUAGES
from shared.kernel.clock import from_text
from shared.kernel.events import Data

_TEXTS = Path(__file__).parent / "texts"


def in_words(statement: Data, language: str) -> str:
    """One line for each thing that a person has to be told. `statement`: as `my_statements` answers it."""
    words = catalogue(language)
    said = {
        **{name: _day(statement[name]) for name in ("until", "lifted_at", "appeal_before")},
        "action": words["actions"][statement["action"]],
        "message": statement["message"],
        "policies": ", ".join(statement["policies"]),
    }
    lines = [
        *words["lines"].values(),
        words["scope"][statement["scope"]],
        words["duration"][_duration(statement)],
        words["decided"],
        words["appeal"][statement["appeal"]],
    ]
    return "\n".join(line.format(**said) for line in lines)


def _duration(statement: Data) -> str:
    if statement["action"] not in LASTING:
        return "moment"
    if statement["lifted_at"]:
        return "lifted"
    return "until" if statement["until"] else "lasting"


def _day(moment: str | None) -> str:
    return from_text(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """All strings of one of LANGUAGES."""
    found: dict[str, Any] = yaml.safe_load((_TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return found


__all__ = ["LANGUAGES", "catalogue", "in_words"]
