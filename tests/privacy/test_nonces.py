"""PR-04: nonces never repeat per key."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode
from collections import Counter

from services.gateway.config import Config
from shared.contracts.catalogue import SEALED
from shared.privacy import sealing, wrapping
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.privacy.wrapping import LocalKey

MOST_PER_KEY = 2**32
"""Random nonces of 96 bits: up to here two are alike with a chance below 2^-32 (NIST SP 800-38D, 8.3)."""


def test_a_million_nonces_are_all_different() -> None:
    """PR-04: of the one function that makes them, for sealed fields and wrapped keys alike."""
    assert sealing.fresh_nonce is wrapping.fresh_nonce
    drawn = {wrapping.fresh_nonce() for _ in range(1_000_000)}
    assert len(drawn) == 1_000_000
    assert {len(nonce) for nonce in list(drawn)[:100]} == {12}


def test_every_seal_takes_a_fresh_one() -> None:
    """PR-04: also of the same words, in the same place, under the same key; and every wrapping."""
    sealer, wrapper = Sealer(MemoryKeys()), LocalKey(b"k" * 32)
    sealed = [sealer.seal("p\x1fmay", "e", "text", "hello").removeprefix("sealed.1.") for _ in range(20_000)]
    assert len({urlsafe_b64decode(body)[:12] for body in sealed}) == 20_000
    assert len({wrapper.wrap(b"x", b"y")[:12] for _ in range(5_000)}) == 5_000


def test_no_key_is_ever_near_its_bound() -> None:
    """PR-04: as fast as the gateway lets somebody write, 2^32 seals under one key take them 200 days and nights."""
    most_at_once = max(
        max(Counter((field.scope, field.owner) for field in fields).values()) for fields in SEALED.values() if fields
    )
    seconds = MOST_PER_KEY / (Config.rate_per_person * most_at_once)
    assert seconds > 200 * 86_400
    assert math.log2(MOST_PER_KEY**2 / 2) - 96 <= -32
