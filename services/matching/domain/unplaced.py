"""Why somebody is left without a pair, and what would help (P-09).

Counted are only rules over what admins may read themselves in the sign-ups, and over everybody alike; numbers are
rounded and small ones hidden. A block, a wish, a report or a sanction is no part of it, so that none can be told from
the sentences: they read the same whether somebody is kept apart or was simply proposed to another (BL-06).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from services.matching.domain import wording
from services.matching.domain.hours import shared_hours
from services.matching.domain.profile import Profile, hours_apart
from services.matching.domain.questions import agree
from services.matching.domain.roster import Settings
from services.matching.domain.scoring import fit

_NAMED = 3
"""So many topics are named at most."""


@dataclass(frozen=True)
class Left:
    """Somebody without a pair. `others`: all of the other side who were in the run; `waiting`: more of them wait who

    cannot be paired now. `settings` as they may be shown. `held`: mentors with places that are not used yet, since who
    was never introduced to anybody gets one mentee first; `drafted`: this is one of them, and has a draft.
    """

    person: Profile
    role: str
    name: str
    others: Sequence[Profile]
    settings: Settings
    waiting: bool = False
    held: AbstractSet[str] = frozenset()
    drafted: bool = False

    def two(self, other: Profile) -> tuple[Profile, Profile]:
        """The mentor and the mentee."""
        return (self.person, other) if self.role == "mentor" else (other, self.person)

    @cached_property
    def apart(self) -> list[set[str]]:
        """For each of the others the rules that keep the two apart, of those that admins can look up themselves."""
        rules = _rules(self.settings)
        return [{name for name, breaks in rules.items() if breaks(*self.two(other))} for other in self.others]


def short(left: Left) -> str:
    """Why, in one sentence."""
    if not left.others:
        return (_NOBODY_NOW if left.waiting else _NOBODY)[left.role]
    if left.drafted:
        return _ONE_FIRST
    if not all(left.apart):
        return _TAKEN[left.role]
    return _NONE_FITS[left.role]


def because(left: Left) -> list[str]:
    """Why, rule by rule."""
    if not left.others or left.drafted:
        return [short(left)]
    each = [
        f"{wording.roughly(count)} {said}"
        for rule, said in _said(left).items()
        if (count := sum(rule in one for one in left.apart))
    ]
    counted = [f"Of the {_OTHERS[left.role]}, {wording.listed(each)}."] if each else []
    rest = "The others" if each else "Those who come into question"
    needed = f"{rest} are needed elsewhere, or cannot be paired with {left.name}."
    return [*counted, "That leaves nobody." if all(left.apart) else needed]


def would_help(left: Left) -> list[str]:
    """What would help, the nearest at hand first."""
    fitting = [one for one, rules in zip(left.others, left.apart, strict=True) if not rules]
    only = {
        rule: [one for one, rules in zip(left.others, left.apart, strict=True) if rules == {rule}]
        for rule in _said(left)
    }
    return [*_from_the_other_side(left, fitting), *_from_the_rules(left, only)]


def _rules(settings: Settings) -> dict[str, Callable[[Profile, Profile], bool]]:
    """Whether a mentor and a mentee break a rule; only rules that this program has."""
    hard = [one for one in settings.questions if one.use == "hard"]
    rules: dict[str, Callable[[Profile, Profile], bool]] = {
        "clocks": lambda mentor, mentee: hours_apart(mentor, mentee) > settings.hours_apart
    }
    if settings.shared_language:
        rules["language"] = lambda mentor, mentee: not mentor.languages & mentee.languages
    if settings.hours_shared:
        rules["hours"] = lambda mentor, mentee: _too_few(shared_hours(mentor, mentee), settings.hours_shared)
    if hard:
        rules["questions"] = lambda mentor, mentee: not all(agree(one, mentor, mentee) for one in hard)
    if settings.min_score:
        rules["score"] = lambda mentor, mentee: fit(mentor, mentee, settings).score < settings.min_score
    return rules


def _too_few(shared: float | None, wanted: float) -> bool:
    return shared is not None and shared < wanted


def _said(left: Left) -> dict[str, str]:
    settings = left.settings
    return {
        "language": f"speak no language that {left.name} speaks",
        "clocks": f"live more than {wording.hours(settings.hours_apart)} away by the clock",
        "hours": f"are free together with {left.name} for less than {wording.hours(settings.hours_shared)} a week",
        "questions": "replied otherwise to what this program pairs people by",
        "score": "fit less well than this program asks for",
    }


def _from_the_other_side(left: Left, fitting: Sequence[Profile]) -> Iterator[str]:
    spoken = _spoken(left)
    if left.role == "mentor":
        topics = [f"“{topic}”" for topic in list(left.person.topics.values())[:_NAMED]]
        yield f"A mentee who wants help with {wording.either(topics)}{spoken and f' and {spoken}'} would help."
        return
    offered = {topic for one in fitting for topic in one.topics}
    wished = left.person.wished.items()
    met = next((shown for plain, shown in wished if plain in offered), None)
    missing = next((shown for plain, shown in wished if plain not in offered), None)
    if any(one.person_id in left.held for one in fitting):
        yield _LATER
    elif fitting:
        yield f"One more place with a mentor for “{met}” could help." if met else "One more place could help."
    if missing:
        yield f"A mentor for “{missing}”{spoken and f' who {spoken}'} would help."


def _from_the_rules(left: Left, only: dict[str, list[Profile]]) -> Iterator[str]:
    settings, name = left.settings, left.name
    if only["hours"]:
        most = max(shared_hours(*left.two(one)) or 0 for one in only["hours"])
        asked = (
            f"the program asks for {wording.hours(settings.hours_shared)} a week together, now it is {most:g} at most"
        )
        yield f"If {name} were free at more hours, {_more(left, only['hours'])} ({asked})."
    if only["clocks"]:
        nearest = min(hours_apart(left.person, one) for one in only["clocks"])
        yield f"If the program allowed clocks {wording.hours(nearest)} apart, {_more(left, only['clocks'])}."
    if only["score"]:
        yield f"If the program asked for a lower score, {_more(left, only['score'])}."


def _more(left: Left, others: Sequence[Profile]) -> str:
    who = "mentees" if left.role == "mentor" else "mentors"
    return f"{wording.roughly(len(others))} more {who} would come into question"


def _spoken(left: Left) -> str:
    if not left.settings.shared_language:
        return ""
    return f"speaks {wording.either(_in_english(left.person.languages))}"


def _in_english(tags: Iterable[str]) -> list[str]:
    return [wording.languages([tag]) for tag in sorted(tags)]


_OTHERS = {"mentee": "free mentors", "mentor": "mentees who wait"}
_NOBODY = {"mentee": "No mentor was free.", "mentor": "No mentee was waiting."}
_NOBODY_NOW = {"mentee": "No mentor could be paired now.", "mentor": "No mentee could be paired now."}
_ONE_FIRST = "A new mentor gets one mentee first, and for this one there is a draft."
_LATER = (
    "A mentor who comes into question is new and gets one mentee first: once these two are introduced, "
    "another run can use the mentor's other places."
)
_NONE_FITS = {
    "mentee": "No free mentor can be paired with this person.",
    "mentor": "No mentee who waits can be paired with this person.",
}
_TAKEN = {
    "mentee": "The mentors who come into question were proposed to others, or cannot be paired with this person.",
    "mentor": "The mentees who come into question were proposed to others, or cannot be paired with this person.",
}
