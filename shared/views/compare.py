"""Compares two generations of a service's views, document by document, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import bson
from pymongo import ASCENDING
from pymongo.client_session import ClientSession

from shared.kernel.events import Data
from shared.views.generations import Client, generations, reaching_the_store, watermarks


class NotLevel(Exception):
    """The two generations have not applied the same events, so a difference would mean nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two generations disagree. `fields` are names, never values; empty where one lacks the document."""

    view: str
    id: str
    only_in: int | None = None
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"only in generation {self.only_in}" if self.only_in else f"differs in {', '.join(self.fields)}"
        return f"{self.view} {self.id}: {what}"


def compare(
    client: Client,
    service: str,
    one: int,
    other: int,
    *,
    at: ClientSession | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Iterator[Difference]:
    """Every document that is not the same, byte for byte, in both; the order of fields has no meaning and is ignored.

    `at` is a snapshot session in which generation `one` is read; `progress` is told of its documents.
    Raises NotLevel, Transient.
    """
    if watermarks(client, service, one, at) != watermarks(client, service, other):
        raise NotLevel(service)
    known = generations(client, service)
    for view in sorted({*known.get(one, {}), *known.get(other, {})}):
        yield from _compare_view(client, service, view, (one, other), at, progress)


def _compare_view(
    client: Client,
    service: str,
    view: str,
    pair: tuple[int, int],
    at: ClientSession | None,
    progress: Callable[[int], object],
) -> Iterator[Difference]:
    one, other = pair
    left = _documents(client, service, f"view{one}_{view}", at)
    right = _documents(client, service, f"view{other}_{view}", None)
    for first, second in _side_by_side(left, right):
        progress(first is not None)
        if second is None:
            yield Difference(view, str(first["_id"]) if first else "", only_in=one)
        elif first is None:
            yield Difference(view, str(second["_id"]), only_in=other)
        elif fields := _unlike(first, second):
            yield Difference(view, str(first["_id"]), fields=fields)


def _documents(client: Client, service: str, collection: str, session: ClientSession | None) -> Iterator[Data]:
    with reaching_the_store():
        yield from client[service][collection].find({}, session=session).sort("_id", ASCENDING)


def _side_by_side(left: Iterator[Data], right: Iterator[Data]) -> Iterator[tuple[Data | None, Data | None]]:
    """Both in the order of their ids, paired where the ids are the same."""
    first, second = next(left, None), next(right, None)
    while first is not None or second is not None:
        if second is None or (first is not None and first["_id"] < second["_id"]):
            yield first, None
            first = next(left, None)
        elif first is None or second["_id"] < first["_id"]:
            yield None, second
            second = next(right, None)
        else:
            yield first, second
            first, second = next(left, None), next(right, None)


def _unlike(first: Data, second: Data) -> tuple[str, ...]:
    names = sorted({*first, *second})
    return tuple(name for name in names if _bytes(first, name) != _bytes(second, name))


def _bytes(document: Data, name: str) -> bytes | None:
    return bson.encode({"": _ordered(document[name])}) if name in document else None


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value
