"""The words that are looked for: one for each person and field, in every disguise in which it could lie around."""

from __future__ import annotations

import base64
import quopri

from shared.kernel.ids import new_id

MARK = f"canary{new_id()[:8]}"
BIRTH = "1903-07-29"
"""A day that stands nowhere else (PR-16)."""


def word(who: str, field: str) -> str:
    """What `who` writes into a field."""
    return f"{MARK}-{who}-{field}"


def address(who: str) -> str:
    return f"{word(who, 'email')}@example.org"


class Lookout:
    """Finds words in bytes: as they are, in base64 at each of its three alignments, as hex, and in two-byte text."""

    def __init__(self, *words: str) -> None:
        self._forms = sorted({form for word in words for form in _disguises(word)})

    def finds(self, data: bytes) -> list[str]:
        return [form.decode("latin-1") for form in self._forms if form in data]


def _disguises(word: str) -> set[bytes]:
    plain = word.encode()
    in_base64 = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        in_base64.add(encoded[shift and shift + 1 : len(encoded) // 4 * 4 - 4])
    return {plain, plain.hex().encode(), word.encode("utf-16-le"), quopri.encodestring(plain), *in_base64}
