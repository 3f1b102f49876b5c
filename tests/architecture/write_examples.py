"""`python -m tests.architecture.write_examples`: one example of each event type in its version, where there is none.

Examples are written once and kept for ever: never edit one, add the next version's beside it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from shared.contracts.catalogue import EVENTS, VALIDATORS

EXAMPLES = Path(__file__).parent / "examples"
_WORDS = {"timezone": "Europe/Berlin", "locale": "en", "why": "read", "reason": "other"}


def example(name: str) -> dict[str, Any]:
    """Data that the schema takes, with a value in every field."""
    return {field: _value(field, kind) for field, kind in VALIDATORS[name].fields.items()}


def _value(name: str, field: fields.Field[Any]) -> Any:
    if field.metadata.get("owner"):
        return "sealed.1.AAAA"
    rules = [rule for rule in field.validators if isinstance(rule, validate.OneOf)]
    if rules:
        return next(iter(rules[0].choices))
    if isinstance(field, fields.Boolean):
        return True
    if isinstance(field, fields.Integer):
        return 1
    if isinstance(field, fields.List):
        return [_value(name, field.inner)]
    if isinstance(field, fields.Nested):
        return {key: _value(key, inner) for key, inner in field.schema.fields.items()}
    if name.endswith(("_at", "until")):
        return "2026-01-02T03:04:05.678Z"
    if isinstance(field, fields.String):
        return _WORDS.get(name, f"example-{name.replace('_', '-')}")
    return {}


def main() -> None:
    EXAMPLES.mkdir(exist_ok=True)
    for name, schema in EVENTS.items():
        path = EXAMPLES / f"{name}.v{schema.version}.json"
        if not path.exists():
            path.write_text(json.dumps(example(name), indent=1, sort_keys=True) + "\n")
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
