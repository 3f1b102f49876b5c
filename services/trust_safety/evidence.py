"""The lock of a case: conversations closes what a report discloses with the public key, only the case opens it.

What comes out is checked against the log: each version of a message stands in it as a commitment, a hash over a salt,
the sender, the message's id and the text (EV-04).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.kernel.events import Data

ALGORITHMS = ["ECDH-ES", "A256GCM"]


class Unreadable(Exception):
    """What came does not open with the key of its report, or holds no messages."""


def new_key() -> Data:
    """A fresh X25519 pair: {public, private}, both as JWK."""
    key = OKPKey.generate_key("X25519")
    return {"public": dict(key.as_dict(private=False)), "private": dict(key.as_dict(private=True))}


def open_evidence(sealed: str, private: Data) -> list[Data]:
    """The messages that a report disclosed: {message_id, sender_id, deleted, versions}. Raises Unreadable."""
    try:
        key = OKPKey.import_key(private)
        opened = orjson.loads(jwe.decrypt_compact(sealed, key, algorithms=ALGORITHMS).plaintext or b"")
    except (JoseError, ValueError, TypeError) as error:
        raise Unreadable(type(error).__name__) from None
    if not isinstance(opened, list) or not all(isinstance(message, dict) for message in opened):
        raise Unreadable("shape")
    return opened


def commitment_of(message: Mapping[str, Any], version: Mapping[str, Any]) -> str:
    """What the log must hold for this version of a message to be true. Raises KeyError, TypeError."""
    said = (version["salt"], message["sender_id"], message["message_id"], version["text"])
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()
