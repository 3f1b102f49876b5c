"""`docs/events.md` is made from the schemas."""

from __future__ import annotations

from pathlib import Path

from shared.analytics.dictionary import dictionary
from shared.contracts.catalogue import EVENTS

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs/events.md"


def test_the_dictionary_names_every_event_and_field_with_its_class() -> None:
    """A reader finds each event once, and of each field whether it is sealed and what an export makes of it."""
    text = dictionary()
    for name, schema in EVENTS.items():
        assert text.count(f"\n### {name}\n") == 1
        for field in schema._declared_fields:
            assert f"| `{field}` |" in text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    sealed = text.partition("\n### conversations.MessageSent\n")[2].partition("\n### ")[0]
    assert "| `text` | JSON | yes | content | `sender_id` in `pair_id` | left out |" in sealed


def test_the_document_is_up_to_date() -> None:
    """Whoever changes a schema writes the document again."""
    assert _DOCUMENT.read_text() == dictionary(), "run `make docs`"
