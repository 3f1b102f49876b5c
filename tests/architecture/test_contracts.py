"""The published language: every field classed, every event with an example that stays readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.contracts.base import CLASSES
from shared.contracts.catalogue import EVENTS, SEALED, VALIDATORS

EXAMPLES = Path(__file__).parent / "examples"


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_field_of_every_event_is_classed(name: str) -> None:
    """PR-01: public, internal, personal or content; the last two are sealed, and their owner is a field."""
    schema = VALIDATORS[name]
    for field_name, field in schema.fields.items():
        kind = field.metadata.get("class")
        assert kind in CLASSES, f"{name}.{field_name}"
        assert (kind in {"personal", "content"}) == (field_name in {sealed.name for sealed in SEALED[name]})
    for sealed in SEALED[name]:
        assert sealed.owner in schema.fields
        assert sealed.scope is None or sealed.scope in schema.fields


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_says_what_it_means(name: str) -> None:
    """The docstring is its entry in the catalogue."""
    assert (EVENTS[name].__doc__ or "").strip()


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_version_ever_published_stays_readable(name: str) -> None:
    """An example of each type and version is kept for ever; today's schema takes it."""
    path = EXAMPLES / f"{name}.v{EVENTS[name].version}.json"
    assert path.exists(), f"write {path.name}: python -m tests.architecture.write_examples"
    assert VALIDATORS[name].validate(json.loads(path.read_text())) == {}


def test_no_event_holds_a_birth_date() -> None:
    """PR-16: only the attestation is kept."""
    words = {"birth", "birthday", "birthdate", "dob", "age", "born"}
    named = [f"{name}.{field}" for name, schema in VALIDATORS.items() for field in schema.fields]
    assert [one for one in named if words & set(one.rpartition(".")[2].split("_"))] == []


def test_a_report_carries_no_text_in_clear() -> None:
    """TS-06: no text, no evidence, no name on the bus."""
    fields = VALIDATORS["trust_safety.ReportFiled"].fields
    assert "text" in {sealed.name for sealed in SEALED["trust_safety.ReportFiled"]}
    assert not {"name", "reporter_name", "evidence"} & set(fields)
