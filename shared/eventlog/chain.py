"""The hash chain of a partition: with every commit is stored a digest of it and of all that was stored before it.

    digest = SHA-256(digest of the commit before | position, 8 bytes | the commit as BSON)

It is over the very bytes that are stored, so that whatever is changed, added, taken away or moved is seen. It is over
sealed data, so that forgetting somebody's key leaves it as it is. Who can write to the store could make it anew from
some position on; against that, digests are kept elsewhere and looked for again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from shared.eventlog.documents import event_ids

DIGEST_BYTES = 32
FIELD = "chain"

_LENGTH = struct.Struct("<i")
_POSITION = struct.Struct("<q")
_BEFORE_POSITION = b"\x12_id\x00"
_BEFORE_DIGEST = b"\x05" + FIELD.encode() + b"\x00" + _LENGTH.pack(DIGEST_BYTES) + b"\x00"
_PLACE = _LENGTH.size + len(_BEFORE_POSITION) + _POSITION.size
"""Bytes of a stored document up to the commit's own fields."""
_TAIL = len(_BEFORE_DIGEST) + DIGEST_BYTES + 1
"""Bytes of a stored document from the digest's field on."""


class Altered(Exception):
    """The first thing in a partition that is not as it was written: `what` is said of its position.

    `events` are the ids of the events that are there now, as far as they can be read.
    """

    def __init__(self, position: int, what: str, events: Sequence[str] = ()) -> None:
        super().__init__(f"position {position} {what}")
        self.position = position
        self.what = what
        self.events = tuple(events)


@dataclass(frozen=True, slots=True)
class Link:
    """A position in a partition, and the digest of everything up to it."""

    position: int
    digest: bytes

    def to(self, commit: bytes) -> Link:
        """The next link, which holds this commit."""
        position = self.position + 1
        digest = sha256(self.digest + _POSITION.pack(position))
        digest.update(commit)
        return Link(position, digest.digest())


@dataclass(frozen=True, slots=True)
class Stored:
    """A document of the log taken apart; `digest` is None in one from before there was a chain."""

    position: int
    commit: bytes
    digest: bytes | None


def genesis(service: str, partition: int) -> bytes:
    """The digest before the first commit that has one: no chain can be moved to another log."""
    return sha256(f"mentorship/{service}/{partition}".encode()).digest()


def document(link: Link, commit: bytes) -> bytes:
    """The document in which the commit of this link is stored."""
    length = _PLACE + len(commit) - _LENGTH.size - 1 + _TAIL
    place = _LENGTH.pack(length) + _BEFORE_POSITION + _POSITION.pack(link.position)
    return b"".join((place, commit[_LENGTH.size : -1], _BEFORE_DIGEST, link.digest, b"\x00"))


def taken_apart(stored: bytes) -> Stored | None:
    """The parts of a document; None where it is none of the log's."""
    if stored[_LENGTH.size : _PLACE - _POSITION.size] != _BEFORE_POSITION:
        return None
    (position,) = _POSITION.unpack_from(stored, _PLACE - _POSITION.size)
    chained = stored[-_TAIL : -_TAIL + len(_BEFORE_DIGEST)] == _BEFORE_DIGEST
    fields = stored[_PLACE : -_TAIL if chained else -1]
    commit = _LENGTH.pack(_LENGTH.size + len(fields) + 1) + fields + b"\x00"
    return Stored(position, commit, stored[-1 - DIGEST_BYTES : -1] if chained else None)


def check(beginning: bytes, documents: Iterable[bytes], kept: Mapping[int, bytes], start: int = 0) -> Iterator[Stored]:
    """The documents of a whole partition in order, as far as they are what was written. Raises Altered.

    `beginning` is the partition's genesis; `kept` are digests by position that must be met on the way. With one of
    their positions as `start`, the documents are those from there on, and what comes behind it is given.
    """
    link, last_kept, begun = Link(start, kept[start] if start else beginning), start, start > 0
    documents = iter(documents)
    if start:
        _meet(link, taken_apart(next(documents, b"")))
    for raw in documents:
        found = taken_apart(raw)
        if found is None or found.position <= link.position:
            raise Altered(link.position + 1, "is taken by something that the log never writes")
        if found.position != link.position + 1:
            raise Altered(link.position + 1, f"is missing: after {link.position} comes {found.position}")
        link, begun = _next(link, found, begun), begun or found.digest is not None
        if link.position in kept:
            if found.digest != kept[link.position]:
                what = (
                    f"or one before it, from {last_kept + 1} on, was rewritten: its chain is not the one that was kept"
                )
                raise Altered(link.position, what, event_ids(found.commit))
            last_kept = link.position
        yield found
    if lost := [position for position in kept if position > link.position]:
        raise Altered(link.position + 1, f"is missing: the chain was kept up to {max(lost)}")


def _meet(kept: Link, found: Stored | None) -> None:
    if found is None or Link(found.position, found.digest or b"") != kept:
        raise Altered(kept.position, "is not the one whose chain was kept", event_ids(found.commit) if found else ())


def _next(link: Link, found: Stored, begun: bool) -> Link:
    if found.digest is None and not begun:
        return Link(found.position, link.digest)
    following = link.to(found.commit)
    if found.digest != following.digest:
        what = "is not what was written there" + ("" if begun or not link.position else ", or one before it is not")
        raise Altered(found.position, what, event_ids(found.commit))
    return following
