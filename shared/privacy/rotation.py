"""Replacing a key-encryption key: every data key is unwrapped with what wrapped it, and wrapped with the newest.

Nothing that was sealed changes (PR-05). A key changes in one write that fits only the wrapping it replaces, so this may
run beside live services, be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.privacy.keys import unwrapped
from shared.privacy.registry import Found, Registry, pages
from shared.privacy.wrapping import KeyWrapper, Wrappers

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """`left`: keys that no wrapper at hand opens; they stay as they are."""

    rewrapped: int
    left: int


def rotate(registry: Registry, wrappers: Wrappers, progress: Callable[[int], object] = lambda _count: None) -> Rotated:
    """Wrap every key with the newest wrapper, until none is wrapped by another. Raises Unavailable."""
    rewrapped = 0
    while True:
        known = wrappers()
        changed = left = 0
        for page in pages(registry.not_wrapped_by(known[0].id), _PAGE):
            changes = [change for key_id, found in page if (change := _wrapped_anew(key_id, found, known))]
            changed += registry.rewrap(changes, known[0].id) if changes else 0
            left += len(page) - len(changes)
            progress(len(page))
        rewrapped += changed
        if not changed:  # what a service made with an older wrapper meanwhile was found by looking once more
            return Rotated(rewrapped, left)


def _wrapped_anew(key_id: str, found: Found, wrappers: Sequence[KeyWrapper]) -> tuple[str, bytes, bytes] | None:
    try:
        plain = unwrapped(key_id, found, wrappers)
    except ValueError:
        return None
    return key_id, found.wrapped or b"", wrappers[0].wrap(plain, key_id.encode())
