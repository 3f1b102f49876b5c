"""What shows that a call may be believed: who makes it, for which method of which service, and when (SE-08).

A command or question names the person whom it is for in its body. So only the gateway, which has checked that
person's token, may ask for one; the broker lets nobody claim another account's name. See docs/adr/0020.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from shared.kernel.errors import Refusal

GATEWAY = "gateway"
GOOD_FOR = 60.0
"""Seconds. Also by how much the clocks of two machines may differ."""


class NotBelieved(Refusal):
    """The call proves nothing. The sentence does not say which check failed."""

    kind: ClassVar[str] = "unauthenticated"
    slug: ClassVar[str] = "caller-not-believed"
    sentence: ClassVar[str] = "This call does not come from the gateway, not for this service, or not from now."


def marks(account: str, key: str) -> dict[str, Any]:
    """AMQP properties for a call of `service.method`. The broker refuses another `user_id` than the connection's."""
    return {"user_id": account, "type": key, "timestamp": int(time.time())}


def check(properties: Mapping[str, Any], key: str, accounts: Collection[str]) -> None:
    """Raises NotBelieved for a call that came with routing key `key` and is not of one of `accounts`, or is old."""
    sent_at = properties.get("timestamp")
    if (
        properties.get("user_id") not in accounts
        or properties.get("type") != key
        or not isinstance(sent_at, int)
        or abs(time.time() - sent_at) > GOOD_FOR
    ):
        raise NotBelieved
