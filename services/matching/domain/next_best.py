"""The runner-up of a proposal: by how much, on what, and what would put them first (P-09).

What would change it is tried, not guessed: the runner-up is scored again with one thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from services.matching.domain import wording
from services.matching.domain.explaining import Couple
from services.matching.domain.hours import QUARTERS_A_DAY, QUARTERS_AN_HOUR, lived, shared_hours
from services.matching.domain.instance import Former
from services.matching.domain.planning import better
from services.matching.domain.profile import Profile, hours_apart
from services.matching.domain.questions import likeness
from services.matching.domain.scoring import WEIGHTS, Fit, fit

_MORE = 2
"""Hours a week by which the hours are widened to see what would change."""
_WORTH_NAMING = 0.25
"""The share of the difference from which on a part is named."""
_AS_A_WHOLE = "all pairs together are better this way"
_WHEN = {
    "on weekday evenings": (range(5), 18, 23),
    "on weekday mornings": (range(5), 6, 12),
    "on weekday afternoons": (range(5), 12, 18),
    "at weekends": (range(5, 7), 8, 22),
}


def why_behind(chosen: Couple, other: Couple, given_to: Sequence[str], former: Former | None = None) -> str:
    """In one sentence. `given_to`: the names of those to whom the runner-up is proposed."""
    gap = chosen.fit.score - other.fit.score
    if abs(gap) < 1e-6:
        return f"{other.offers} fits just as well."
    if gap < 0:
        elsewhere = f"is proposed to {wording.listed(given_to)}" if given_to else _AS_A_WHOLE
        but = "is no better on what the last pair failed on" if no_better(other, former) else elsewhere
        return f"{other.offers} would fit {chosen.asks} better by {wording.points(gap)}, but {but}."
    on_what = _on_what(chosen, other, gap)
    told = f": {other.offers} {wording.listed(on_what)}" if on_what else ""
    return f"{other.offers} comes next, {wording.points(gap)} of 100 behind{told}."


def would_change(chosen: Couple, other: Couple, given_to: Sequence[str], former: Former | None = None) -> list[str]:
    """What, changed alone, would put the runner-up first; or that nothing alone would."""
    score = chosen.fit.score
    if other.fit.score > score:
        if no_better(other, former) or not given_to:
            return []
        return [f"With one more place, {other.offers} could be proposed to {other.asks} too."]
    kinds = (_with_a_topic(other), _with_hours(other, score), _with_languages(other))
    enough = (next((what for what, then in kind if then.score > score), None) for kind in kinds)
    said = [
        f"If {other.offers} {what}, {other.offers} would fit {other.asks} better than {chosen.offers}."
        for what in enough
        if what
    ]
    return said or [f"No one change of topics, hours or languages would put {other.offers} first."]


def no_better(two: Couple, former: Former | None) -> bool:
    """Whether this is no better on what the mentee's last pair failed on."""
    return former is not None and better(former, two.fit.parts) is False


def _on_what(chosen: Couple, other: Couple, gap: float) -> list[str]:
    """Where the runner-up loses most, the heaviest first; what is only weighed otherwise is no loss."""
    ours, theirs = _weighed(chosen.fit), _weighed(other.fit)
    worse = [name for name in WEIGHTS if (other.fit.parts[name] or 0) < (chosen.fit.parts[name] or 0)]
    lost = sorted(((ours[name] - theirs[name], name) for name in worse), reverse=True)
    said = [_LOST[name](chosen, other) for less, name in lost if less > _WORTH_NAMING * gap]
    return [one for one in said if one][:2]


def _weighed(found: Fit) -> dict[str, float]:
    """What each part adds to the score."""
    whole = sum(WEIGHTS[name] for name, part in found.parts.items() if part is not None)
    return {name: WEIGHTS[name] * (part or 0) / whole for name, part in found.parts.items()}


def _needs(chosen: Couple, other: Couple) -> str | None:
    missing = [f"“{chosen.mentee.wished[plain]}”" for plain in chosen.covered if plain not in other.mentor.topics]
    return f"does not offer {wording.either(missing)}" if missing else None


def _topics(chosen: Couple, _other: Couple) -> str:
    return f"has less in common with {chosen.asks}'s topics"


def _questions(chosen: Couple, other: Couple) -> str | None:
    return f"replied less like {chosen.asks}" if _alike(other) < _alike(chosen) else None


def _hours(chosen: Couple, other: Couple) -> str | None:
    ours, theirs = (shared_hours(two.mentor, two.mentee) for two in (chosen, other))
    if ours is None or theirs is None:
        return None
    return f"shares {theirs:g} instead of {wording.hours(ours)} a week with {chosen.asks}"


def _languages(chosen: Couple, _other: Couple) -> str:
    return f"speaks none of {chosen.asks}'s languages"


def _clocks(chosen: Couple, other: Couple) -> str:
    ours, theirs = (hours_apart(two.mentor, two.mentee) for two in (chosen, other))
    return f"lives {theirs:g} instead of {wording.hours(ours)} away by the clock"


def _alike(two: Couple) -> float:
    told = [one for one in two.settings.questions if one.use != "none"]
    found = [near for one in told if (near := likeness(one, two.mentor, two.mentee)) is not None]
    return sum(found) / len(found) if found else 0.0


def _with_a_topic(two: Couple) -> Iterator[tuple[str, Fit]]:
    """One more topic of the mentor, the most wanted first, and how the two would fit then."""
    for plain, shown in two.mentee.wished.items():
        if plain not in two.mentor.topics:
            more = replace(two.mentor, topics={**two.mentor.topics, plain: shown})
            yield f"also offered “{shown}”", fit(more, two.mentee, two.settings)


def _with_languages(two: Couple) -> Iterator[tuple[str, Fit]]:
    mentor, mentee = two.mentor, two.mentee
    if not mentor.languages & mentee.languages:
        more = replace(mentor, languages=mentor.languages | mentee.languages)
        spoken = wording.either([wording.languages([tag]) for tag in sorted(mentee.languages)])
        yield f"spoke {spoken}", fit(more, mentee, two.settings)


def _with_hours(two: Couple, score: float) -> Iterator[tuple[str, Fit]]:
    """Some more hours at a time of the week, by the mentee's clock, at which only the mentee is free now."""
    if two.fit.hours is None or replace(two.fit, hours=1.0).score <= score:
        return
    for when, (days, start, end) in _WHEN.items():
        wanted = replace(two.mentee, week=two.mentee.week & _mask(days, start, end))
        found = lived({"mentor": two.mentor, "mentee": two.mentee, "wanted": wanted}, two.settings.weeks, two.at)
        wider = _wider(found["mentor"], found["wanted"]) if wanted.week else None
        if wider:
            said = f"were free for {_MORE} more hours with {two.asks} {when}"
            yield said, fit(wider, found["mentee"], two.settings)


def _wider(mentor: Profile, wanted: Profile) -> Profile | None:
    """The mentor with the first hours of those that are wanted and not there yet; None where they are too few."""
    hours = []
    for ones, others in zip(mentor.hours, wanted.hours, strict=True):
        missing, more = others & ~ones, 0
        for _ in range(_MORE * QUARTERS_AN_HOUR):
            lowest = missing & -missing
            missing, more = missing ^ lowest, more | lowest
        if more.bit_count() < _MORE * QUARTERS_AN_HOUR:
            return None
        hours.append(ones | more)
    return replace(mentor, hours=tuple(hours))


def _mask(days: range, start: int, end: int) -> int:
    day = (1 << end * QUARTERS_AN_HOUR) - (1 << start * QUARTERS_AN_HOUR)
    return sum(day << at * QUARTERS_A_DAY for at in days)


_LOST: dict[str, Callable[[Couple, Couple], str | None]] = {
    "needs": _needs,
    "topics": _topics,
    "questions": _questions,
    "hours": _hours,
    "languages": _languages,
    "clocks": _clocks,
}
