"""Ends of logs, kept in a file of JSON lines: `{"service", "partition", "position", "chain"}`, the chain as hex.

Whoever can write to the store can rewrite a log from some position on, chain included. Nothing in the store tells; that
the log no longer passes through an end that was kept elsewhere, and best signed, does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from shared.analytics.source import Place
from shared.runtime.faults import Fault

Heads: TypeAlias = Mapping[Place, Mapping[int, bytes]]
"""Digests by position, of each partition of each log."""


def read_heads(file: Path) -> Heads:
    """What is kept in the file; nothing where there is none yet. Raises Fault."""
    kept: defaultdict[Place, dict[int, bytes]] = defaultdict(dict)
    if not file.exists():
        return kept
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            one = json.loads(line)
            place, position = (str(one["service"]), int(one["partition"])), int(one["position"])
            digest = bytes.fromhex(one["chain"])
        except (ValueError, LookupError, TypeError):
            raise Fault(f"Line {number} of {file} is not the end of a log: nothing was checked.") from None
        if kept[place].setdefault(position, digest) != digest:
            raise Fault(f"Line {number} of {file} contradicts an earlier one: nothing was checked.")
    return kept


def add_heads(file: Path, kept: Heads, heads: Mapping[Place, tuple[int, bytes]]) -> None:
    """Add those ends that are not there yet. Raises OSError."""
    lines = [
        json.dumps({"service": place[0], "partition": place[1], "position": position, "chain": digest.hex()}) + "\n"
        for place, (position, digest) in heads.items()
        if position not in kept.get(place, {})
    ]
    with file.open("a") as out:
        out.write("".join(lines))
