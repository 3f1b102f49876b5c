"""Commitments to messages, and the sealing of evidence to the key of a case.

A commitment is a hash over a random salt, the sender, the message's id and its text. It stands in the log in clear and
says nothing; together with the sealed salt it proves later what was said (EV-04).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import orjson
from joserfc import jwe
from joserfc.jwk import OKPKey

from shared.kernel.events import Data


def commit_to(sender_id: str, message_id: str, text: str) -> Data:
    """`{"salt", "commitment"}` for a new text."""
    salt = secrets.token_hex(16)
    return {"salt": salt, "commitment": commitment(salt, sender_id, message_id, text)}


def commitment(salt: str, sender_id: str, message_id: str, text: str) -> str:
    return hashlib.sha256("\x1f".join((salt, sender_id, message_id, text)).encode()).hexdigest()


def seal_for_case(messages: Sequence[Data], public_key: Data) -> str:
    """The messages as JWE for a case's public X25519 key: no service but its owner can open it, this one included."""
    key = OKPKey.import_key(public_key)
    protected = {"alg": "ECDH-ES", "enc": "A256GCM"}
    return jwe.encrypt_compact(protected, orjson.dumps(list(messages)), key)
