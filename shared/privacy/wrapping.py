"""What wraps data keys: a key management service through a small adapter, or keys derived from a file.

A wrapped key is stored with the id of what wrapped it, so that key-encryption keys can be replaced one after the other.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
_ID_BYTES = 8


def fresh_nonce() -> bytes:
    """Random, so that processes need not agree. Below 2^32 of them per key, two are alike with a chance below 2^-32."""
    return secrets.token_bytes(NONCE_BYTES)


class UnfitKeyFile(ValueError):
    """The message is one sentence that says what to do; it never shows what the file holds."""


class WrongKey(ValueError):
    """This wrapper did not wrap that, or not for this context."""


class KeyWrapper(Protocol):
    """One key-encryption key, wherever it is kept. `context` is bound: with another one, unwrapping fails."""

    @property
    def id(self) -> str:
        """Stable, and no secret: it is stored beside what was wrapped."""
        ...

    def wrap(self, plain: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises WrongKey."""
        ...


Wrappers = Callable[[], Sequence[KeyWrapper]]
"""The wrappers there are at this moment, newest first: the first wraps, each unwraps what it wrapped."""


class LocalKey:
    """A wrapper of 32 bytes that this process holds itself: AES-256-GCM under random nonces."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.id = _derived(key, "mentorship/kek-id", _ID_BYTES).hex()

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        nonce = fresh_nonce()
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except InvalidTag:
            raise WrongKey(self.id) from None


class KeyFile:
    """The wrappers of one service out of its key file, which is read again when it changes.

    So a line that is added reaches every running process that shares the file, before anything is wrapped with it.
    """

    def __init__(self, path: Path, service: str) -> None:
        """Raises UnfitKeyFile."""
        self._path = path
        self._service = service
        self._read_as = self._look()
        self._keys, self._wrappers = self._read()

    def __call__(self) -> Sequence[KeyWrapper]:
        """Where the file has become unfit meanwhile, what was read before goes on."""
        self._read_again()
        return self._wrappers

    def keys(self) -> Sequence[bytes]:
        """The same, for a service that makes proofs of its own with them."""
        self._read_again()
        return self._keys

    def _read_again(self) -> None:
        try:
            looks = self._look()
            if looks != self._read_as:
                (self._keys, self._wrappers), self._read_as = self._read(), looks
        except UnfitKeyFile:
            pass

    def _look(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._path)  # noqa: PTH116 (it is looked at wherever a key is made or fetched)
        except OSError:
            raise UnfitKeyFile("it cannot be read: give the path of a key file.") from None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _read(self) -> tuple[Sequence[bytes], Sequence[KeyWrapper]]:
        keys = read_key_file(self._path, self._service)
        return keys, [LocalKey(key) for key in keys]


def read_key_file(path: Path, service: str) -> list[bytes]:
    """The service's own keys, newest first, derived from the lines of the file: 32 random bytes each, in base64.

    Each service gets only what is derived for it. Raises UnfitKeyFile where the file is away, readable by every user,
    or holds anything else.
    """
    try:
        others = path.stat().st_mode & 0o007
        lines = path.read_text().split()
        keys = [b64decode(line, validate=True) for line in lines]
    except OSError:
        raise UnfitKeyFile("it cannot be read: give the path of a key file.") from None
    except ValueError:
        keys = []
    if not keys or any(len(key) != KEY_BYTES or len(set(key)) == 1 for key in keys):
        raise UnfitKeyFile(f"each line must hold {KEY_BYTES} random bytes in base64: `openssl rand -base64 32`.")
    if others:
        raise UnfitKeyFile("it can be read by every user: take that right away (chmod 600).")
    return [_derived(key, f"mentorship/kek/{service}", KEY_BYTES) for key in keys]


def _derived(key: bytes, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose.encode()).derive(key)
