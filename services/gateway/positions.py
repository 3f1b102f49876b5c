"""Headers that carry versions: `X-Log-Position` for reading one's own writes, `ETag` and `If-Match` for edits."""

from __future__ import annotations

import re

from services.gateway.problems import Problem
from shared.bus.topology import CONSUMES
from shared.contracts.catalogue import SOURCES
from shared.kernel.errors import Stale

At = list[tuple[str, int, int]]
"""Source, partition, position."""

_MOST = 64
_POSITION = re.compile(r"([a-z_]{1,40})\.(\d{1,4})\.(\d{1,15})", re.ASCII)
_ETAG = re.compile(r'"(\d{1,15})"', re.ASCII)


def read_position(header: str | None) -> At:
    """What `X-Log-Position` names. Raises a Problem where it is none that we gave."""
    if not header:
        return []
    parts = header.split(",")
    found = [_POSITION.fullmatch(part.strip()) for part in parts[:_MOST]]
    positions = [(match[1], int(match[2]), int(match[3])) for match in found if match and match[1] in SOURCES]
    if len(positions) != len(parts):
        raise Problem(400, "bad-log-position", "Send X-Log-Position back as it came in an answer, or leave it out.")
    return positions


def seen_by(service: str, at: At) -> At:
    """The part of `at` that a service's views can ever reach: its own log and those that it consumes."""
    known = (service, *CONSUMES[service])
    return [position for position in at if position[0] in known and position[2] > 0]


def read_if_match(header: str | None, *, needed: bool) -> int | None:
    """The version that an edit is meant for; None where any will do. Raises a Problem or Stale."""
    if header is None and needed:
        raise Problem(428, "if-match-needed", "Send the ETag of what you read as If-Match, so that no change is lost.")
    if header is None or header.strip() == "*":
        return None
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise Stale
    return int(match[1])


def etag(version: int) -> str:
    return f'"{version}"'
