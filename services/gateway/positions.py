"""Headers that carry versions: `X-Log-Position` for reading one's own writes, `ETag` and `If-Match` for edits.

Outside, a position is sealed: how far a log is would tell everybody when others write (BL-04). The seal is another one
each time, so that not even its change tells anything. Whoever shares the key file can open it, now and after a restart.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.gateway.keyring import Keyring
from services.gateway.problems import Problem
from shared.bus.topology import CONSUMES
from shared.contracts.catalogue import SOURCES
from shared.kernel.errors import Stale
from shared.privacy.wrapping import NONCE_BYTES, fresh_nonce

At = list[tuple[str, int, int]]
"""Source, partition, position."""

_MOST = 64
_BYTES = 8
SEALED = r"[a-z_]{1,40}\.\d{1,4}\.[A-Za-z0-9_-]{48}"
"""One position as the outside has it: source, partition, and the rest sealed."""

_SEALED = re.compile(SEALED, re.ASCII)
_ETAG = re.compile(r'"(\d{1,15})"', re.ASCII)


class Positions:
    """Positions of logs on their way out and back."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def sealed(self, position: str) -> str:
        """What a service says, `source.partition.position` joined by commas, as a client gets it."""
        cipher = AESGCM(self._keyring()[0])
        return ",".join(_seal(cipher, *place) for place in positions(position))

    def read(self, header: str | None) -> At:
        """What `X-Log-Position` names. Raises a Problem where it is none that we gave."""
        if not header:
            return []
        parts = [part.strip() for part in header.split(",", _MOST)]
        ciphers = [AESGCM(key) for key in self._keyring()]
        found = [_open(ciphers, part) for part in parts[:_MOST]]
        at = [place for place in found if place and place[0] in SOURCES]
        if len(at) != len(parts):
            raise Problem(400, "bad-log-position", "Send X-Log-Position back as it came in an answer, or leave it out.")
        # Who asks in parallel cannot tell which of two places of a log is the later one, and may send both.
        latest = {(source, partition): position for source, partition, position in sorted(at)}
        return [(*log, position) for log, position in latest.items()]


def positions(position: str | None) -> At:
    """What a service says of where it is."""
    places = [part.split(".") for part in position.split(",")] if position else []
    return [(source, int(partition), int(number)) for source, partition, number in places]


def _seal(cipher: AESGCM, source: str, partition: int, position: int) -> str:
    place, nonce = f"{source}.{partition}", fresh_nonce()
    sealed = nonce + cipher.encrypt(nonce, position.to_bytes(_BYTES), place.encode())
    return f"{place}.{urlsafe_b64encode(sealed).decode()}"


def _open(ciphers: list[AESGCM], part: str) -> tuple[str, int, int] | None:
    if not _SEALED.fullmatch(part):
        return None
    place, _, sealed = part.rpartition(".")
    raw = urlsafe_b64decode(sealed)
    for cipher in ciphers:
        try:
            position = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except InvalidTag:
            continue
        source, _, partition = place.partition(".")
        return source, int(partition), int.from_bytes(position)
    return None


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
