"""A program's own questions, as matching knows them: numbers and ids, never words; and how two people's replies agree.

A question for mentees may name the mentors' question that it is held `against`; one that both are asked is held against
itself. The mentee's question leads: its weight and use count, and a question for mentors alone is never compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.matching.domain.profile import Profile

Reply = int | tuple[int, ...]
"""A place among the choices, counted from 1, or on the scale; several places for multi-choice and ranked."""

ENOUGH = 0.5
"""On a hard scale two people agree who stand no more than half of it apart."""


@dataclass(frozen=True, slots=True)
class Question:
    """`type`: text, choice, multi-choice, ranked or scale. `asked`: mentor, mentee or both. `size`: how many choices.

    `low` and `high` bound a scale. `weight` is 0 to 10. `use`: soft (counts in the score), hard (a rule) or none.
    `protected`: a trait that counts only where both of the two wish it. `deep`: about who somebody is rather than
    what group they belong to.
    """

    id: str
    type: str
    asked: str = "both"
    size: int = 0
    low: int = 0
    high: int = 0
    weight: int = 1
    use: str = "none"
    against: str | None = None
    protected: bool = False
    deep: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Question:
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})

    @property
    def other(self) -> str:
        """The id of the question that mentors are asked."""
        return self.against or self.id

    @property
    def compared(self) -> bool:
        """Whether mentors' and mentees' replies to it can be held against each other."""
        return self.type != "text" and (self.asked == "both" or (self.asked == "mentee" and self.against is not None))

    def is_asked_of(self, role: str) -> bool:
        return self.asked in (role, "both")


def likeness(question: Question, mentor: Profile, mentee: Profile) -> float | None:
    """How well two replies go together, 0 to 1; None where that cannot be known or is not to be asked.

    Choices: what the mentor chose of the mentee's, as a share of all that the one chose who chose more: so ticking more
    boxes never helps. Where mentees rank theirs, the first weighs 1, the second 1/2, the third 1/3. Scale: how near.
    """
    if not question.compared or not _wished(question, mentor, mentee):
        return None
    theirs, own = mentor.replies.get(question.other), mentee.replies.get(question.id)
    if theirs is None or own is None:
        return None
    if question.type == "scale":
        return _near(question, theirs, own)
    return _covered(_places(own), _places(theirs), ranked=question.type == "ranked")


def agree(question: Question, mentor: Profile, mentee: Profile) -> bool:
    """Whether two may be paired as far as a hard question goes. What somebody was never asked keeps nobody apart."""
    found = likeness(question, mentor, mentee)
    if found is None:
        return True
    return found >= ENOUGH if question.type == "scale" else found > 0


def _wished(question: Question, mentor: Profile, mentee: Profile) -> bool:
    return not question.protected or (question.other in mentor.counts and question.id in mentee.counts)


def _places(reply: Reply) -> tuple[int, ...]:
    return (reply,) if isinstance(reply, int) else reply


def _near(question: Question, one: Reply, other: Reply) -> float | None:
    if not isinstance(one, int) or not isinstance(other, int) or question.high <= question.low:
        return None
    return 1 - abs(one - other) / (question.high - question.low)


def _covered(wanted: tuple[int, ...], offered: tuple[int, ...], *, ranked: bool) -> float:
    weights = [1 / place if ranked else 1.0 for place in range(1, max(len(wanted), len(offered)) + 1)]
    return sum(weight for wish, weight in zip(wanted, weights, strict=False) if wish in offered) / sum(weights)
