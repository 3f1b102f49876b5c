"""`python -m tests.operations.next_release SERVICE …`: services of a release that is still to come.

In it programs.ProgramOpened says of which season a program is, and that is version 2.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from shared.runtime import serve  # before anything that opens a socket

from marshmallow import fields  # isort: skip

from shared.application.application import Application
from shared.contracts import catalogue, programs, upcasters
from shared.kernel.events import NewEvent

NAME = "programs.ProgramOpened"


class ProgramOpened(programs.ProgramOpened):
    """Version 2."""

    version = 2
    season = fields.String(required=True, metadata={"class": "internal"})


def of_some_season(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "season": "any"}


def become() -> None:
    """Make this process one of the next release."""
    catalogue.EVENTS[NAME], catalogue.VALIDATORS[NAME] = ProgramOpened, ProgramOpened()
    upcasters.UPCASTERS["programs", "ProgramOpened", 1] = of_some_season  # type: ignore[index]
    as_before = Application._stored

    def stored(self: Application, event: NewEvent, index: int, context: Any) -> Any:
        if event.type == "ProgramOpened":
            event = replace(event, data={**event.data, "season": "spring"})
        return as_before(self, event, index, context)

    Application._stored = stored  # type: ignore[method-assign]


if __name__ == "__main__":
    become()
    sys.exit(serve.main(sys.argv[1:]))
