"""The first plots of a report as one picture for the README: `python scripts/report_picture.py report.html out.svg`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PLOTS = (0, 1, 2, 4)
"""Funnel, time to pair, check-ins, health."""

WIDTH, GAP, HEAD = 640, 40, 40

_OWN = """
svg { background: #fff; color: #1a1a1a; } svg .title { font-size: 18px; }
@media (prefers-color-scheme: dark) { svg { background: #16181d; color: #e8e8e8; } }
"""


def picture(page: str) -> str:
    """Two columns of plots with their titles, in the page's own style; the background follows light and dark."""
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    titles = re.findall(r"<h2 id=\"all-[^>]*>(.*?)</h2>", page)
    drawings = dict(re.findall(r"aria-label=\"Plot: ([^.]*?)\..*?viewBox=\"0 0 (.*?)</svg>", page, re.DOTALL)[::-1])
    chosen = [(title, *_taken_apart(drawings[title])) for title in titles if title in drawings]
    parts, bottoms = [], [0, 0]
    for number, (title, height, inner) in enumerate(chosen[place] for place in PLOTS):
        column = number % 2
        x, y = GAP + column * (WIDTH + GAP), bottoms[column]
        parts.append(f'<g transform="translate({x} {y})"><text class="title" x="8" y="{HEAD - 12}">{title}</text>')
        parts.append(f'<g transform="translate(0 {HEAD})">{inner}</g></g>')
        bottoms[column] = y + HEAD + height + GAP // 2
    size = f"{2 * WIDTH + 3 * GAP} {max(bottoms)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Plots of a report" viewBox="0 0 {size}">'
        f"<style>{style}{_OWN}</style>{''.join(parts)}</svg>\n"
    )


def _taken_apart(drawing: str) -> tuple[int, str]:
    size, _, inner = drawing.partition('">')
    return int(size.split()[-1]), inner


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(Path(sys.argv[1]).read_text()))
