"""The ids of documents in views that are made of other ids, and the version of one."""

from __future__ import annotations

from shared.application.contents import version_of
from shared.kernel.events import Data


def signup_key(program_id: str, person_id: str) -> str:
    return f"{program_id}/{person_id}"


def draft_key(pair_id: str) -> str:
    """When a draft is dropped."""
    return f"draft/{pair_id}"


def rolling_key(program_id: str) -> str:
    """When recommendations are made by themselves."""
    return f"rolling/{program_id}"


def version_of_signup(answers: Data | None) -> int | None:
    """What `If-Match` names: the event that the answers are from, as a number that tells nothing of the roster."""
    return version_of(answers["event"]) if answers else None
