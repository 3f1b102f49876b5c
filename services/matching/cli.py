"""`mentorship matching …`: what an operator may ask of this service's rules beside a running system."""

from __future__ import annotations

from typing import Any

from services.matching import replay_command
from services.matching.simulation import command as simulation


def register(subparsers: Any) -> None:
    what = "matching: play its policies on arrivals of your own, replay a run"
    group = subparsers.add_parser("matching", help=what, description=what)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    simulation.register(actions)
    replay_command.register(actions)
