"""Programs drawn by chance, from a seed: who wants what, who offers what, and who has waited for how long."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.matching.domain.instance import Instance
from services.matching.domain.profile import Profile
from services.matching.domain.questions import Question, Reply
from services.matching.domain.roster import Settings
from shared.kernel.ids import couple

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_TOPICS = range(20)
_SHARES = [1 / (place + 1) ** 0.7 for place in _TOPICS]
_OFFSETS = (-32, -20, 0, 4, 4, 8, 22)
_QUESTIONS = (
    Question("pace", "scale", low=1, high=5, weight=2, use="soft", deep=True),
    Question("style", "multi-choice", size=6, weight=2, use="soft", deep=True),
    Question("field", "choice", size=8, weight=1, use="soft"),
)


@dataclass(frozen=True)
class Shape:
    """How a program is drawn. Of 20 topics the n-th is chosen in proportion to `1 / n ** 0.7`: a mentee needs 1 to 4,

    in order, a mentor offers 2 to 6. Everybody has waited for up to 90 days. Mentors take one mentee each.
    `rich`: they also speak one to three of six languages of which a pair must share one, live in six time zones, tell
    when they are free, reply to three questions; and one couple for each two mentees is to be kept apart.
    """

    mentees: int
    mentors: int
    rich: bool = False


def draw(shape: Shape, seed: int) -> Instance:
    """The same shape and seed always draw the same people."""
    chance = random.Random(seed)
    mentors = tuple(_person(chance, f"a{at:05}", some(chance, 2, 6), (), shape) for at in range(shape.mentors))
    wants = [some(chance, 1, 4) for _ in range(shape.mentees)]
    mentees = tuple(_person(chance, f"e{at:05}", needs, needs, shape) for at, needs in enumerate(wants))
    waited = {one.person_id: timedelta(minutes=chance.randrange(90 * 24 * 60)) for one in mentees}
    return Instance(
        Settings(questions=_QUESTIONS if shape.rich else ()),
        mentors,
        mentees,
        room={one.person_id: 1 for one in mentors},
        since={name: (_NOW - time).isoformat() for name, time in waited.items()},
        apart=_apart(chance, mentors, mentees) if shape.rich else frozenset(),
    )


def some(chance: random.Random, least: int, most: int) -> list[str]:
    """So many different topics, each as likely as its share, in the order of their drawing."""
    keys = {topic: chance.random() ** (1 / share) for topic, share in zip(_TOPICS, _SHARES, strict=True)}
    return [f"t{topic}" for topic in sorted(keys, key=lambda topic: -keys[topic])[: chance.randint(least, most)]]


def _person(chance: random.Random, name: str, topics: Sequence[str], needs: Sequence[str], shape: Shape) -> Profile:
    chosen, wanted = {one: one for one in topics}, {one: one for one in needs}
    if not shape.rich:
        return Profile(name, name, chosen, wanted, frozenset({"en"}), "UTC", (0,), frozenset())
    languages = frozenset(chance.sample(["en", "en", "en", "de", "fr", "es", "ar", "hi"], chance.randint(1, 3)))
    hours = 0
    for _ in range(chance.randint(1, 6)):
        hours |= (1 << 4 * chance.randint(1, 4)) - 1 << 4 * (24 * chance.randrange(7) + chance.randint(6, 19))
    style = tuple(chance.sample(range(1, 7), chance.randint(1, 3)))
    replies: dict[str, Reply] = {"pace": chance.randint(1, 5), "style": style, "field": chance.randint(1, 8)}
    offset = chance.choice(_OFFSETS)
    return Profile(
        name, name, chosen, wanted, languages, "UTC", (offset,) * 2, frozenset(), hours, (hours, hours), replies
    )


def _apart(chance: random.Random, mentors: Sequence[Profile], mentees: Sequence[Profile]) -> frozenset[str]:
    drawn = ((chance.choice(mentors), chance.choice(mentees)) for _ in range(len(mentees) // 2))
    return frozenset(couple(mentor.person_id, mentee.person_id) for mentor, mentee in drawn)
