"""A bill of materials (CycloneDX 1.6, JSON) of what the lock files pin: names, versions, hashes. Standard library only.

`python scripts/sbom.py [FILE]`: to FILE, else to standard output. The same lock files give the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements"
_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>\S+)((?: --hash=sha256:[0-9a-f]{64})+)")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_NAMESPACE = uuid.UUID("a1d6f0a5-7a53-5b0c-9a3e-2f2f6c1d4e88")


class Unlocked(Exception):
    """A line of a lock file that pins nothing by its hash; the message names it."""


def pinned(text: str) -> dict[str, tuple[str, list[str]]]:
    """Version and SHA-256 hashes by name. Raises Unlocked."""
    found = {}
    logical = _COMMENT.sub("", text).replace("\\\n", " ")
    for line in filter(None, (" ".join(each.split()) for each in logical.splitlines())):
        match = _PINNED.fullmatch(line)
        if not match:
            raise Unlocked(line[:80])
        found[match["name"].lower()] = match["version"], re.findall(r"sha256:(\w+)", line)
    return found


def bill() -> dict[str, Any]:
    """What runs in an installation is "required"; the tools of development and tests are "excluded" from it."""
    running = pinned((REQUIREMENTS / "runtime.txt").read_text())
    every = pinned((REQUIREMENTS / "dev.txt").read_text()) | pinned((REQUIREMENTS / "mongod.txt").read_text())
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "scope": "required" if name in running else "excluded",
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
        }
        for name, (version, digests) in sorted((every | running).items())
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps(components))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "mentorship",
                "name": "mentorship",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }


def main(arguments: list[str]) -> int:
    try:
        text = json.dumps(bill(), indent=1) + "\n"
    except (Unlocked, OSError) as error:
        sys.stderr.write(f"sbom: {error}\n")
        return 1
    if arguments:
        Path(arguments[0]).write_text(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
