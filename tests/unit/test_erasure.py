from __future__ import annotations

from shared.contracts.base import SCOPE_ENDS
from shared.privacy.keys import MemoryKeys
from shared.runtime.erasure import erasure

PLACE = (1, 7)


class Applied:
    """A service that has applied its sources up to `position`."""

    def __init__(self, position: int) -> None:
        self.position = position

    def watermark(self, source: str, partition: int) -> int:
        assert (source, partition) == ("gateway", PLACE[0])
        return self.position


def keys_of_ada() -> MemoryKeys:
    keys = MemoryKeys()
    for key_id in ("ada", f"p1{SCOPE_ENDS}ada", f"p1{SCOPE_ENDS}ben"):
        keys.for_sealing(key_id)
    return keys


def test_a_service_that_has_not_heard_confirms_nothing() -> None:
    """PR-07: asked too early a service says so, and destroys nothing that is not on record for it yet."""
    keys = keys_of_ada()
    assert erasure(keys, Applied(6), "ada", *PLACE) == {"done": False, "keys": 0}
    assert keys.account("ada") == (0, 2)


def test_what_was_made_meanwhile_goes_too() -> None:
    """PR-07: a key that a worker made while it had not heard yet is found when the service is asked, and destroyed."""
    keys = keys_of_ada()
    keys.destroy_owner("ada")
    keys._keys["late"] = keys._keys[f"p2{SCOPE_ENDS}ada"] = b"made meanwhile"
    assert erasure(keys, Applied(7), "ada", *PLACE) == {"done": True, "keys": 3}
    assert erasure(keys, Applied(9), "ada", *PLACE) == {"done": True, "keys": 3}


def test_the_keys_of_others_stay() -> None:
    """PR-11: of two in a pair, the erasure of one leaves the other's keys."""
    keys = keys_of_ada()
    erasure(keys, Applied(7), "ada", *PLACE)
    assert keys.account("ben") == (0, 1)
    assert keys.for_opening(f"p1{SCOPE_ENDS}ben") is not None


def test_a_key_that_stays_is_no_erasure() -> None:
    """PR-07: as long as one key of the person is left, the service does not confirm."""

    class Stuck(MemoryKeys):
        def destroy_owner(self, owner: str) -> int:
            return 0

    keys = Stuck()
    keys.for_sealing("ada")
    assert erasure(keys, Applied(7), "ada", *PLACE) == {"done": False, "keys": 0}
