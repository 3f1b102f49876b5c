"""What the rules and the score read of a person's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.matching.domain.hours import QUARTERS_A_DAY, QUARTERS_AN_HOUR, week_of
from services.matching.domain.questions import Question, Reply
from services.matching.domain.replies import fitting


@dataclass(frozen=True, slots=True)
class Profile:
    """`needs` and `topics` map the plain form of what was written to what was written, the most wanted first.

    `source` is the id of the event that holds the answers. `week` is when they are free by their own clock, `hours` the
    same in UTC while the program runs; 0 and () where they did not tell. `clocks` is how many quarter hours their clock
    is ahead of UTC meanwhile, one for each different week of the program (see `hours.lived`). `replies` are those to
    the program's own questions, texts left out; `counts` are the protected questions among them that they wish to
    count.
    """

    person_id: str
    source: str
    topics: Mapping[str, str]
    needs: Mapping[str, str]
    languages: frozenset[str]
    timezone: str
    clocks: tuple[int, ...]
    do_not_pair: frozenset[str]
    week: int = 0
    hours: tuple[int, ...] = ()
    replies: Mapping[str, Reply] = field(default_factory=dict)
    counts: frozenset[str] = frozenset()

    @property
    def wished(self) -> Mapping[str, str]:
        """What a mentee wants help with: the needs, or the topics where no need was named."""
        return self.needs or self.topics


def profile(person_id: str, source: str, answers: Mapping[str, Any], questions: Sequence[Question] = ()) -> Profile:
    """The profile behind the answers of a sign-up, without what `hours.lived` adds.

    Replies that no longer fit the program's questions are left out.
    """
    return Profile(
        person_id,
        source,
        _plain(answers.get("topics", ())),
        _plain(answers.get("needs", ())),
        frozenset(language.casefold().partition("-")[0] for language in answers.get("languages", ())),
        answers["timezone"],
        (),
        frozenset(answers.get("do_not_pair", ())),
        week_of(answers.get("hours", ())),
        replies=fitting(questions, answers.get("replies", {})),
        counts=frozenset(answers.get("counts", ())),
    )


def hours_apart(one: Profile, other: Profile) -> float:
    """Hours between two clocks, the short way round the world, in the week in which they are most: 0 to 12."""
    return max(clocks_apart(one, other), default=0)


def clocks_apart(one: Profile, other: Profile) -> list[float]:
    """The same for each different week of the program."""
    around = [abs(here - there) % QUARTERS_A_DAY for here, there in zip(one.clocks, other.clocks, strict=True)]
    return [min(way, QUARTERS_A_DAY - way) / QUARTERS_AN_HOUR for way in around]


def _plain(written: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in written:
        plain = " ".join(text.casefold().split())
        if plain:
            found.setdefault(plain, text.strip())
    return found
