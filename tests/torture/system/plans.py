"""How much is done to the system, and for how long."""

from __future__ import annotations

from dataclasses import asdict, replace

from tests.torture.system.chaos import Faults
from tests.torture.system.replicas import ThreeStores
from tests.torture.system.run import Plan
from tests.torture.system.stores import OneStore

_SHORT_MINUTES, _LONG_MINUTES = 4.8, 45.0
_SHORT = Faults(services=42, broker=3, store=3, partitions=6, pauses=2, jumps=1, mischief=2, step_downs=0)
_BESIDE = 105.0
"""Seconds that a short run takes beside its faults: start, settling, recovery, gathering, checking."""
_BESIDE_LONG = 480.0
_COMMANDS, _COMMANDS_LONG = 30_000, 120_000
"""What two cores can do beside so many restarts: in the long run a process is killed every 6 s."""
_LONG = Faults(services=405, broker=30, store=30, partitions=60, pauses=20, jumps=3, mischief=20, step_downs=10)


def short(seed: int, minutes: float | None) -> Plan:
    """T2: at most five minutes in all, however few of them are given."""
    seconds = max(10.0, 60 * (minutes or _SHORT_MINUTES) - _BESIDE)
    usual = 60 * _SHORT_MINUTES - _BESIDE
    return Plan(
        seed=seed,
        seconds=min(seconds, usual),
        commands=int(_COMMANDS * min(1.0, seconds / usual)),
        at_most=20.0,
        groups=4,
        pairs=10,
        newcomers_every=8.0,
        pause=0.2,
        faults=scaled(_SHORT, seconds / usual) if seconds < usual else _SHORT,
        store=OneStore,
        flags=_given(minutes),
    )


def long(seed: int, minutes: float | None) -> Plan:
    """T3: 45 minutes in all, or a part of that with as large a part of the faults."""
    usual = 60 * _LONG_MINUTES - _BESIDE_LONG
    share = min(1.0, (minutes or _LONG_MINUTES) / _LONG_MINUTES)
    return Plan(
        seed=seed,
        seconds=share * usual,
        commands=int(_COMMANDS_LONG * share),
        at_most=60.0,
        groups=6,
        pairs=12,
        newcomers_every=20.0,
        pause=0.4,
        faults=scaled(_LONG, share),
        store=ThreeStores,
        flags=" LONG=1" + _given(minutes),
    )


def _given(minutes: float | None) -> str:
    return f" MINUTES={minutes:g}" if minutes else ""


def scaled(faults: Faults, share: float) -> Faults:
    """At least one of each kind that there is."""
    counts = {name: max(1, round(share * count)) if count else 0 for name, count in asdict(faults).items()}
    return replace(faults, **counts)
