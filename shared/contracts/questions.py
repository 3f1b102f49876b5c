"""A program's own questions, which people answer when they sign up: as they are written, and as matching is told."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.base import Strict, flag, number, slug, text, texts, word

TYPES = ("text", "choice", "multi-choice", "ranked", "scale")
USES = ("soft", "hard", "none")
MOST = 40
"""Questions of a program."""


class _Use(Strict):
    """What a question is for. `weight` is against the other questions of the program; `use`: soft counts in the score,
    hard keeps apart those who do not agree, none is read by people only. `against` names the mentors' question that a
    mentees' question is compared with. `protected`: a trait that counts only where both of two wish it to. `deep`:
    about values, goals or ways of working, which says more than what group somebody belongs to.
    """

    weight = number(0, 10, required=False, load_default=1)
    use = word(*USES, required=False, load_default="none")
    against = slug(required=False, load_default=None, allow_none=True)
    protected = flag(required=False, load_default=False)
    deep = flag(required=False, load_default=False)


class _Wording(_Use):
    """`choices` in the order in which replies count them, from 1; a scale goes from `min` to `max`."""

    id = slug()
    type = word(*TYPES)
    label = text(300)
    choices = texts(20, 120, minimum=2, required=False)
    min = number(0, 100, required=False)
    max = number(0, 100, required=False)


Question = _Wording.from_dict({"for": word("mentor", "mentee", "both")}, name="Question")
Question.__module__ = __name__


class QuestionSkeleton(_Use):
    """A question without its words: `size` is how many choices it has."""

    id = slug()
    type = word(*TYPES)
    asked = word("mentor", "mentee", "both")
    size = number(0, 20)
    low = number(0, 100)
    high = number(0, 100)


def questions(*, required: bool = False) -> fields.List[fields.Nested]:
    """The questions of a program, as an admin writes them."""
    return fields.List(
        fields.Nested(Question), required=required, validate=validate.Length(max=MOST), metadata={"class": "content"}
    )
