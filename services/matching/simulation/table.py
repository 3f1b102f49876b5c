"""The figures as a table and a plot for the terminal, in plain characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.matching.simulation.figures import Figures

_HEAD = ("", "policy", "served", "coverage", "fully", "wait, mean", "wait, 90 %", "longest", "spread")
_WIDTH, _HEIGHT = 56, 12
_FOOT = (
    "served: mentees who got a mentor · coverage: how much of their needs the mentor covers, the first weighs most",
    "fully: all needs covered · wait: days to the pair, the leaving or the end, of all mentees · longest: who got a",
    "mentor of the quarter that had waited longest, over all runs · spread: gap in served by number of needs",
)


def letter(place: int) -> str:
    """The sign of a policy in the table and the plot."""
    return chr(ord("A") + place)


def table(rows: Sequence[Figures]) -> Iterator[str]:
    """The lines of the table: one for each policy."""
    cells = [_HEAD, *((letter(place), *_cells(one)) for place, one in enumerate(rows))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
    yield ""
    yield from _FOOT


def plot(rows: Sequence[Figures]) -> Iterator[str]:
    """Quality against fairness: one letter for each policy; where several fall on one place, * and who they are."""
    points = [(letter(at), *where) for at, one in enumerate(rows) if (where := point(one))]
    if not points:
        return
    left, right = bounds([x for _, x, _ in points])
    low, high = bounds([y for _, _, y in points])
    grid: dict[tuple[int, int], str] = {}
    for sign, x, y in points:
        place = (round((high - y) / (high - low) * (_HEIGHT - 1)), round((x - left) / (right - left) * (_WIDTH - 1)))
        grid[place] = grid.get(place, "") + sign
    yield "mean coverage of needs"
    for line in range(_HEIGHT):
        label = percent(high - (high - low) * line / (_HEIGHT - 1)) if line in {0, _HEIGHT - 1} else ""
        yield f"{label:>6} |{_drawn(grid, line)}".rstrip()
    yield f"{'':6} +{'-' * _WIDTH}"
    yield f"{'':8}{percent(left):<{_WIDTH - 6}}{percent(right):>6}"
    yield f"{'':8}{'longest-waiting served':>{_WIDTH}}"
    several = ["".join(signs) for signs in grid.values() if len(signs) > 1]
    if several:
        yield f"{'':8}*: {', '.join(sorted(several))} on one place"


def point(one: Figures) -> tuple[float, float] | None:
    """Where a policy stands: how it treats the longest-waiting, and how well it fits; None where nobody was served."""
    if one.longest_served is None or one.coverage is None:
        return None
    return one.longest_served, one.coverage


def bounds(numbers: Sequence[float]) -> tuple[float, float]:
    """A little below the least and above the most, never empty, in whole percent."""
    room = max((max(numbers) - min(numbers)) * 0.1, 0.01)
    return round(min(numbers) - room, 2), round(max(numbers) + room, 2)


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _cells(one: Figures) -> tuple[str, ...]:
    return (
        one.policy,
        percent(one.served_share),
        percent(one.coverage),
        percent(one.fully_covered),
        "-" if one.waiting_mean is None else f"{one.waiting_mean:.1f}",
        "-" if one.waiting_p90 is None else str(one.waiting_p90),
        percent(one.longest_served),
        "-" if one.spread is None else f"{one.spread:.1%}",
    )


def _drawn(grid: dict[tuple[int, int], str], line: int) -> str:
    signs = (grid.get((line, column), " ") for column in range(_WIDTH))
    return "".join(sign if len(sign) == 1 else "*" for sign in signs)
