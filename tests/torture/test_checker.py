"""A good history is green, and for each invariant a bad one turns that invariant red and no other."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.kernel.events import Commit, Event
from tests.torture.checker import INVARIANTS, chain, check
from tests.torture.history import History, Note, read
from tests.torture.state import Deadline, Final

AT = "2026-01-01T00:00:00.000Z"


def commit(position: int, seq: int, id: str, kind: str = "Said", cause: str | None = None, **data: Any) -> Commit:
    """One commit of `talks` with one event, in the stream of one couple."""
    who = "ada" if not id.startswith("timer") else "system"
    event = Event(f"e-{id}", kind, 1, data, "talks", 0, position, 0, 1, "couple-1", seq, AT, who, id, cause)
    return Commit("talks", 0, position, "couple-1", seq, (event,), id, None)


class Run:
    """A good run: two commands, a timer, one consumer."""

    def __init__(self) -> None:
        self.notes: list[Note] = [
            {"note": "ask", "at": 0, "service": "talks", "command": "say", "id": "a"},
            {"note": "ack", "at": 0, "service": "talks", "id": "a", "partition": 0, "position": 1},
            {"note": "ask", "at": 1, "service": "talks", "command": "say", "id": "b"},
            {"note": "unknown", "at": 1, "service": "talks", "id": "b"},
            *({"note": "tail", "reader": 1, "service": "talks", "partition": 0, "position": p} for p in (1, 2)),
            {"note": "as-of", "at": 2, "service": "talks", "partition": 0, "upto": 1, "digest": "x"},
            {"note": "as-of", "at": 3, "service": "talks", "partition": 0, "upto": 1, "digest": "x"},
            {"note": "fault", "at": 3, "point": "append", "how": "crash"},
            {"note": "healed", "at": 4, "service": "talks"},
            {"note": "ask", "at": 5, "service": "talks", "command": "say", "id": "a"},
            {"note": "ack", "at": 6, "service": "talks", "id": "a", "partition": 0, "position": 1},
            {"note": "answer", "at": 7, "who": "ada", "pair": "p", "canaries": ["ada's"]},
            {"note": "caught-up", "at": 9, "consumer": "views", "source": "talks", "partition": 0},
        ]
        self.final = Final()
        self.holds([commit(1, 1, "a"), commit(2, 2, "b"), commit(3, 3, "timer")])
        self.final.deadlines = [Deadline("talks", "timer", AT)]
        self.final.queues, self.final.parked = {"views.events.0": 0}, {"views": set()}
        self.final.live, self.final.rebuilt = {"views": {"v": {"1": {"n": 1}}}}, {"views": {"v": {"1": {"n": 1}}}}

        self.final.canary_of, self.final.erased = {"ada's": "p", "may's": "q"}, {"may's"}
        self.final.traces = {"log talks": set(), "database talks.views": {"ada's"}}
        self.final.baseline = self.final.resources = {"channels": 20, "memory talks": 100}

    def holds(self, commits: list[Commit]) -> None:
        """The log holds these, and everybody has heard of them."""
        events = [event for one in commits for event in one.events]
        self.final.commits, self.final.ends = commits, {("views", "talks", 0): len(commits)}
        self.final.effects = {"views": {event.id: 1 for event in events}}
        self.final.order = {"views": {"couple-1": [(event.position, event.index) for event in events]}}
        self.final.chains = {("talks", 0): chain(events)}


def lost(run: Run) -> None:
    run.notes[1]["position"] = 4


def unasked(run: Run) -> None:
    del run.notes[2]


def twice(run: Run) -> None:
    run.holds([*run.final.commits, commit(4, 4, "b")])


def not_dense(run: Run) -> None:
    first, second, third = run.final.commits
    run.holds([first, second, replace(third, position=4)])


def after_a_block(run: Run) -> None:
    block, timer = commit(1, 1, "a", "BlockRequested", blocker_id="may"), run.final.commits[2]
    run.holds([block, commit(2, 2, "b", "MessageSent", pair_id="p"), timer])


def torn(run: Run) -> None:
    first, *others = run.final.commits
    run.holds([replace(first, events=(replace(first.events[0], of=2),)), *others])


def a_hole_is_seen(run: Run) -> None:
    del run.notes[4]


def behind(run: Run) -> None:
    run.final.ends = {("views", "talks", 0): 2}


def effect_twice(run: Run) -> None:
    run.final.effects["views"]["e-a"] = 2


def out_of_order(run: Run) -> None:
    run.final.order["views"]["couple-1"].reverse()


def left_in_the_queue(run: Run) -> None:
    run.final.queues["views.events.0"] = 1


def chain_differs(run: Run) -> None:
    run.final.chains["talks", 0] = (2, "x")


def view_differs(run: Run) -> None:
    run.final.live["views"]["v"]["1"] = {"n": 2}


def the_past_changes(run: Run) -> None:
    run.notes[7]["digest"] = "y"


def early(run: Run) -> None:
    run.final.deadlines = [Deadline("talks", "timer", "2026-01-02T00:00:00.000Z")]


def not_forgotten(run: Run) -> None:
    run.final.traces["export talks"] = {"ada's", "may's"}


def told_to_others(run: Run) -> None:
    run.notes[12]["canaries"] = ["may's"]


def words_in_a_log(run: Run) -> None:
    run.final.traces["log talks"] = {"ada's"}


def a_channel_is_left(run: Run) -> None:
    run.final.resources = {"channels": 31, "memory talks": 200}


def long_deaf(run: Run) -> None:
    run.notes[11]["at"] = 9.5


BAD: dict[str, Callable[[Run], None]] = dict(
    zip(
        INVARIANTS,
        (
            lost, unasked, twice, not_dense, after_a_block, torn, a_hole_is_seen, behind, effect_twice, out_of_order,
            left_in_the_queue, chain_differs, view_differs, the_past_changes, early, not_forgotten, told_to_others,
            words_in_a_log, a_channel_is_left, long_deaf,
        ),
        strict=True,
    )
)  # fmt: skip


def test_a_good_run_is_green() -> None:
    """Nothing is found where nothing is wrong."""
    run = Run()
    assert check(run.notes, run.final) == {}


@pytest.mark.parametrize("invariant", BAD)
def test_a_bad_run_turns_its_invariant_red(invariant: str) -> None:
    """Each bad run breaks the invariant it is written for, and that one alone."""
    run = Run()
    BAD[invariant](run)
    assert list(check(run.notes, run.final)) == [invariant]


def test_a_cut_line_is_left_out() -> None:
    """Whoever is killed while writing leaves a history that can be read."""
    file = io.StringIO()
    History(file, lambda: 1.5).note("ask", id="a")
    lines = (file.getvalue() + '{"note":"ac').splitlines(keepends=True)
    assert list(read(lines)) == [{"note": "ask", "at": 1.5, "id": "a"}]
