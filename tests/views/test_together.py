"""Looking up together: fewer questions, and nobody gets an answer from before they asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.views.together import Together


class Store:
    """Answers when it is let; each document says how many questions came before."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.let = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)
        self.fails = False

    def fetch(self, _collection: str, ids: list[str]) -> Mapping[str, bytes]:
        self.asked.append(ids)
        number = len(self.asked)
        self.entered.release()
        assert self.let.acquire(timeout=40)
        if self.fails:
            raise OSError("away")
        return {id: str(number).encode() for id in ids}


def gathered(together: Together) -> Callable[[int], bool]:
    def so_many(count: int) -> bool:
        with together._lock:
            question = together._gathering.get("v")
            return question is not None and len(question.ids) == count

    return so_many


def wait_until(holds: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(4000):
        if holds():
            return
        done.wait(0.01)
    raise AssertionError("it never came")


@pytest.fixture
def store() -> Store:
    return Store()


def test_who_comes_during_a_question_shares_the_next(store: Store) -> None:
    """Ten who ask while one is asking are answered by one question, made after all of them came."""
    together = Together(store.fetch)
    with ThreadPoolExecutor(11) as threads:
        first = threads.submit(together.look_up, "v", ["first"])
        assert store.entered.acquire(timeout=40)
        others = [threads.submit(together.look_up, "v", [f"{n}"]) for n in range(10)]
        wait_until(lambda: gathered(together)(10))
        assert store.asked == [["first"]]
        store.let.release(2)
        assert first.result(40) == {"first": b"1"}
        assert all(other.result(40)[f"{n}"] == b"2" for n, other in enumerate(others))
    assert len(store.asked) == 2


def test_a_failure_reaches_all_who_shared_the_question_and_nobody_else(store: Store) -> None:
    """Everybody in it hears of it; the next question starts anew."""
    together = Together(store.fetch)
    store.fails = True
    store.let.release()
    with pytest.raises(OSError, match="away"):
        together.look_up("v", ["a"])
    store.fails = False
    store.let.release()
    assert together.look_up("v", ["a"]) == {"a": b"2"}


def test_an_asker_who_is_ended_leaves_nobody_without_an_answer(store: Store) -> None:
    """Those who shared the question hear that it failed, and do not take silence for "not there"."""

    class Ended(BaseException):
        pass

    def end(_collection: str, _ids: list[str]) -> Mapping[str, bytes]:
        raise Ended

    together = Together(end)
    outcomes: list[BaseException] = []

    def ask() -> None:
        try:
            together.look_up("v", ["a"])
        except BaseException as error:
            outcomes.append(error)

    turn = together._turns["v"]
    with turn:
        askers = [threading.Thread(target=ask) for _ in range(3)]
        for asker in askers:
            asker.start()
        wait_until(lambda: len(threading.enumerate()) > 3 and gathered(together)(1))
    for asker in askers:
        asker.join(40)
    assert sum(isinstance(error, (Ended, OSError)) for error in outcomes) == 3
    together._fetch = store.fetch
    store.let.release()
    assert together.look_up("v", ["a"]) == {"a": b"1"}


def test_collections_do_not_wait_for_each_other(store: Store) -> None:
    """A question to one collection does not hold up another."""
    together = Together(store.fetch)
    with ThreadPoolExecutor(2) as threads:
        one, two = threads.submit(together.look_up, "v", ["a"]), threads.submit(together.look_up, "w", ["b"])
        assert store.entered.acquire(timeout=40)
        assert store.entered.acquire(timeout=40)
        store.let.release(2)
        assert one.result(40).keys() == {"a"}
        assert two.result(40).keys() == {"b"}
