"""What people word freely is classed content or personal, so that events seal it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from shared.contracts.catalogue import SEALED, SERVICES, VALIDATORS


def texts_in(schema: Schema, path: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    for name, field in schema.fields.items():
        yield from _texts_of(field, f"{path}{name}")


def _texts_of(field: fields.Field[Any], path: str) -> Iterator[tuple[str, fields.Field[Any]]]:
    if isinstance(field, fields.Nested):
        yield from texts_in(field.schema, f"{path}.")
    elif isinstance(field, fields.List):
        if field.metadata.get("class") not in {"content", "personal"}:
            yield from _texts_of(field.inner, path)
    elif isinstance(field, fields.String | fields.Dict) or type(field) is fields.Raw:
        yield path, field


def is_closed(field: fields.Field[Any]) -> bool:
    """Whether nobody can write a sentence into it: it is an id or a word, or has a pattern or a list."""
    rules = tuple(rule for rule in field.validators if not isinstance(rule, validate.Length))
    return field.metadata.get("class") in {"content", "personal", "internal"} or bool(rules)


@pytest.mark.parametrize("service", SERVICES)
def test_no_free_text_of_a_command_is_unclassed(service: str) -> None:
    """PR-01: every text that a command takes is sealed content, or is closed: an id, a pattern, a list of words."""
    commands = import_module(f"services.{service}.service").TABLE.commands
    found = {
        f"{name}: {path}"
        for name, handler in commands.items()
        for path, field in texts_in(handler.schema)
        if not is_closed(field)
    }
    assert found == set()


def test_nothing_that_is_noticed_about_words_could_quote_them() -> None:
    """EV-11: beside what is sealed, events about words have ids, short words of ours and evidence, no other text."""
    structured = {"message_ids", "evidence"}
    roomy = {
        f"{name}.{field_name}"
        for name, schema in VALIDATORS.items()
        if name.startswith("conversations.")
        for field_name, field in schema.fields.items()
        if field_name not in {sealed.name for sealed in SEALED[name]} | structured
        and not field_name.endswith("_id")
        and not (isinstance(field, fields.String) and field.validators)
    }
    assert roomy == set()
