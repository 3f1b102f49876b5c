"""The OpenAPI document as one page to read: no script, nothing from elsewhere (SE-11)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from typing import Any

from services.gateway.openapi import resolve

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem } pre { white-space: pre-wrap }
details { border: 1px solid #8886; border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary code { font-weight: 600 }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: 600; margin-top: .6rem }
td { text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top }
"""

_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page(document: dict[str, Any]) -> str:
    """The whole page."""
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(document, method, path, operation))
    info = document["info"]
    links = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in groups)
    body = "".join(f'<h2 id="{escape(name)}">{escape(name)}</h2>{"".join(found)}' for name, found in groups.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(info['title'])}</h1><pre>{escape(info['description'])}</pre>"
        f'<p>The same for programs: <a href="/v1/openapi.json">openapi.json</a></p><nav>{links}</nav>'
        f"<main>{body}</main></body></html>"
    )


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    done = next(status for status in operation["responses"] if status.startswith("2"))
    answer = operation["responses"][done].get("content", {}).get("application/json", {}).get("schema")
    others = ", ".join(status for status in operation["responses"] if status != done)
    return (
        f"<details><summary><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<p>{escape(operation['description'])}</p>"
        f"{_parameters(operation['parameters'])}{_fields(document, 'Body', body)}"
        f"{_fields(document, f'Answer {done}', answer)}<p>Problems: {others or 'none'}</p></details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        (f"{one['name']} ({one['in']})", one["schema"], one["required"], one.get("description")) for one in parameters
    ]
    return _table("Parameters", rows)


def _fields(document: dict[str, Any], title: str, schema: dict[str, Any] | None) -> str:
    if schema is None:
        return ""
    found = resolve(document, schema)
    needed = found.get("required", [])
    rows = [(name, one, name in needed, one.get("description")) for name, one in found.get("properties", {}).items()]
    return _table(title, rows)


def _table(title: str, rows: list[tuple[str, dict[str, Any], bool, str | None]]) -> str:
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(schema))}</td>"
        f"<td>{'required' if needed else ''}</td><td>{escape(why or '')}</td></tr>"
        for name, schema, needed, why in rows
    )
    return f"<table><caption>{escape(title)}</caption>{lines}</table>" if lines else ""


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(choice) for choice in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "any"))
