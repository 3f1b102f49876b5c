"""A copy as JSON Lines, for programs, and as a page, to read. Both say at their end whether they are whole."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from html import escape
from typing import Any

import orjson

from services.gateway.copies import Tally
from shared.contracts.catalogue import EVENTS
from shared.kernel.events import Data

Pages = AsyncIterator[list[Data]]

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 48rem; margin: 0 auto; padding: 1rem } h1 { line-height: 1.2 }
article { border-top: 1px solid #8886; padding: .6rem 0 } h3 { margin: 0; font-size: 1rem }
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .1rem .8rem; margin: .3rem 0 }
dt { font-weight: 600 } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
"""
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For the page, which asks for nothing from elsewhere and runs nothing (SE-11)."""

_ABOUT = (
    "This is everything that is kept about you, as it happened. [removed] stands for words that were destroyed, "
    "[not yours] for the words of others. It leaves out what would tell on somebody else: reports about you, who "
    "blocked you, and what moderators note for each other."
)


async def as_lines(person_id: str, at: str, pages: Pages, tally: Tally) -> AsyncIterator[bytes]:
    """A line that says whose it is, a line for each entry, and a line with the receipt by service."""
    yield _line({"copy_of": person_id, "made_at": at, "about": _ABOUT})
    async for items in pages:
        yield b"".join(map(_line, items))
    yield _line({"receipt": receipt(tally)})


async def as_page(person_id: str, at: str, pages: Pages, tally: Tally) -> AsyncIterator[bytes]:
    """A page that stands by itself."""
    yield (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>My data in Mentorship</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<header><h1>My data in Mentorship</h1><p>{escape(_ABOUT)}</p>"
        f"<p>Copy of {_own(person_id)}, made {_time(at)}</p></header><main>"
    ).encode()
    service = ""
    async for items in pages:
        for one in items:
            if one["service"] != service:
                service = one["service"]
                yield f"<h2>{escape(service.replace('_', ' ').capitalize())}</h2>".encode()
            yield _article(one).encode()
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{_STATUS[one['status']]}: {one['entries']}</dd>"
        for name, one in receipt(tally).items()
    )
    yield f"</main><footer><h2>Receipt</h2><dl>{rows}</dl></footer></body></html>".encode()


Format = Callable[[str, str, Pages, Tally], AsyncIterator[bytes]]

FORMATS: dict[str, tuple[Format, str, str]] = {
    "lines": (as_lines, "application/x-ndjson", "my-data.jsonl"),
    "page": (as_page, "text/html; charset=utf-8", "my-data.html"),
}
"""By the word in the link: how it is written, its media type, its name as a file."""

_STATUS = {"done": "whole", "missing": "not reached, so not whole"}


def receipt(tally: Tally) -> Data:
    return {name: {"status": tally.status(name), "entries": count} for name, count in tally.entries.items()}


def _line(value: Data) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def _article(one: Data) -> str:
    known = EVENTS.get(f"{one['service']}.{one['type']}")
    # A docstring's first sentence says what happened; the rest is for developers.
    said = ((known.__doc__ or "") if known else "").strip().split(". ")[0].replace("`", "").rstrip(".")
    return f"<article><h3>{escape(said or one['type'])}</h3><p>{_time(one['at'])}</p>{_value(one['data'])}</article>"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        rows = (f"<dt>{escape(_label(name))}</dt><dd>{_value(one)}</dd>" for name, one in value.items())
        return f"<dl>{''.join(rows)}</dl>"
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_value(one)}</li>' for one in value)}</ul>"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else _own(str(value))


def _label(name: str) -> str:
    return str(name).replace("_", " ").removesuffix(" id")


def _own(text: str) -> str:
    """Whatever its language, it reads in its own direction and changes nothing around it."""
    return f'<bdi dir="auto">{escape(text)}</bdi>'


def _time(at: str) -> str:
    return f'<time datetime="{escape(at)}">{escape(at[:19].replace("T", " "))} UTC</time>'
