"""The `mentorship` command. Faults are one plain sentence on stderr and exit status 1."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

from shared.contracts.catalogue import SERVICES
from shared.runtime.faults import Fault, sentence_of

COMMANDS = (
    "shared.cli_commands.system",
    "shared.cli_commands.token",
    "shared.cli_commands.clock",
    "shared.cli_commands.doctor",
    "shared.cli_commands.keys",
    "shared.cli_commands.retention",
    "shared.cli_commands.backup",
    "shared.analytics.cli",
    "shared.views.cli",
    "shared.bus.cli",
    *(f"services.{service}.cli" for service in SERVICES),
)
"""Modules with a `register(subparsers)`; those that are not there are passed over."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("mentorship", description="Mentorship inside community groups.")
    subparsers = made.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        if importlib.util.find_spec(name):
            importlib.import_module(name).register(subparsers)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    args = parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except Fault as fault:
        sentence = str(fault)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader had enough
        return 0
    except OSError as error:
        sentence = sentence_of(error)
    except KeyboardInterrupt:
        return 130
    sys.stderr.write(f"mentorship: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
