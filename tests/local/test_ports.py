"""Ports on loopback, and that no two who will listen get the same one."""

from __future__ import annotations

import pytest

from shared.runtime.faults import Fault
from shared.runtime.local import ports


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens yet, and still each gets another one; what is promised to the gateway is given to nobody."""
    monkeypatch.setattr(ports, "_promised", set())
    monkeypatch.setattr(ports, "_HIGH", ports._LOW + 4)
    monkeypatch.setattr(ports, "is_free", lambda _port: True)
    ports.promise(ports._LOW)
    given = [*ports.free_ports(1), *ports.free_ports(2)]
    assert sorted(given) == [ports._LOW + 1, ports._LOW + 2, ports._LOW + 3]
    assert ports.free_ports(1, given[:1]) == given[:1], "its own, which it remembers"
    with pytest.raises(Fault):
        ports.free_ports(1)
