"""A pair's id says where its streams are, so that nobody has to look it up: `<program_id>.<couple_id>.<n>`.

`n` counts how often these two were paired in the program, from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kernel.clock import from_text
from shared.kernel.errors import Refusal
from shared.kernel.ids import couple


class PairEnded(Refusal):
    """A blocked pair and any other that has ended answer alike, in every service (BL-04)."""

    slug = "pair-ended"
    sentence = "This pair has ended. What was shared can still be read, but nothing can be added."


class PairPaused(Refusal):
    slug = "pair-paused"
    sentence = "This pair is paused. Resume it to go on."


class PausedForReview(Refusal):
    """TS-22: seen by both, a sanction of neither."""

    slug = "paused-for-review"
    sentence = (
        "This pair is paused for review. Nobody is judged by it; it goes on when we have looked. You can still read, "
        "report and block."
    )


class AgeInReview(Refusal):
    kind = "forbidden"
    slug = "age-in-review"
    sentence = (
        "Your account is paused until we have looked at your age. You can still read, report and block, and take or "
        "erase your data."
    )


class CommitmentFirst(Refusal):
    slug = "commitment-first"
    sentence = "Both sides agree to the commitment before anything else."


class Restricted(Refusal):
    kind = "forbidden"
    slug = "restricted"
    sentence = "You cannot write for now. The statement that you were sent says why, for how long, and how to appeal."


def may_write(standing: Mapping[str, Any] | None, now: datetime) -> None:
    """Raises Restricted where a sanction stands: without an end, or with one that is yet to come (TS-15).

    `standing`: `{"until"}`, or without it where nothing stands.
    """
    if standing and "until" in standing and (standing["until"] is None or from_text(standing["until"]) > now):
        raise Restricted


def may_take_part(standing: Mapping[str, Any] | None, of_the_other: Mapping[str, Any] | None = None) -> None:
    """Raises AgeInReview where one's own age is `age_disputed`, PausedForReview where the other's is: a child
    neither writes here nor is written to (PR-18)."""
    if standing and standing.get("age_disputed"):
        raise AgeInReview
    if of_the_other and of_the_other.get("age_disputed"):
        raise PausedForReview


def pair_id(program_id: str, mentor_id: str, mentee_id: str, n: int) -> str:
    return f"{program_id}.{couple(mentor_id, mentee_id)}.{n}"


def program_of(pair: str) -> str:
    """The program of a pair; what is no pair's id names no program."""
    return pair.partition(".")[0]


def couple_of(pair: str) -> str:
    """The couple of a pair; what is no pair's id names no couple."""
    parts = pair.split(".")
    return parts[1] if len(parts) == 3 else "none"
