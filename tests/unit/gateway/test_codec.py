from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.codec import BrokenJson, read_json
from shared.kernel.errors import Invalid

BROKEN = [
    b"",
    b"{",
    b"\xff",
    b'{"a":1,"a":2}',
    b'{"a":{"b":1,"b":1}}',
    b"NaN",
    b"[Infinity]",
    b"1e400",
    b"123456789012345678901234567890",
    b"[" * 17 + b"]" * 17,
    b"[" * 30000 + b"]" * 30000,
    b'{"a":1}x',
]


@pytest.mark.parametrize("body", BROKEN)
def test_json_that_two_readers_may_read_differently_is_refused(body: bytes) -> None:
    """Broken JSON, names given twice, numbers that lose digits and deep nesting are no input."""
    with pytest.raises(BrokenJson) as refusal:
        read_json(body)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("body", [b'"\\ud800"', b'"a\\u0000b"', b'{"\\udfff":1}', b'["\\ud83d"]'])
def test_text_that_no_store_can_hold_is_refused(body: bytes) -> None:
    """NUL and half characters never reach a service."""
    with pytest.raises(Invalid):
        read_json(body)


_STORABLE = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))
_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(_STORABLE)


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=10))
def test_good_json_is_read_as_it_is(value: object) -> None:
    """What any JSON writer wrote is read back the same, in either way of writing characters."""
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No input makes the reader fail in another way."""
    with suppress(BrokenJson, Invalid):
        read_json(body)
