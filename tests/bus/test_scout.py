"""The scout: what forbids comes before its turn, where a service is behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.bus import scout
from shared.bus.port import Transient
from shared.bus.scout import Scout
from shared.kernel.clock import to_text
from shared.kernel.events import Event
from shared.testing.clock import FixedClock
from tests.bus.doubles import event, until

CLOCK = FixedClock()


class Source:
    """One log of 1,200 commits; every hundredth is a block."""

    def __init__(self) -> None:
        self.log = [replace(event(n), type="Block" if n % 100 == 0 else "Other") for n in range(1, 1201)]
        self.reads = 0
        self.away = False
        self.reacted: list[int] = []

    def feed(self, source: str, partition: int, after: int, limit: int) -> list[Event]:
        if self.away:
            raise Transient
        self.reads += 1
        return self.log[after : after + limit] if (source, partition) == ("programs", 0) else []

    def react(self, found: Event) -> None:
        self.reacted.append(found.position)
        if found.position == 300:
            raise ValueError

    def scout(self, watermark: int = 0) -> Scout:
        return Scout(["programs.Block"], 2, lambda *_: watermark, self.feed, self.react, CLOCK)


def old(seconds: float) -> Event:
    return replace(event(1), recorded_at=to_text(CLOCK.now() - timedelta(seconds=seconds)))


def test_looks_at_all_that_is_ahead() -> None:
    """Everything past the watermark is looked at, page by page, in order; one that fails stops no look."""
    source = Source()
    assert source.scout(watermark=150).look()
    assert source.reacted == list(range(200, 1201, 100))


def test_looks_only_before_what_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh events cost nothing; old ones cost one look for as long as it is good; the next goes on from there."""
    for seconds in ("KNOWN", "_SOON"):
        monkeypatch.setattr(scout, seconds, 600)  # this machine may take any time
    source = Source()
    one = source.scout()
    one.before(old(0.5))
    assert source.reads == 0
    one.before(old(1.5))
    one.before(old(99))
    assert not one.look()
    first, source.reads = len(source.reacted), 0
    monkeypatch.setattr(scout, "KNOWN", -1)
    source.log += [replace(event(1201), type="Block")]
    assert one.look()
    assert (source.reacted[first:], source.reads) == ([1201], 2)


def test_a_log_that_grows_is_not_chased() -> None:
    """A look ends though there is more each time that it asks: what came meanwhile is for the next one."""
    source = Source()

    def growing(name: str, partition: int, after: int, limit: int) -> list[Event]:
        source.log.append(event(len(source.log) + 1))
        return source.feed(name, partition, after, limit)

    one = Scout(["programs.Block"], 1, lambda *_: 1150, growing, source.react, CLOCK)
    assert one.look()
    assert (source.reacted, source.reads) == ([1200], 1)


def test_the_next_look_is_begun_before_the_last_one_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is much to react to, a look is made beside it, and no reaction waits for one."""
    source = Source()
    one = source.scout()
    assert one.look()
    first = source.reads
    monkeypatch.setattr(scout, "KNOWN", 600)
    monkeypatch.setattr(scout, "_SOON", -1)
    one.before(old(5))
    until(lambda: source.reads == first + 2)


def test_what_cannot_be_known_is_not_reacted_to() -> None:
    """With the source away the look fails, and the next one starts anew."""
    source = Source()
    one = source.scout()
    source.away = True
    look: Callable[[], object] = lambda: one.before(old(5))  # noqa: E731
    with pytest.raises(Transient):
        look()
    source.away = False
    look()
    assert source.reacted


class Turns:
    """A lock that counts who came to it."""

    def __init__(self) -> None:
        self.taken = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self.taken += 1
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_who_waits_for_a_look_that_fails_fails_with_it() -> None:
    """A source that does not answer costs everybody who waits one time limit, not one after the other."""
    source = Source()
    asked, go_on = threading.Event(), threading.Event()
    tries: list[object] = []
    outcomes: list[str] = []

    def hanging(*place: object) -> list[Event]:
        tries.append(place)
        asked.set()
        go_on.wait(40)
        raise Transient

    one = Scout(["programs.Block"], 1, lambda *_: 0, hanging, source.react, CLOCK)
    turns = one._one_at_a_time = Turns()  # type: ignore[assignment]

    def look() -> None:
        try:
            one.look()
        except Transient:
            outcomes.append("away")

    first, *others = [threading.Thread(target=look) for _ in range(10)]
    first.start()
    assert asked.wait(40)
    for other in others:
        other.start()
    until(lambda: turns.taken == 10)
    go_on.set()
    for thread in (first, *others):
        thread.join()
    assert (len(outcomes), len(tries)) == (10, 1)
