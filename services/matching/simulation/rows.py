"""One row of a table of arrivals: from its cells to a person, checked by the schema of the sign-up, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from services.matching.domain.errors import UnfitReply
from services.matching.domain.questions import Question
from services.matching.domain.replies import check
from services.matching.simulation.windows import windows, words
from shared.contracts.answers import Answers
from shared.contracts.matching_api import ROLES
from shared.kernel.events import Data

COLUMNS = {
    "day": "the day on which they sign up: a whole number, 0 is the first day (required)",
    "role": "mentor or mentee (required)",
    "person": "a name or number of your choice, each once (required)",
    "needs": "what a mentee wants help with, the most wanted first, ; between",
    "topics": "what a mentor can help with, what a mentee cares for, ; between (required)",
    "languages": "language tags, ; between: en;de (required)",
    "timezone": "an IANA name: Europe/Berlin (required)",
    "hours": "when they have time, by their own clock: mon 18:00-20:00; sat 09:00-12:00",
    "capacity": "how many mentees a mentor takes at a time (1)",
    "leaves_after_days": "gone after so many days without a pair (when the sign-up expires)",
    "do_not_pair": "people whom they are not to be paired with, ; between",
    "counts": "protected questions that they wish to count, ; between",
}
REPLY = "reply:"
"""Before the id of a question of the settings: a column with the replies to it."""
NEEDED = ("day", "role", "person", "topics", "languages", "timezone")
_LISTS = ("needs", "topics", "languages", "do_not_pair", "counts")
_LAST_DAY = 3650
_MOST_CAPACITY = 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """`answers` as they stand in a sign-up; `leaves_after_days` None where they wait until the sign-up expires."""

    day: int
    role: str
    person: str
    answers: Data
    leaves_after_days: int | None = None

    @property
    def capacity(self) -> int:
        return int(self.answers.get("capacity", 1))


class Unreadable(ValueError):
    """What is wrong with a row."""


def arrival(row: Mapping[str, str], questions: Sequence[Question]) -> Arrival:
    """The person of a row. Raises Unreadable."""
    cells = {name: row.get(name, "").strip() for name in COLUMNS}
    for name in NEEDED:
        if not cells[name]:
            raise Unreadable(f"{name}: missing")
    if cells["role"] not in ROLES:
        raise Unreadable(f"role: {cells['role']!r} is neither mentor nor mentee")
    day = _whole("day", cells["day"], 0, _LAST_DAY)
    leaves = cells["leaves_after_days"]
    patience = _whole("leaves_after_days", leaves, 1, _LAST_DAY) if leaves else None
    answers = _answers(cells)
    replies = {one.id: _reply(one, cell) for one in questions if (cell := row.get(REPLY + one.id, "").strip())}
    if replies:
        answers["replies"] = replies
    try:
        check(questions, cells["role"], answers)
    except UnfitReply as error:
        raise Unreadable(_first(error.extra["errors"]["answers"])) from None
    return Arrival(day, cells["role"], cells["person"], answers, patience)


def row(one: Arrival) -> dict[str, Any]:
    """The cells of a person, replies left out."""
    lists = {name: ";".join(one.answers.get(name, ())) for name in _LISTS}
    return lists | {
        "day": one.day,
        "role": one.role,
        "person": one.person,
        "timezone": one.answers["timezone"],
        "hours": words(one.answers.get("hours", ())),
        "capacity": one.answers.get("capacity", ""),
        "leaves_after_days": "" if one.leaves_after_days is None else one.leaves_after_days,
    }


def _answers(cells: Mapping[str, str]) -> Data:
    told: Data = {name: _parts(cells[name]) for name in _LISTS if cells[name]}
    told["timezone"] = cells["timezone"]
    if cells["capacity"]:
        told["capacity"] = _whole("capacity", cells["capacity"], 1, _MOST_CAPACITY)
    if cells["hours"]:
        try:
            told["hours"] = windows(cells["hours"])
        except ValueError as error:
            raise Unreadable(f"hours: {error}") from None
    try:
        return dict(Answers().load(told))
    except ValidationError as error:
        raise Unreadable(_first(error.messages)) from None


def _first(messages: Any) -> str:
    """The first complaint of a schema, after the name of the column that it is about."""
    names = []
    while isinstance(messages, dict):
        name, messages = next(iter(messages.items()))
        names.append(str(name))
    column = REPLY + names[1] if names[0] == "replies" else names[0]
    return f"{column}: {str(messages[0]).rstrip('.')}"


def _reply(question: Question, cell: str) -> Any:
    if question.type == "text":
        return cell
    numbers = [_whole(REPLY + question.id, part, 0, 100) for part in _parts(cell)]
    return numbers if question.type in {"multi-choice", "ranked"} or len(numbers) != 1 else numbers[0]


def _whole(column: str, text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise Unreadable(f"{column}: {text!r} is no whole number from {low} to {high}")
    return int(text)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
