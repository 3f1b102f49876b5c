"""Idempotency-Key (SE-13): the same key by the same person at the same address is the same command."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict

import orjson

from services.gateway.keyring import Keyring
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

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._done: OrderedDict[str, str] = OrderedDict()

    def name(self, key: str | None, person_id: str, method: str, path: str, data: Data) -> tuple[str, list[str]]:
        """The command's id, and its fingerprint by each key there is, newest first: none without an `Idempotency-Key`.

        Raises a Problem for a bad one, KeyReused for another payload.
        """
        if key is None:
            return new_id(), []
        if not _KEY.fullmatch(key):
            raise Problem(400, "bad-idempotency-key", "Idempotency-Key takes 1 to 128 visible ASCII characters.")
        command_id = derive("command", person_id, method, path, key)
        payload = b"fingerprint\0" + orjson.dumps([method, path, data], option=orjson.OPT_SORT_KEYS)
        fingerprints = [hmac.digest(secret, payload, hashlib.sha256).hex() for secret in self._keyring()]
        if self._done.get(command_id, fingerprints[0]) not in fingerprints:
            raise KeyReused
        return command_id, fingerprints

    def succeeded(self, command_id: str, fingerprints: list[str]) -> None:
        if not fingerprints:
            return
        self._done[command_id] = fingerprints[0]
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
