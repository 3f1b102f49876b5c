"""The plot as one SVG file that needs nothing else: quality against fairness, and who waits over the weeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from services.matching.simulation.figures import Figures
from services.matching.simulation.table import bounds, letter, percent, point

_COLOURS = ("#d55e00", "#e69f00", "#cc79a7", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#084594")
"""Warm: the other policies. Blue: ours, the darker the fairer; told apart by colour-blind people too."""
_WIDTH, _HEIGHT = 860, 380
_TOP, _BOTTOM = 60, 300
_PANELS = ((70, 400), (500, 830))
_STYLE = "font:13px system-ui,sans-serif;fill:#333"


def drawing(rows: Sequence[Figures]) -> str:
    """The whole file."""
    inner = [*_trade_off(rows), *_waiting(rows), *_legend(rows)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" style="{_STYLE}">',
            "<title>What each policy makes of the same arrivals</title>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            *inner,
            "</svg>\n",
        ]
    )


def _trade_off(rows: Sequence[Figures]) -> Iterator[str]:
    found = [(at, *where) for at, one in enumerate(rows) if (where := point(one))]
    if not found:
        return
    left, right = bounds([x for _, x, _ in found])
    low, high = bounds([y for _, _, y in found])
    panel = _PANELS[0]
    yield from _frame(panel, "Mean coverage of needs", "longest-waiting served", (left, right, low, high), percent)
    places = {at: (_along(x, left, right, *panel), _along(y, low, high, _BOTTOM, _TOP)) for at, x, y in found}
    ours = [place for at, place in places.items() if rows[at].fairness is not None]
    yield f'<polyline fill="none" stroke="#9ecae1" points="{_points(ours)}"/>'
    signs: dict[tuple[int, int], str] = {}
    for at, (x, y) in places.items():
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{_colour(at)}"/>'
        near = round(x / 14), round(y / 14)
        signs[near] = signs.get(near, "") + letter(at)
    for (x, y), together in signs.items():
        yield _text(x * 14 + 9, y * 14 - 7, together)


def _waiting(rows: Sequence[Figures]) -> Iterator[str]:
    weeks = max((len(one.waiting_by_week) for one in rows), default=0)
    most = max((max(one.waiting_by_week, default=0) for one in rows), default=0) or 1
    panel = _PANELS[1]
    yield from _frame(panel, "Mentees waiting", "week", (1, weeks, 0, most), lambda number: f"{number:g}")
    for at, one in enumerate(rows):
        line = [
            (_along(week, 1, max(weeks, 2), *panel), _along(many, 0, most, _BOTTOM, _TOP))
            for week, many in enumerate(one.waiting_by_week, 1)
        ]
        yield f'<polyline fill="none" stroke="{_colour(at)}" stroke-width="1.6" points="{_points(line)}"/>'


def _frame(
    panel: tuple[int, int], title: str, below: str, ends: tuple[float, float, float, float], say: Callable[[float], str]
) -> Iterator[str]:
    start, end = panel
    left, right, low, high = (say(one) for one in ends)
    yield f'<path d="M{start} {_TOP}V{_BOTTOM}H{end}" fill="none" stroke="#999"/>'
    yield _text(start, _TOP - 16, title, weight="600")
    yield _text(start - 8, _TOP + 5, high, anchor="end")
    yield _text(start - 8, _BOTTOM, low, anchor="end")
    yield _text(start, _BOTTOM + 18, left)
    yield _text(end, _BOTTOM + 18, right, anchor="end")
    yield _text((start + end) / 2, _BOTTOM + 18, below, anchor="middle")


def _legend(rows: Sequence[Figures]) -> Iterator[str]:
    for at, one in enumerate(rows):
        x, y = _PANELS[0][0] + at % 4 * 195, _BOTTOM + 46 + at // 4 * 20
        yield f'<circle cx="{x}" cy="{y - 4}" r="5.5" fill="{_colour(at)}"/>'
        yield _text(x + 12, y, f"{letter(at)}  {one.policy}")


def _along(value: float, low: float, high: float, start: float, end: float) -> float:
    return start + (value - low) / (high - low) * (end - start)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: str = "400") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def _colour(at: int) -> str:
    return _COLOURS[at % len(_COLOURS)]
