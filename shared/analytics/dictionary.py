"""Writes `docs/events.md`, the catalogue of events with the class of every field, from their schemas.

`python -m shared.analytics.dictionary docs/events.md`
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from shared.analytics.columns import ENVELOPE, Column, all_columns
from shared.contracts.base import EventSchema
from shared.contracts.catalogue import EVENTS, SOURCES

_HEAD = """\
# Events

Made from the schemas in `shared/contracts`: `python -m shared.analytics.dictionary docs/events.md`; do not edit.

Every event travels in one envelope, on the exchange `mentorship.events`, routing key `<service>.<Type>.<partition>`:

```
id · type · schema_version · service · partition · position · index · of · stream · stream_seq · recorded_at ·
actor · correlation_id · causation_id · data
```

Classes: *internal* (ids, states, times) is readable by every service; *personal* and *content* are sealed with the
key of the person, program, case or report named beside them. *In exports* says what an analyst gets: `kept` as it is,
`pseudonym` (a name that holds within that export only), `hour` (cut to the hour), `shifted` (in order, but not from 1),
or `left out`. Whatever fewer than five people share is not shown. *Column* is the type in Parquet, the same in every
export: `string`, `int64`, `double`, `bool`; `json` is a string of JSON with sorted keys. Moments are strings, as fine
as the export's times: `2026-03-01T10:00Z`, `2026-03-01` or `2026-03`. Any column may be empty.
"""


def dictionary() -> str:
    """The whole catalogue as Markdown."""
    return "\n".join([_HEAD, *_envelope(), *(line for service in SOURCES for line in _service(service))]) + "\n"


def _envelope() -> Iterator[str]:
    yield from ("## Columns that every export has", "", "| column | in exports | type |", "|---|---|---|")
    yield from (f"| `{known.name}` | {known.treatment} | {known.kind} |" for known in ENVELOPE)
    yield ""


def _service(service: str) -> Iterator[str]:
    yield from (f"## {service}", "")
    for name, schema in EVENTS.items():
        if name.startswith(f"{service}."):
            yield from _event(name, schema)


def _event(name: str, schema: type[EventSchema]) -> Iterator[str]:
    yield from (f"### {name}", "", f"{inspect.getdoc(schema) or ''}".replace("\n\n", "\n").replace("\n", " "), "")
    yield f"Version {schema.version}." + (f" Told live to: {', '.join(schema.audience)}." if schema.audience else "")
    yield from (
        "",
        "| field | type | required | class | sealed with the key of | in exports | column |",
        "|---|---|---|---|---|---|---|",
    )
    declared = schema._declared_fields  # noqa: SLF001 (the public way to list them needs an instance)
    yield from (_row(known, declared[known.name]) for known in all_columns(name))
    yield ""


def _row(known: Column, field: fields.Field[Any]) -> str:
    owner, scope = field.metadata.get("owner"), field.metadata.get("scope")
    key = f"`{owner}`" + (f" in `{scope}`" if scope else "") if owner else ""
    required = "yes" if field.required else "no"
    shape = f"`{known.name}` | {_type(field)} | {required} | {field.metadata['class']} | {key}"
    return f"| {shape} | {known.treatment} | {known.kind if known.treatment != 'left out' else ''} |"


def _type(field: fields.Field[Any]) -> str:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return "one of " + ", ".join(map(str, rule.choices))
        if isinstance(rule, validate.Range):
            return f"whole number {rule.min} to {rule.max}"
    if isinstance(field, fields.List):
        return f"list of {_type(field.inner)}"
    return {fields.Boolean: "true or false", fields.String: "text"}.get(_base(field), "JSON")


def _base(field: fields.Field[Any]) -> type:
    return next((kind for kind in (fields.Boolean, fields.String) if isinstance(field, kind)), object)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(dictionary())
