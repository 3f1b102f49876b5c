"""What an operator may set here: how long an action can be appealed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from services.trust_safety.domain.rules import USUAL_APPEAL_WINDOW
from shared.runtime.faults import Fault

_LEAST, _MOST = 30, 365
"""Days."""


def appeal_window(environment: Mapping[str, str]) -> timedelta:
    """From APPEAL_WINDOW_DAYS. Raises Fault where it is no whole number of days from 30 to 365."""
    text = environment.get("APPEAL_WINDOW_DAYS", "").strip() or str(USUAL_APPEAL_WINDOW.days)
    if not (text.isascii() and text.isdigit() and _LEAST <= int(text) <= _MOST):
        raise Fault(f"APPEAL_WINDOW_DAYS must be a whole number from {_LEAST} to {_MOST}.")
    return timedelta(days=int(text))


APPEAL_WINDOW = appeal_window(os.environ)
