"""What the rules and the score read of a person's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.matching.domain.hours import week_of
from services.matching.domain.questions import Question, Reply
from services.matching.domain.replies import fitting


@dataclass(frozen=True, slots=True)
class Profile:
    """`needs` and `topics` map the plain form of what was written to what was written, the most wanted first.

    `source` is the id of the event that holds the answers; `offset` is in minutes east of UTC, without summer time.
    `week` is when they are free by their own clock, `hours` the same in UTC while the program runs (see `hours.py`);
    0 and () where they did not tell. `replies` are those to the program's own questions, texts left out; `counts` are
    the protected questions among them that they wish to count.
    """

    person_id: str
    source: str
    topics: Mapping[str, str]
    needs: Mapping[str, str]
    languages: frozenset[str]
    timezone: str
    offset: int
    do_not_pair: frozenset[str]
    week: int = 0
    hours: tuple[int, ...] = ()
    replies: Mapping[str, Reply] = field(default_factory=dict)
    counts: frozenset[str] = frozenset()

    @property
    def wished(self) -> Mapping[str, str]:
        """What a mentee wants help with: the needs, or the topics where no need was named."""
        return self.needs or self.topics


def profile(
    person_id: str, source: str, answers: Mapping[str, Any], offset: int, questions: Sequence[Question] = ()
) -> Profile:
    """The profile behind the answers of a sign-up. Replies that no longer fit the program's questions are left out."""
    return Profile(
        person_id,
        source,
        _plain(answers.get("topics", ())),
        _plain(answers.get("needs", ())),
        frozenset(language.casefold().partition("-")[0] for language in answers.get("languages", ())),
        answers["timezone"],
        offset,
        frozenset(answers.get("do_not_pair", ())),
        week_of(answers.get("hours", ())),
        replies=fitting(questions, answers.get("replies", {})),
        counts=frozenset(answers.get("counts", ())),
    )


def hours_apart(one: Profile, other: Profile) -> float:
    """Hours between two clocks, the short way round the world: 0 to 12."""
    minutes = abs(one.offset - other.offset) % 1440
    return min(minutes, 1440 - minutes) / 60


def _plain(written: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in written:
        plain = " ".join(text.casefold().split())
        if plain:
            found.setdefault(plain, text.strip())
    return found
