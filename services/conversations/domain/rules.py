"""Rules of conversations that read as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kernel.clock import from_text


def is_restricted(standing: Mapping[str, Any] | None, now: datetime) -> bool:
    """A sanction stands: without an end, or with one that is yet to come. `standing`: `{"kind", "until"}` or None."""
    if standing is None or standing["kind"] == "none":
        return False
    return standing["until"] is None or from_text(standing["until"]) > now
