"""What people reply to a program's own questions: whether it fits, and what of it can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.matching.domain.errors import UnfitReply
from services.matching.domain.questions import Question, Reply
from shared.kernel.events import Data


def fitting(questions: Iterable[Question], replies: Mapping[str, Any]) -> dict[str, Reply]:
    """The replies that can be compared. What was replied to a question that has been changed since is left out."""
    known = (
        (one.id, replies[one.id]) for one in questions if one.id in replies and _flaw(one, replies[one.id]) is None
    )
    return {
        name: tuple(reply) if isinstance(reply, list) else reply for name, reply in known if not isinstance(reply, str)
    }


def check(questions: Iterable[Question], role: str, answers: Data) -> None:
    """Raises UnfitReply, with one sentence for each question that is not replied to as it is asked."""
    known = list(questions)
    asked = {one.id: one for one in known if one.is_asked_of(role)}
    needed = {name for one in known if one.use == "hard" for name in (one.id, one.other)} & asked.keys()
    replies = answers.get("replies", {})
    flaws = {name: _flaw(asked[name], reply) if name in asked else _NOT_ASKED for name, reply in replies.items()}
    flaws |= dict.fromkeys(needed - replies.keys(), _NEEDED)
    found: Data = {name: [flaw] for name, flaw in sorted(flaws.items()) if flaw}
    strange = [name for name in answers.get("counts", ()) if name not in asked or not asked[name].protected]
    errors = {"replies": found} if found else {}
    errors |= {"counts": {name: [_NOT_PROTECTED] for name in sorted(strange)}} if strange else {}
    if errors:
        raise UnfitReply(errors={"answers": errors})


_NOT_ASKED = "This program does not ask you this."
_NEEDED = "This program pairs people by this question, so it needs a reply."
_NOT_PROTECTED = "Only protected questions that you are asked can be named here."


def _flaw(question: Question, reply: Any) -> str | None:
    """What is wrong with a reply, without a word of it."""
    match question.type:
        case "text":
            return None if isinstance(reply, str) else "This takes a text."
        case "choice":
            return None if _within(reply, 1, question.size) else f"This takes one number from 1 to {question.size}."
        case "scale":
            low, high = question.low, question.high
            return None if _within(reply, low, high) else f"This takes one number from {low} to {high}."
    several = isinstance(reply, list) and all(_within(one, 1, question.size) for one in reply)
    if several and reply and len(set(reply)) == len(reply):
        return None
    return f"This takes a list of different numbers from 1 to {question.size}."


def _within(reply: Any, low: int, high: int) -> bool:
    return isinstance(reply, int) and not isinstance(reply, bool) and low <= reply <= high
