"""A commit as a document: one document, so that a commit is whole or absent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import bson
from bson.errors import BSONError

from shared.eventlog.upcasting import Upcasters, upcast
from shared.kernel.events import Commit, Event, NewCommit

Document: TypeAlias = dict[str, Any]

LARGEST = 16 * 1024 * 1024 - 1024
"""Bytes of BSON: what the store takes in one document, less some room for the position."""


_ID = re.compile("[0-9a-f]{32}")


class BadCommit(ValueError):
    """The commit can never be stored as it is. Nothing was written."""


def encode(commit: NewCommit) -> bytes:
    """The commit as BSON, still without a position.

    Raises BadCommit for what the log could not keep or the bus could not carry: it would be in the way for ever.
    """
    if not commit.events:
        raise BadCommit("A commit holds at least one event: a position without events would be a hole on the bus.")
    if commit.expected_seq < 0:
        raise BadCommit("The expected seq of a stream is 0 or more.")
    try:
        json.dumps([event.data for event in commit.events], allow_nan=False)
        encoded = bson.encode(_document(commit))
    except (BSONError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # The original error may quote the data, so it goes no further.
        raise BadCommit(f"An event holds something that JSON or BSON cannot ({type(error).__name__}).") from None
    if len(encoded) > LARGEST:
        raise BadCommit(f"The commit takes {len(encoded)} bytes; {LARGEST} fit.")
    return encoded


def _document(commit: NewCommit) -> Document:
    return {
        "stream": commit.stream,
        "seq": commit.expected_seq + 1,
        "events": [{"id": e.id, "type": e.type, "v": e.version, "data": e.data} for e in commit.events],
        "command_id": commit.command_id,
        "correlation_id": commit.correlation_id,
        "causation_id": commit.causation_id,
        "actor": commit.actor,
        "recorded_at": commit.recorded_at,
        "fingerprint": commit.fingerprint,
    }


FIELDS = _document(NewCommit("", 0, (), "", "", None, "", "")).keys()
"""The fields of a commit."""


def decode(encoded: bytes) -> Document:
    """What `encode` encoded. Raises ValueError where it is that no more."""
    try:
        return bson.decode(encoded)
    except BSONError:
        raise ValueError("This is no BSON.") from None  # without the original error, which may quote the data


def event_ids(encoded: bytes) -> list[str]:
    """The ids of the events of an encoded commit, as far as they can be read and are ids."""
    try:
        ids = [event["id"] for event in decode(encoded)["events"]]
    except (ValueError, LookupError, TypeError):
        return []
    return [id for id in ids if isinstance(id, str) and _ID.fullmatch(id)]


def to_commit(service: str, partition: int, document: Mapping[str, Any], upcasters: Upcasters) -> Commit:
    """The commit in a stored document, its events upcast to today's versions."""
    position, stream, seq = int(document["_id"]), document["stream"], document["seq"]
    stored = document["events"]
    about = (document["recorded_at"], document["actor"], document["correlation_id"], document["causation_id"])
    events = []
    for index, one in enumerate(stored):
        version, data = upcast(upcasters, service, one["type"], one["v"], one["data"])
        place = (service, partition, position, index, len(stored), stream, seq)
        events.append(Event(one["id"], one["type"], version, data, *place, *about))
    command_id, fingerprint = document["command_id"], document["fingerprint"]
    return Commit(service, partition, position, stream, seq, tuple(events), command_id, fingerprint)
