"""What the rules and the score read of a person's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """`needs` and `topics` map the plain form of what was written to what was written, the most wanted first.

    `source` is the id of the event that holds the answers; `offset` is in minutes east of UTC, without summer time.
    """

    person_id: str
    source: str
    topics: Mapping[str, str]
    needs: Mapping[str, str]
    languages: frozenset[str]
    timezone: str
    offset: int
    do_not_pair: frozenset[str]

    @property
    def wished(self) -> Mapping[str, str]:
        """What a mentee wants help with: the needs, or the topics where no need was named."""
        return self.needs or self.topics


def profile(person_id: str, source: str, answers: Mapping[str, Any], offset: int) -> Profile:
    """The profile behind the answers of a sign-up."""
    return Profile(
        person_id,
        source,
        _plain(answers.get("topics", ())),
        _plain(answers.get("needs", ())),
        frozenset(language.casefold().partition("-")[0] for language in answers.get("languages", ())),
        answers["timezone"],
        offset,
        frozenset(answers.get("do_not_pair", ())),
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
