"""How many reports one person files (TS-32)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from services.trust_safety.domain.errors import TooManyReports
from shared.kernel.clock import from_text

REPORTS = 20
WITHIN = timedelta(hours=24)


def stay_within_limit(latest: Sequence[str], now: datetime) -> None:
    """At most 20 in 24 hours. `latest`: when the last reports that count were filed, the latest first.

    Raises TooManyReports with `retry_after`, the seconds until the next one is taken.
    """
    if len(latest) < REPORTS:
        return
    free_at = from_text(latest[REPORTS - 1]) + WITHIN
    if free_at > now:
        raise TooManyReports(retry_after=ceil((free_at - now).total_seconds()))
