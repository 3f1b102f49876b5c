"""Plots as SVG within a page: text in the page's own colour, series told apart by colour, dashes and marks.

Small, readable in light and dark, sharp in print; a screen reader gets one sentence and reads the table below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH = 640
_LEGEND = 32
_STYLES = 6

_LABELS, _FIGURES = 150, 60
"""The room beside bars."""
_BAR, _GAP = 16, 8

_LEFT, _RIGHT, _HEIGHT = 46, 36, 220
"""Of lines."""


@dataclass(frozen=True)
class Series:
    """`values` beside the labels of the plot; None where there is none."""

    name: str
    values: Sequence[float | None]


def plot(kind: str, title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """`kind` is bars or lines. An empty text where there is nothing to plot."""
    if not any(value is not None for one in series for value in one.values):
        return ""
    draw = bars if kind == "bars" else lines
    return draw(title, labels, series)


def bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """A row of bars for each label, one for each series."""
    scale = (WIDTH - _LABELS - _FIGURES) / _highest(series)
    row = _BAR * len(series) + _GAP
    parts = [_legend(series)]
    for place, label in enumerate(labels):
        top = _LEGEND + place * row
        parts.append(_word(_LABELS - 8, top + (row - _GAP) / 2 + 4, label, "end"))
        for number, one in enumerate(series):
            if (value := one.values[place]) is not None:
                parts.append(_bar(number, top + number * _BAR, value * scale))
                parts.append(_word(_LABELS + value * scale + 5, top + number * _BAR + _BAR - 5, figure(value)))
    return _svg(title, _LEGEND + len(labels) * row, parts)


def _bar(number: int, y: int, width: float) -> str:
    return f'<rect {_style(number)} x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR - 3}"/>'


def lines(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """A line for each series, over labels at equal distances."""
    highest = _highest(series)
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels) - 1)
    every = math.ceil(len(labels) * 8 * max(5, *(len(label) + 2 for label in labels)) / WIDTH)
    parts = [_legend(series)]
    for quarter in range(5):
        y = _LEGEND + _HEIGHT * (1 - quarter / 4)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(_word(_LEFT - 6, y + 4, figure(highest * quarter / 4), "end"))
    parts += [
        _word(_LEFT + place * step, _LEGEND + _HEIGHT + 18, labels[place], "middle")
        for place in range(0, len(labels), every)
    ]
    for number, one in enumerate(series):
        points = [
            (_LEFT + place * step, _LEGEND + _HEIGHT * (1 - value / highest))
            for place, value in enumerate(one.values)
            if value is not None
        ]
        parts.append(_line(number, points))
    return _svg(title, _LEGEND + _HEIGHT + 26, parts)


def _line(number: int, points: Sequence[tuple[float, float]]) -> str:
    """One point alone is a dot: a line of it could not be seen."""
    if len(points) == 1:
        return f'<circle {_style(number)} cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3"/>'
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline {_style(number)} points="{path}"/>'


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:,.1f}"


def cell(value: Any) -> str:
    """A value in a table."""
    if value is None:
        return "–"
    return figure(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _highest(series: Sequence[Series]) -> float:
    """A round number that no value is above."""
    highest = max((value for one in series for value in one.values if value is not None), default=1) or 1
    power = 10 ** math.floor(math.log10(highest))
    return next(float(step * power) for step in (1, 2, 4, 5, 8, 10) if highest <= step * power)


def _legend(series: Sequence[Series]) -> str:
    parts, x = [], 8
    for number, one in enumerate(series):
        parts.append(f'<line {_style(number, "key")} x1="{x}" y1="14" x2="{x + 24}" y2="14"/>')
        parts.append(_word(x + 30, 18, one.name))
        x += 48 + 7 * len(one.name)
    return "".join(parts)


def _style(number: int, more: str = "") -> str:
    return f'class="s{number % _STYLES} {more}"' if more else f'class="s{number % _STYLES}"'


def _word(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    said = f"Plot: {title}. The table that follows has the same figures."
    inner = "".join(parts)
    return f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {WIDTH} {height:.0f}">{inner}</svg>'
