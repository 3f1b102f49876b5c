"""`scoring.fit` and the rules of `rules.clash` for a whole program at once: tables of mentees (rows) × mentors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.hours import QUARTERS, QUARTERS_AN_HOUR
from services.matching.domain.profile import Profile, hours_apart
from services.matching.domain.questions import ENOUGH, Question
from services.matching.domain.roster import Settings
from services.matching.domain.scoring import HOURS_ENOUGH, WEIGHTS, weight_of
from services.matching.solving.boxes import (
    Part,
    Table,
    both_have,
    covered,
    covered_in_common,
    in_common,
    looked_up,
    once,
)

People = Sequence[Profile]


class Tables:
    """Rows are the given mentees, columns the given mentors, in their order."""

    def __init__(self, settings: Settings, mentors: People, mentees: People) -> None:
        self.shape = (len(mentees), len(mentors))
        self.least = settings.min_score
        likeness = {one: once(_likeness(one, mentors, mentees)) for one in settings.questions if one.compared}
        hours = _hours_shared(mentors, mentees)
        apart = once(looked_up(mentees, mentors, lambda one: one.clocks, hours_apart))
        languages = once(both_have([one.languages for one in mentees], [one.languages for one in mentors]))
        offered = [one.topics for one in mentors]
        parts: Mapping[str, Part | None] = {
            "needs": covered([list(one.wished) for one in mentees], offered),
            "topics": in_common([one.topics for one in mentees], offered),
            "questions": _likes(likeness),
            "hours": hours and (lambda rows: np.minimum(hours(rows) / np.float32(HOURS_ENOUGH), 1)),
            "languages": lambda rows: (languages(rows) > 0).astype(np.float32),
            "clocks": lambda rows: 1 - apart(rows) / np.float32(12),
        }
        open_ones = {one: like for one, like in likeness.items() if not one.protected}
        self._parts = {name: part for name, part in parts.items() if part}
        shown = {**parts, "questions": _likes(open_ones)}
        self._shown = {name: part for name, part in shown.items() if part}
        self.hides = len(open_ones) < len(likeness)
        self._rules: list[Callable[[slice], NDArray[np.bool_]]] = []
        if settings.shared_language:
            self._rules.append(lambda rows: languages(rows) > 0)
        if settings.hours_apart < 12:
            self._rules.append(lambda rows: apart(rows) <= settings.hours_apart)
        if settings.hours_shared and hours:
            self._rules.append(lambda rows: ~(hours(rows) < settings.hours_shared))
        self._rules += [_agree(one, like) for one, like in likeness.items() if one.use == "hard"]

    def part(self, name: str, rows: slice) -> Table:
        """A part of `Fit`; nan where it cannot be known."""
        found = self._parts.get(name)
        return found(rows) if found else np.full((rows.stop - rows.start, self.shape[1]), np.nan, np.float32)

    def scores(self, rows: slice) -> Table:
        """`Fit.score`, not rounded."""
        return _mean([(WEIGHTS[name], part) for name, part in self._parts.items()], rows)

    def shown(self, rows: slice) -> Table:
        """The same without protected questions."""
        return _mean([(WEIGHTS[name], part) for name, part in self._shown.items()], rows)

    def allowed(self, rows: slice) -> NDArray[np.bool_]:
        """Where no rule of the program's settings keeps two apart."""
        found = np.ones((rows.stop - rows.start, self.shape[1]), np.bool_)
        for rule in self._rules:
            found &= rule(rows)
        return found


def _likes(likeness: Mapping[Question, Part]) -> Part | None:
    likes = [(weight_of(one), like) for one, like in likeness.items() if weight_of(one)]
    return partial(_mean, likes) if likes else None


def _mean(parts: Sequence[tuple[float, Part]], rows: slice) -> Table:
    """The mean of what is known, each as heavy as it weighs; nan where nothing is."""
    total: Any = np.float32(0)
    weights: Any = np.float32(0)
    for number, part in parts:
        found, weight = part(rows), np.float32(number)
        if np.isnan(found.min(initial=0)):
            known = ~np.isnan(found)
            total, weights = total + weight * np.where(known, found, 0), weights + weight * known
        else:
            total, weights = total + weight * found, weights + weight
    with np.errstate(invalid="ignore"):
        return total / weights  # type: ignore[no-any-return]


def _likeness(question: Question, mentors: People, mentees: People) -> Part:
    """`questions.likeness`."""
    theirs = [one.replies.get(question.other) for one in mentors]
    own = [one.replies.get(question.id) for one in mentees]
    both = _both(_marks([reply is not None for reply in own]), _marks([reply is not None for reply in theirs]))
    like = _near(question, own, theirs) if question.type == "scale" else _on_the_same(question, own, theirs)
    if None not in own and None not in theirs and not question.protected:
        return like
    wished = _marks([not question.protected or question.id in one.counts for one in mentees])
    told = _marks([not question.protected or question.other in one.counts for one in mentors])
    return lambda rows: np.where(both(rows) & (wished[rows, None] & told), like(rows), np.float32(np.nan))


def _near(question: Question, own: Sequence[Any], theirs: Sequence[Any]) -> Part:
    rows = np.array([np.nan if reply is None else reply for reply in own], np.float32)[:, None]
    columns = np.array([np.nan if reply is None else reply for reply in theirs], np.float32)
    span = np.float32(question.high - question.low)
    return lambda at: 1 - np.abs(rows[at] - columns) / span


def _on_the_same(question: Question, own: Sequence[Any], theirs: Sequence[Any]) -> Part:
    wanted, offered = ([_boxes(reply) for reply in replies] for replies in (own, theirs))
    return covered_in_common(wanted, offered) if question.type == "ranked" else in_common(wanted, offered)


def _boxes(reply: Any) -> tuple[int, ...]:
    return () if reply is None else (reply,) if isinstance(reply, int) else reply


def _agree(question: Question, like: Part) -> Callable[[slice], NDArray[np.bool_]]:
    """`questions.agree`: what cannot be known keeps nobody apart."""
    if question.type == "scale":
        return lambda rows: ~(like(rows) < ENOUGH)
    return lambda rows: ~(like(rows) <= 0)


def _hours_shared(mentors: People, mentees: People) -> Part | None:
    """`hours.shared_hours`; None where nobody can be told, as one side said nothing."""
    weeks = max((len(one.hours) for one in (*mentors, *mentees)), default=0)
    told, own = ([bool(one.hours) for one in people] for people in (mentors, mentees))
    if not any(told) or not any(own):
        return None
    both = _both(_marks(own), _marks(told))
    shared = [_week_shared(week, mentors, mentees) for week in range(weeks)]

    def part(rows: slice) -> Table:
        least = shared[0](rows)
        for other in shared[1:]:
            least = np.minimum(least, other(rows))
        return np.where(both(rows), least / np.float32(QUARTERS_AN_HOUR), np.float32(np.nan))

    return once(part)


def _week_shared(week: int, mentors: People, mentees: People) -> Part:
    """Quarters of one week in common. Those in which everybody does the same are counted together."""
    rows, columns = (_bits([one.hours[week] if one.hours else 0 for one in people]) for people in (mentees, mentors))
    alike: dict[bytes, list[int]] = {}
    for quarter, everybody in enumerate(np.packbits(np.concatenate([rows, columns]), axis=0).T):
        alike.setdefault(everybody.tobytes(), []).append(quarter)
    kinds, many = [same[0] for same in alike.values()], [len(same) for same in alike.values()]
    weighted, others = rows[:, kinds] * np.array(many, np.float32), columns[:, kinds].astype(np.float32).T
    return lambda at: weighted[at] @ others


def _bits(weeks: Sequence[int]) -> NDArray[np.uint8]:
    packed = b"".join(week.to_bytes(QUARTERS // 8, "little") for week in weeks)
    return np.unpackbits(np.frombuffer(packed, np.uint8).reshape(len(weeks), QUARTERS // 8), axis=1)


def _marks(values: Sequence[bool]) -> NDArray[np.bool_]:
    return np.array(values, np.bool_)


def _both(rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> Callable[[slice], NDArray[np.bool_]]:
    return lambda at: rows[at, None] & columns
