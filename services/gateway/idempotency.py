"""Idempotency-Key (SE-13): the same key by the same person at the same address is the same command."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict

import orjson

from services.gateway.problems import Problem
from shared.kernel.errors import KeyReused
from shared.kernel.events import Data
from shared.kernel.ids import derive, new_id

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_REMEMBERED = 20_000


class Idempotency:
    """Names commands. Logs make a repeated name harmless; the fingerprint shows another payload under the same name.

    A log looks a name up in one partition. So what this process has seen succeed is remembered here as well, for
    payloads that lead to another stream.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._done: OrderedDict[str, str] = OrderedDict()

    def name(self, key: str | None, person_id: str, method: str, path: str, data: Data) -> tuple[str, str | None]:
        """The command's id and fingerprint. Raises a Problem for a bad key, KeyReused for another payload."""
        if key is None:
            return new_id(), None
        if not _KEY.fullmatch(key):
            raise Problem(400, "bad-idempotency-key", "Idempotency-Key takes 1 to 128 visible ASCII characters.")
        command_id = derive("command", person_id, method, path, key)
        payload = orjson.dumps([method, path, data], option=orjson.OPT_SORT_KEYS)
        fingerprint = hmac.digest(self._secret, b"fingerprint\0" + payload, hashlib.sha256).hex()
        if self._done.get(command_id, fingerprint) != fingerprint:
            raise KeyReused
        return command_id, fingerprint

    def succeeded(self, command_id: str, fingerprint: str | None) -> None:
        if fingerprint is None:
            return
        self._done[command_id] = fingerprint
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
