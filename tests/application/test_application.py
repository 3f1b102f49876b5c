"""The application when its log is away, its views are behind, or its streams are busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.programs.service import TABLE
from shared.application import application
from shared.application.application import Application, Context
from shared.bus.port import Transient
from shared.eventlog import LogUnavailable
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.errors import Unavailable
from shared.kernel.events import Commit, NewCommit
from shared.privacy.keys import MemoryKeys, owner_of
from shared.privacy.sealing import Sealer
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.testing.scenario import person
from shared.views.reader import ViewBehind

ADMIN = person("ada", admin_of="soap")
NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Soap"}


class Silent(MemoryEventLog):
    """Takes a commit, then does not say so, for as long as it is `away`."""

    away = True

    def append(self, commit: NewCommit) -> Commit:
        done = super().append(commit)
        if self.away:
            raise LogUnavailable("no answer")
        return done


class Behind(MemoryViews):
    """Views that never come up to date; counts who waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    def wait_for(self, _positions: Mapping[tuple[str, int], int], timeout: float) -> None:
        self.waiting += timeout > 0
        time.sleep(timeout)
        raise ViewBehind


def made(log: MemoryEventLog | None = None, views: Any = None) -> Application:
    return Application(
        TABLE, log or MemoryEventLog("programs"), Sealer(MemoryKeys()), views or MemoryViews(), FixedClock()
    )


def asked(key: str, **more: Any) -> Context:
    return Context(ADMIN, key, key, fingerprint="same", **more)


def test_a_commit_without_an_answer_is_found_by_its_key() -> None:
    """I1, I3: nobody is told that nothing changed where it is not known; the same key tells, and does it once."""
    log = Silent("programs")
    app = made(log)
    with pytest.raises(Unavailable, match="not known"):
        app.execute("create_program", NEW, asked("k"))
    log.away = False
    assert app.execute("create_program", NEW, asked("k")).position == 1
    assert log.head(0) == 1


def test_a_commit_without_an_answer_is_found_though_its_author_was_forgotten_since() -> None:
    """I2: what cannot be sealed any more is no refusal of what was done; the same key tells what became of it."""
    log, keys = Silent("programs"), MemoryKeys()
    app = Application(TABLE, log, Sealer(keys), MemoryViews(), FixedClock())
    with pytest.raises(Unavailable):
        app.execute("create_program", NEW, asked("k"))
    for key_id in list(keys._keys):
        keys.destroy_owner(owner_of(key_id))
    log.away = False
    assert app.execute("create_program", NEW, asked("k")).position == 1


def test_a_stream_that_hangs_takes_no_worker_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the log is away, those who wait behind the first command of a stream give up in time (I20)."""
    monkeypatch.setattr(application, "_STREAM_WITHIN", 0.05)
    app = made()
    program = {"program_id": app.execute("create_program", NEW, asked("k")).answer["program_id"]}
    entry = app._repository.entry(f"program-{program['program_id']}", TABLE.commands["open_program"].aggregate)
    with entry.lock, pytest.raises(Unavailable):
        app.execute("open_program", program, asked("o"))
    assert app.execute("open_program", program, asked("o")).position == 2


def test_readers_ahead_of_the_views_leave_workers_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many name a position that is not there yet, only so many wait; the others are told at once."""
    monkeypatch.setattr(application, "_READ_YOUR_WRITES_WITHIN", 0.5)
    views = Behind()
    app = made(views=views)

    def ask() -> None:
        with pytest.raises(ViewBehind):
            app.ask("templates", {}, asked("q", at={("programs", 0): 10**9}))

    threads = [threading.Thread(target=ask) for _ in range(50)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert views.waiting == 20
    assert time.monotonic() - started < 10
    assert app.ask("templates", {}, asked("q"))


def test_what_looks_ahead_is_not_done_blindly() -> None:
    """BL-02: where the source of blocks cannot be asked, nothing is decided that a block may forbid: come again."""
    ahead = replace(TABLE.commands["create_program"], looks_ahead=True)
    app = Application(
        replace(TABLE, commands={**TABLE.commands, "create_program": ahead}),
        MemoryEventLog("programs"),
        Sealer(MemoryKeys()),
        MemoryViews(),
        FixedClock(),
    )
    looks: list[str] = []

    def scout() -> bool:
        looks.append("look")
        if len(looks) == 1:
            raise Transient
        return True

    app.scout = scout
    with pytest.raises(Unavailable):
        app.execute("create_program", NEW, asked("c"))
    assert app.log.head(0) == 0
    assert app.execute("create_program", NEW, asked("c")).position == 1
    app.execute("open_program", {"program_id": app.log.feed(0)[0].events[0].data["program_id"]}, asked("o"))
    assert len(looks) == 2
