"""Why these two, in sentences that an admin understands at once (P-09).

Only what admins may see of a sign-up comes into them: no wish not to be paired, no protected reply, no text, nothing of
other programs. What stands in quotation marks are the mentee's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from services.matching.domain import wording
from services.matching.domain.hours import QUARTERS_AN_HOUR, shared_hours
from services.matching.domain.instance import Former
from services.matching.domain.planning import FAILED_ON
from services.matching.domain.profile import Profile, clocks_apart
from services.matching.domain.questions import likeness
from services.matching.domain.roster import Settings
from services.matching.domain.scoring import Fit, fit

_ALIKE = 0.75
"""From here on two replies are told as alike."""
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ON = {"hours": "shared hours", "clocks": "clocks", "languages": "languages", "needs": "wishes", "questions": "replies"}


@dataclass(frozen=True)
class Couple:
    """Two who are explained. `settings` as they may be shown; `names` by person; `at`: the moment of the run."""

    mentor: Profile
    mentee: Profile
    settings: Settings
    names: Mapping[str, str]
    at: datetime

    @cached_property
    def fit(self) -> Fit:
        return fit(self.mentor, self.mentee, self.settings)

    @property
    def offers(self) -> str:
        """The mentor's name."""
        return self.names.get(self.mentor.person_id, self.mentor.person_id)

    @property
    def asks(self) -> str:
        """The mentee's name."""
        return self.names.get(self.mentee.person_id, self.mentee.person_id)

    @property
    def covered(self) -> list[str]:
        """The mentee's wishes, in plain form, that the mentor meets; the most wanted first."""
        return [plain for plain in self.mentee.wished if plain in self.mentor.topics]


def reasons(two: Couple) -> list[str]:
    """Why this mentor suits this mentee; what weighs most comes first."""
    said = [_wishes(two), _topics(two), _questions(two), _hours(two), _languages(two), _clocks(two)]
    return [sentence for sentence in said if sentence]


def unmet(two: Couple) -> list[str]:
    """The mentee's wishes that this mentor does not meet, as they were written; the most wanted first."""
    return [shown for plain, shown in two.mentee.wished.items() if plain not in two.mentor.topics]


def after_a_pair(two: Couple, former: Former | None) -> list[str]:
    """Whether this is better on what the mentee's last pair failed on. That pair's mentor is not named."""
    if former is None:
        return []
    parts = two.fit.parts
    for name in FAILED_ON.get(former.reason, ()):
        now, then = parts[name], former.parts.get(name)
        if now is not None and then is not None and then < 1:
            better = "better" if now > then else "no better"
            than = f"{round(100 * now)} of 100 now, {round(100 * then)} then"
            return [f"{two.asks}'s last pair ended over “{former.reason}”. On {_ON[name]} this is {better}: {than}."]
    return []


def _wishes(two: Couple) -> str | None:
    wished, covered = two.mentee.wished, two.covered
    if not covered:
        return None
    if len(wished) == 1:
        return f"{two.offers} can help with what {two.asks} wants: {wording.quoted(wished.values())}."
    if len(covered) == len(wished):
        all_of_them = "both" if len(wished) == 2 else f"all {len(wished)}"
        return f"{two.offers} can help with {all_of_them} wishes of {two.asks}: {wording.quoted(wished.values())}."
    order = list(wished)
    each = [f"“{wished[plain]}” (the {_place(order.index(plain))})" for plain in covered]
    return f"{two.offers} can help with {len(covered)} of {two.asks}'s {len(wished)} wishes: {wording.listed(each)}."


def _topics(two: Couple) -> str | None:
    told = set(two.covered)
    shared = [shown for plain, shown in two.mentee.topics.items() if plain in two.mentor.topics and plain not in told]
    return f"Both chose {wording.quoted(shared)}." if shared else None


def _questions(two: Couple) -> str | None:
    """By the names of the questions."""
    used = [one for one in two.settings.questions if one.use != "none"]
    found = {one.id: near for one in used if (near := likeness(one, two.mentor, two.mentee)) is not None}
    alike = [name.replace("-", " ") for name, near in found.items() if near >= _ALIKE]
    if not alike:
        return None
    return (
        f"Their replies go together on {len(alike)} of the program's {len(found)} questions: {wording.quoted(alike)}."
    )


def _hours(two: Couple) -> str | None:
    least = shared_hours(two.mentor, two.mentee)
    if least is None:
        return None
    each = [(ones & others).bit_count() for ones, others in zip(two.mentor.hours, two.mentee.hours, strict=True)]
    most = max(each) / QUARTERS_AN_HOUR
    if not most:
        return "They are never free at the same time."
    if most != least:
        return f"They are both free {wording.hours(most)} a week, and {least:g} in the weeks when a clock has changed."
    also = ", also after the clocks change" if len(each) > 1 else ""
    return f"They are both free {wording.hours(most)} a week{also}."


def _languages(two: Couple) -> str | None:
    shared = two.mentor.languages & two.mentee.languages
    return f"Both speak {wording.languages(shared)}." if shared else None


def _clocks(two: Couple) -> str:
    apart = clocks_apart(two.mentor, two.mentee)
    least, most = min(apart), max(apart)
    if least != most:
        return f"Their clocks are {least:g} to {wording.hours(most)} apart while the program runs."
    return f"Their clocks are {wording.hours(most)} apart." if most else "Their clocks agree."


def _place(at: int) -> str:
    return _PLACES[at] if at < len(_PLACES) else f"{at + 1}th"
