"""`python -m tests.torture.system.serve SERVICE`: the real service; trust_safety notes every effect in a view as well.

The note is written where views are written, in the same transaction as the watermark, so what took effect is counted.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace

from shared.application.table import Table
from shared.bus.topology import CONSUMES
from shared.contracts.catalogue import EVENTS
from shared.kernel.events import Event
from shared.views.changes import Change, ViewFunction, amend

AUDITOR = "trust_safety"
EFFECTS = "torture_effects"
_IN_ONE = 50


def table(service: str) -> Table:
    """The service's table, as it runs here."""
    found: Table = importlib.import_module(f"services.{service}.service").TABLE
    return noting(found) if service == AUDITOR else found


def noting(plain: Table) -> Table:
    sources = (plain.name, *CONSUMES[plain.name])
    heard = [name for name in EVENTS if name.partition(".")[0] in sources]
    return replace(plain, views={name: _noted(plain.views.get(name)) for name in heard})


def _noted(function: ViewFunction | None) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        place = f"{event.service}/{event.partition}/{event.stream}/{event.seq // _IN_ONE}"
        note = amend(EFFECTS, place, push={"seen": [event.position, event.index, event.id]})
        return [*(function(event) if function else ()), note]

    return change


def main(names: list[str]) -> int:
    from shared.runtime import serve  # patches the sockets of whoever imports it

    for name in names:
        for found in vars(importlib.import_module(f"services.{name}.service")).values():
            if isinstance(found, type) and getattr(found, "name", None) == name:
                found.table = table(name)  # type: ignore[attr-defined]
    return serve.main(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
