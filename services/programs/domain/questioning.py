"""A program's own questions (P-04): whether they can be asked and compared, and what matching is told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from services.programs.domain.errors import UnfitQuestions
from shared.kernel.events import Data

WITH_CHOICES = ("choice", "multi-choice", "ranked")


def fit_questions(questions: Sequence[Data]) -> Sequence[Data]:
    """The same questions. Raises UnfitQuestions with a sentence for each flaw, by the question's id."""
    known = {one["id"]: one for one in questions}
    times = Counter(one["id"] for one in questions)
    errors = {one["id"]: found for one in questions if (found := list(_flaws(one, known, times)))}
    if errors:
        raise UnfitQuestions(errors={"questions": errors})
    return questions


def skeleton(question: Data) -> Data:
    """A question in ids, numbers and words of closed lists: what stands in clear and what matching is told."""
    kept = ("id", "type", "weight", "use", "against", "protected", "deep")
    sizes = {"size": len(question.get("choices", ())), "low": question.get("min", 0), "high": question.get("max", 0)}
    return {**{name: question[name] for name in kept}, "asked": question["for"], **sizes}


def _flaws(one: Data, known: Mapping[str, Data], times: Counter[str]) -> Iterator[str]:
    if times[one["id"]] > 1:
        yield "Another question has this id."
    yield from _flaws_of_type(one)
    yield from _flaws_of_use(one)
    if one["against"] is not None:
        yield from _flaws_of_couple(one, known.get(one["against"]))


def _flaws_of_type(one: Data) -> Iterator[str]:
    choices = one.get("choices", ())
    if one["type"] in WITH_CHOICES and len(set(choices)) < 2:
        yield "It needs at least two choices."
    if len(set(choices)) < len(choices):
        yield "Two of its choices are the same."
    if one["type"] not in WITH_CHOICES and choices:
        yield "This type takes no choices."
    if one["type"] == "scale" and not ("min" in one and "max" in one and one["min"] < one["max"]):
        yield "A scale goes from `min` up to `max`."
    if one["type"] != "scale" and ("min" in one or "max" in one):
        yield "Only a scale has `min` and `max`."


def _flaws_of_use(one: Data) -> Iterator[str]:
    compared = one["for"] == "both" or (one["for"] == "mentee" and one["against"] is not None)
    if one["use"] != "none" and one["type"] == "text":
        yield "A text is read by people and not compared: its use is none."
    elif one["use"] != "none" and not compared:
        yield "To be compared it is asked of both, or of mentees `against` a question for mentors."
    if one["use"] == "hard" and one["protected"]:
        yield "Nobody has to tell a protected trait: its use is soft or none."


def _flaws_of_couple(one: Data, other: Data | None) -> Iterator[str]:
    if other is None or one["for"] != "mentee" or other["for"] != "mentor":
        yield "A question for mentees is compared `against` a question for mentors."
        return
    if (one["type"] in WITH_CHOICES) != (other["type"] in WITH_CHOICES) or (one["type"] == "scale") != (
        other["type"] == "scale"
    ):
        yield "It is compared against a question of another type."
    elif any(one.get(name) != other.get(name) for name in ("min", "max")):
        yield "It is compared against a question with another scale."
    elif len(one.get("choices", ())) != len(other.get("choices", ())):
        yield "It is compared, choice by choice, against a question with another number of choices."
    if one["protected"] != other["protected"]:
        yield "A protected question is compared against a protected one."
