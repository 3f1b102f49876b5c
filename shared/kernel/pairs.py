"""A pair's id says where its streams are, so that nobody has to look it up: `<program_id>.<couple_id>.<n>`.

`n` counts how often these two were paired in the program, from 1.
"""

from __future__ import annotations

from shared.kernel.ids import couple


def pair_id(program_id: str, mentor_id: str, mentee_id: str, n: int) -> str:
    return f"{program_id}.{couple(mentor_id, mentee_id)}.{n}"


def program_of(pair: str) -> str:
    """The program of a pair; what is no pair's id names no program."""
    return pair.partition(".")[0]


def couple_of(pair: str) -> str:
    """The couple of a pair; what is no pair's id names no couple."""
    parts = pair.split(".")
    return parts[1] if len(parts) == 3 else "none"
