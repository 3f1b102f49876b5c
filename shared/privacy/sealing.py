"""Seal and open the fields that the catalogue classes personal or content.

AES-256-GCM; the additional data binds a sealed value to its event, its field and its key, so that it opens nowhere
else (PR-03).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.catalogue import SEALED
from shared.kernel.events import Data, Event
from shared.privacy.keys import KeyDestroyed, Keys
from shared.privacy.wrapping import NONCE_BYTES, fresh_nonce

REMOVED = "[removed]"
"""What is read where a key was destroyed (PR-08)."""

_PREFIX = "sealed.1."


class Tampered(Exception):
    """A sealed value was changed, or moved away from where it was sealed."""


class Sealer:
    """Seals and opens with the keys of one service."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal_event(self, name: str, event_id: str, data: Data) -> Data:
        """The data of an event (`service.Type`) with its personal and content fields sealed; None stays None.

        Raises KeyDestroyed where the owner was forgotten.
        """
        fields = SEALED[name]
        if not fields:
            return data
        sealed = dict(data)
        for field in fields:
            if sealed.get(field.name) is not None:
                sealed[field.name] = self.seal(field.key_id(data), event_id, field.name, sealed[field.name])
        return sealed

    def secret(self, name: str) -> bytes:
        """A key of the service's own: the same each time, and known to nobody else."""
        return self._keys.for_sealing(name)

    def seal(self, key_id: str, event_id: str, field: str, value: Any) -> str:
        nonce = fresh_nonce()
        cipher = AESGCM(self._keys.for_sealing(key_id))
        body = nonce + cipher.encrypt(nonce, orjson.dumps(value), _binding(key_id, event_id, field))
        return _PREFIX + urlsafe_b64encode(body).decode()

    def open(self, reference: Data | None) -> Any:
        """What a view's reference (see `reference`) stands for; REMOVED where its key is gone; None for None.

        Raises Tampered.
        """
        if reference is None:
            return None
        key = self._keys.for_opening(reference["key"])
        if key is None:
            return REMOVED
        body = urlsafe_b64decode(reference["sealed"].removeprefix(_PREFIX))
        binding = _binding(reference["key"], reference["event"], reference["field"])
        try:
            return orjson.loads(AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], binding))
        except InvalidTag:
            raise Tampered(f"{reference['field']} of event {reference['event']} does not open") from None

    def open_event(self, event: Event) -> Data:
        """The data of an event with its sealed fields opened."""
        return {**event.data, **{field.name: self.open(reference(event, field.name)) for field in SEALED[event.name]}}


def reference(event: Event, field: str) -> Data | None:
    """What a view keeps of a sealed field: enough to open it later, and no plaintext."""
    value = event.data.get(field)
    if value is None:
        return None
    declared = next(known for known in SEALED[event.name] if known.name == field)
    return {"key": declared.key_id(event.data), "event": event.id, "field": field, "sealed": value}


def _binding(key_id: str, event_id: str, field: str) -> bytes:
    return f"{event_id}\x1f{field}\x1f{key_id}".encode()


__all__ = ["REMOVED", "KeyDestroyed", "Sealer", "Tampered", "reference"]
