"""The templates that come with the system (P-01): YAML files beside this one, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from shared.kernel.events import Data

_FOLDER = Path(__file__).parent / "templates"


@cache
def templates() -> dict[str, Data]:
    """Every template by its id, in the order of their titles."""
    loaded = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("*.yaml")]
    return {template["id"]: template for template in sorted(loaded, key=lambda template: str(template["title"]))}
