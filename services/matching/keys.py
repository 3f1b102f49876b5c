"""The ids of documents in views that are made of other ids."""

from __future__ import annotations


def signup_key(program_id: str, person_id: str) -> str:
    return f"{program_id}/{person_id}"


def draft_key(pair_id: str) -> str:
    """When a draft is dropped."""
    return f"draft/{pair_id}"


def rolling_key(program_id: str) -> str:
    """When recommendations are made by themselves."""
    return f"rolling/{program_id}"
