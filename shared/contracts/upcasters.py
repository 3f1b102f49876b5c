"""How old versions of events become today's. Every event type is still in its first version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

UPCASTERS: Mapping[tuple[str, str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""`(service, type, version)` to a function from the data of that version to the data of the next."""
