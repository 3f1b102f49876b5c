"""What a report does not show: rows with fewer than five people, and what would tell them by subtraction."""

from __future__ import annotations

from collections import defaultdict

from shared.analytics.crowds import LEAST
from shared.analytics.report.queries import Answer, Cells


def shown(answer: Answer) -> tuple[list[Cells], int]:
    """The rows that may be seen, and how many may not."""
    people = answer.columns.index("people")
    small = {number for number, row in enumerate(answer.rows) if row[people] < LEAST}
    hidden = small | _beside(answer, small, people)
    return [row for number, row in enumerate(answer.rows) if number not in hidden], len(hidden)


def _beside(answer: Answer, small: set[int], people: int) -> set[int]:
    """All programs less those that are shown would be the hidden one: so the next smallest is hidden with it."""
    alike: defaultdict[Cells, list[int]] = defaultdict(list)
    for number, row in enumerate(answer.rows):
        if row[0] is not None:
            alike[row[1:people]].append(number)
    more: set[int] = set()
    for numbers in alike.values():
        if 0 < sum(answer.rows[number][people] for number in numbers if number in small) < LEAST:
            left = [number for number in numbers if number not in small]
            more |= set(sorted(left, key=lambda number: int(answer.rows[number][people]))[:1])
    return more
