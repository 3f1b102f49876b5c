"""The issuer's public keys. Only keys that were configured can verify a token; a token never brings its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

KeyFinder = Callable[[str], Key | None]
"""Gives the public key of a `kid`, or None where no such key is configured."""

_REFRESH_EVERY = 300.0
_PATIENCE = 5.0


def key_set(data: Mapping[str, Any]) -> dict[str, Key]:
    """Keys by their id out of a JWKS document. Shared secrets, and keys without an id, are passed over.

    Raises ValueError where the document is no key set.
    """
    try:
        found = KeySet.import_key_set({"keys": [key for key in data["keys"] if key.get("kid")]})
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is no JSON Web Key Set") from error
    return {str(key.kid): key for key in found if isinstance(key, (ECKey, RSAKey, OKPKey))}


class FileKeys:
    """The key set in a file of the development instance; read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = -1
        self._keys: dict[str, Key] = {}

    def __call__(self, kid: str) -> Key | None:
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._seen:
                self._keys = key_set(json.loads(self._path.read_text()))
                self._seen = changed
        except (OSError, ValueError):
            return None  # fails closed
        return self._keys.get(kid)


class RemoteKeys:
    """The key set at a URL, kept fresh by a background thread, so that no request ever waits for the issuer.

    An unknown `kid` wakes the thread (at most once per `pause` seconds): a new key works a moment after its first use.
    """

    def __init__(self, url: str, pause: float = 10.0) -> None:
        self._url = url
        self._pause = pause
        self._keys: dict[str, Key] = {}
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="issuer-keys", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether any key is known yet."""
        return bool(self._keys)

    def __call__(self, kid: str) -> Key | None:
        found = self._keys.get(kid)
        if found is None:
            self._wanted.set()
        return found

    def close(self) -> None:
        self._ended.set()
        self._wanted.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._fetch()
            self._ended.wait(self._pause)
            self._wanted.wait(_REFRESH_EVERY if self.ready else self._pause)
            self._wanted.clear()

    def _fetch(self) -> None:
        try:
            answer = httpx.get(self._url, timeout=_PATIENCE, follow_redirects=False)
            answer.raise_for_status()
            self._keys = key_set(answer.json()) or self._keys
        except (httpx.HTTPError, ValueError):
            return  # the issuer is away: the keys that are known stay good


def keys_at(url: str) -> FileKeys | RemoteKeys:
    """The right finder for a configured OIDC_JWKS_URL."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileKeys(Path(unquote(parts.path)))
    return RemoteKeys(url)
