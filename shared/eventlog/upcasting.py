"""Old events are lifted to today's shape when they are read; what is stored is never rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from shared.kernel.events import Data

Upcaster: TypeAlias = Callable[[Data], Data]
"""Takes the data of one version and gives that of the next. It may change what it was given."""

Upcasters: TypeAlias = Mapping[tuple[str, str, int], Upcaster]
"""(service, event type, version it lifts from) → how."""


def upcast(upcasters: Upcasters, service: str, event_type: str, version: int, data: Data) -> tuple[int, Data]:
    """The newest version that a chain of upcasters leads to, and the data in it."""
    while step := upcasters.get((service, event_type, version)):
        version, data = version + 1, step(data)
    return version, data
