"""How far a service is with an erasure (PR-07)."""

from __future__ import annotations

from typing import Protocol

from shared.kernel.events import Data
from shared.privacy.keys import Keys

_GATEWAY = "gateway"


class Applied(Protocol):
    """See `shared.views.store.ViewStore`."""

    def watermark(self, source: str, partition: int) -> int: ...


def erasure(keys: Keys, applied: Applied, person_id: str, partition: int, position: int) -> Data:
    """`{"done", "keys"}`: whether the service has heard of the erasure at this place of the gateway's log and no key of

    the person is left, and how many are destroyed. What was made since it heard, by a worker that had not, goes now.
    Raises Unavailable.
    """
    if applied.watermark(_GATEWAY, partition) < position:
        return {"done": False, "keys": 0}
    keys.destroy_owner(person_id)
    destroyed, left = keys.account(person_id)
    return {"done": left == 0, "keys": destroyed}
