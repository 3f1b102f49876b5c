"""The data keys of one service: a key per owner and space, wrapped by the service's key-encryption key.

A key is active, soft-destroyed (nobody uses it; an operator can restore it) or destroyed, which leaves a tombstone:
nobody can seal for that owner or in that space again, so replay and late events never bring it back (PR-06).
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from shared.contracts.base import SCOPE_ENDS
from shared.privacy.registry import Found, Registry, in_space, owner_of
from shared.privacy.wrapping import KEY_BYTES, KeyWrapper, Wrappers, WrongKey

_CACHED_KEYS = 10_000
_CACHED_FOR = 30.0
"""Seconds after which a key is looked up again: another worker may have destroyed it in the meantime."""


class KeyDestroyed(Exception):
    """The owner or the space was ended: nothing can be sealed for it, and nothing of it can be opened."""


class Keys(Protocol):
    """Data keys by id. An id is that of its owner, after a space (a pair, a case) where the key is for that one only.

    Everything raises Unavailable where the store is away. What another process destroyed is used no more within 30 s.
    """

    def for_sealing(self, key_id: str) -> bytes:
        """The key, made at first use. Raises KeyDestroyed."""
        ...

    def for_opening(self, key_id: str) -> bytes | None:
        """The key, or None where it may not be used or never was."""
        ...

    def destroy_owner(self, owner: str) -> int:
        """Destroy every key of an owner, in all spaces, and leave a tombstone. Answers how many keys went."""
        ...

    def destroy_space(self, space: str) -> int:
        """Destroy the space's own key and everybody's in it, and leave a tombstone. Answers how many keys went."""
        ...

    def soft_destroy_space(self, space: str, at: str) -> int:
        """As `destroy_space`, but `restore_space` takes it back. `at`: the moment, from which the grace counts."""
        ...

    def restore_space(self, space: str, kept_until: str | None = None) -> int:
        """Make soft-destroyed keys active again, and note until when retention leaves them alone. Answers how many."""
        ...

    def account(self, owner: str) -> tuple[int, int]:
        """How many keys of an owner are destroyed for good, and how many are not."""
        ...


class MongoKeys:
    """Keys in a registry of the store. `remember` is told of every tombstone, before anything is destroyed."""

    def __init__(
        self,
        registry: Registry,
        wrappers: Wrappers,
        *,
        remember: Callable[[str], None] = lambda _tombstone: None,
        cached_for: float = _CACHED_FOR,
    ) -> None:
        self._registry = registry
        self._wrappers = wrappers
        self._remember = remember
        self._cached_for = cached_for
        self._cache: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self.account = registry.account

    def for_sealing(self, key_id: str) -> bytes:
        known = self._cached(key_id)
        if known is not None:
            return known
        found = self._registry.find(key_id)
        if found is None and not self._registry.is_ended(key_id):
            found = self._made(key_id)
        # Looked at once the key is there: one that was made while its owner was erased was not there to be destroyed.
        if found is None or not found.usable or self._registry.is_ended(key_id):
            raise KeyDestroyed(key_id)
        return self._keep(key_id, self._unwrapped(key_id, found))

    def for_opening(self, key_id: str) -> bytes | None:
        known = self._cached(key_id)
        if known is not None:
            return known
        found = self._registry.find(key_id)
        return self._keep(key_id, self._unwrapped(key_id, found)) if found and found.usable else None

    def destroy_owner(self, owner: str) -> int:
        self._remember(owner)
        gone = self._registry.destroy_owner(owner)
        self._forget(lambda key_id: owner_of(key_id) == owner)
        return gone

    def destroy_space(self, space: str) -> int:
        self._remember(space + SCOPE_ENDS)
        gone = self._registry.destroy_space(space)
        self._forget(lambda key_id: in_space(key_id, space))
        return gone

    def soft_destroy_space(self, space: str, at: str) -> int:
        gone = self._registry.soft_destroy_space(space, at)
        self._forget(lambda key_id: in_space(key_id, space))
        return gone

    def restore_space(self, space: str, kept_until: str | None = None) -> int:
        return self._registry.restore_space(space, kept_until)

    def _made(self, key_id: str) -> Found | None:
        newest = self._wrappers()[0]
        wrapped = newest.wrap(secrets.token_bytes(KEY_BYTES), key_id.encode())
        return self._registry.make(key_id, wrapped, newest.id)

    def _unwrapped(self, key_id: str, found: Found) -> bytes:
        return unwrapped(key_id, found, self._wrappers())

    def _cached(self, key_id: str) -> bytes | None:
        key, until = self._cache.get(key_id, (None, 0.0))
        return key if time.monotonic() < until else None

    def _keep(self, key_id: str, key: bytes) -> bytes:
        self._cache.pop(key_id, None)
        self._cache[key_id] = key, time.monotonic() + self._cached_for
        while len(self._cache) > _CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    def _forget(self, which: Callable[[str], bool]) -> None:
        for key_id in [known for known in self._cache if which(known)]:
            self._cache.pop(key_id, None)


def unwrapped(key_id: str, found: Found, wrappers: Sequence[KeyWrapper]) -> bytes:
    """The data key. Documents from before wrappers were named mean the first there was: the last in the list."""
    chosen = [each for each in wrappers if each.id == found.kek] if found.kek else list(wrappers[-1:])
    try:
        return chosen[0].unwrap(found.wrapped or b"", key_id.encode())
    except (IndexError, WrongKey):
        raise ValueError(
            "KEY_ENCRYPTION_KEY_FILE is not what the stored keys were wrapped with: put the right file back."
        ) from None


class MemoryKeys:
    """The same contract without a store, for fast tests."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}
        self._destroyed: dict[str, bool] = {}
        """By owner, or space and SCOPE_ENDS: whether for good."""
        self._gone: dict[str, int] = {}

    def for_sealing(self, key_id: str) -> bytes:
        if self._ended(key_id):
            raise KeyDestroyed(key_id)
        return self._keys.setdefault(key_id, secrets.token_bytes(KEY_BYTES))

    def for_opening(self, key_id: str) -> bytes | None:
        return None if self._ended(key_id) else self._keys.get(key_id)

    def destroy_owner(self, owner: str) -> int:
        self._destroyed[owner] = True
        return self._destroy(lambda key_id: owner_of(key_id) == owner)

    def destroy_space(self, space: str) -> int:
        self._destroyed[space + SCOPE_ENDS] = True
        return self._destroy(lambda key_id: in_space(key_id, space))

    def soft_destroy_space(self, space: str, at: str) -> int:  # noqa: ARG002
        if space + SCOPE_ENDS in self._destroyed:
            return 0
        self._destroyed[space + SCOPE_ENDS] = False
        return sum(in_space(key_id, space) for key_id in self._keys)

    def restore_space(self, space: str, kept_until: str | None = None) -> int:  # noqa: ARG002
        if self._destroyed.get(space + SCOPE_ENDS) is not False:
            return 0
        del self._destroyed[space + SCOPE_ENDS]
        return sum(in_space(key_id, space) for key_id in self._keys)

    def account(self, owner: str) -> tuple[int, int]:
        return self._gone.get(owner, 0), sum(owner_of(key_id) == owner for key_id in self._keys)

    def _ended(self, key_id: str) -> bool:
        space = key_id.partition(SCOPE_ENDS)[0]
        return owner_of(key_id) in self._destroyed or space + SCOPE_ENDS in self._destroyed

    def _destroy(self, which: Callable[[str], bool]) -> int:
        gone = [key_id for key_id in self._keys if which(key_id)]
        for key_id in gone:
            del self._keys[key_id]
            self._gone[owner_of(key_id)] = self._gone.get(owner_of(key_id), 0) + 1
        return len(gone)
