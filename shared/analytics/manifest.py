"""The manifest of an export: what is in it, how far it goes, and of which schema and digest everything is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.analytics.columns import columns
from shared.analytics.crowds import LEAST
from shared.analytics.source import Logs, Place, places
from shared.contracts.catalogue import EVENTS
from shared.runtime.faults import Fault
from shared.runtime.local import records

MANIFEST = "manifest.json"

Manifest = dict[str, Any]


def read_manifest(path: Path) -> Manifest:
    """Raises Fault where it is none."""
    try:
        found = json.loads(path.read_text())
        positions_of(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Fault(f"{path} is not the manifest of an export: name the {MANIFEST} of an earlier one.") from None
    return dict(found)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """At once: whoever reads it finds the old one or the new one."""
    records.write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n", mode=records.AS_USUAL)


def read_positions(path: Path) -> dict[Place, int]:
    """The positions up to which an earlier export went, from its manifest. Raises Fault."""
    return positions_of(read_manifest(path))


def positions_of(manifest: Manifest) -> dict[Place, int]:
    return {
        (service, int(partition)): int(position)
        for service, partitions in manifest["positions"].items()
        for partition, position in partitions.items()
    }


def by_service(logs: Logs, positions: Mapping[Place, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {service: {} for service in logs}
    for service, partition in places(logs):
        found[service][str(partition)] = positions.get((service, partition), 0)
    return found


def withheld(events: int) -> dict[str, int]:
    return {"fewer_people_than": LEAST, "events": events}


def types(counts: Mapping[str, int]) -> dict[str, Any]:
    """By event type: how many, and its columns."""
    return {
        name: {
            "events": counts[name],
            "version": EVENTS[name].version,
            "columns": [
                {"name": known.name, "type": known.kind, "treatment": known.treatment} for known in columns(name)
            ],
        }
        for name in sorted(counts)
    }
