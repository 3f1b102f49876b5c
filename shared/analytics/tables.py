"""The tables of services, found by name: nothing in `shared` knows a service."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator

from shared.application.table import Table
from shared.contracts.catalogue import SERVICES
from shared.kernel.events import Aggregate


def table(service: str) -> Table:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the service host, which only the running service needs
        found = importlib.import_module(f"services.{service}.service").TABLE
    if not isinstance(found, Table):
        raise TypeError(f"services.{service}.service:TABLE is no Table")
    return found


def aggregates() -> Iterator[tuple[str, Aggregate[object]]]:
    """Every kind of stream that has a state, with its service: streams are named `<kind>-<id>`."""
    for service in SERVICES:
        known = {handler.aggregate.name: handler.aggregate for handler in table(service).commands.values()}
        for aggregate in known.values():
            yield service, aggregate
