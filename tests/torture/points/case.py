"""One fault at one point, from the first word to the check: asked, killed and looked at from outside the victim."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.ids import new_id
from shared.views.generations import watermarks
from tests.torture.history import History, Note, read
from tests.torture.points.evidence import final_state
from tests.torture.points.flow import laid
from tests.torture.points.victim import Place, main
from tests.torture.state import Final

FEWEST, MOST = 10, 60
"""So many words are said: at least so many, and more until the fault strikes."""
_ANSWERED_WITHIN = 1.5
"""Seconds that the one who asks waits for an answer, shorter than a hang."""
_SETTLED_WITHIN = 30.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["pytest", "tests.torture.points.victim"])
_FORKING = threading.Lock()


class _Process:
    """A victim, and the pipe to it."""

    def __init__(self, place: Place) -> None:
        self.pipe: Connection
        self.pipe, theirs = _FORKS.Pipe()
        with _FORKING:
            self._process = _FORKS.Process(target=main, args=(theirs, place), daemon=True)
            self._process.start()
        theirs.close()

    def stop(self) -> None:
        """Let it finish what is at hand."""
        self.pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
            raise AssertionError("a victim did not stop in time")


class Case:
    """`run` gives what the checker needs. Nothing of it is shared with other cases but the servers."""

    def __init__(self, amqp_url: str, mongo_url: str, point: str, how: str, folder: Path) -> None:
        mark = new_id()[:8]
        output = str(folder / f"{point}-{how}.log")
        self.place = Place(amqp_url, mongo_url, f"talks-{mark}", f"ears-{mark}", point, how, output)
        self._file = io.StringIO()
        began = time.monotonic()
        self.history = History(self._file, lambda: time.monotonic() - began)
        self._client = connect(mongo_url)
        names = (self.place.source, self.place.hearer)
        self._logs = {name: MongoEventLog(self._client, name, 1, poll=0.01) for name in names}
        self._read = dict.fromkeys(names, 0)
        self._said = 0
        self._struck = self._healed = False
        self._answered: set[str] = set()

    def run(self) -> tuple[list[Note], Final]:
        """Words in two talks, the fault among them; then rest."""
        with self._client, laid(self.place.amqp_url, self.place.source, self.place.hearer) as left:
            self._victims = [_Process(self.place)]
            try:
                while self._said < FEWEST or not (self._struck or self._said == MOST):
                    self._say()
                    self._look()
                    self._note_as_of()
                self._settle(left)
            finally:
                for victim in self._victims:
                    victim.stop()
            self._note_as_of()
            final = final_state(self._client, self.place.source, self.place.hearer, self._logs, left())
            return list(read(self._file.getvalue().splitlines(keepends=True))), final

    def _say(self) -> None:
        """The next word, asked for until it is answered, always under the same id."""
        id, talk, word = f"{self.place.source}-{self._said}", f"{self._said % 2}", f"w{self._said}"
        self._said += 1
        self.history.note("ask", service=self.place.source, command="say", id=id)
        while id not in self._answered:
            with suppress(OSError):  # it is gone: seen when its pipe is read
                self._victims[-1].pipe.send((id, talk, word))
            began, asked = time.monotonic(), self._victims[-1]
            while id not in self._answered and asked in self._victims and time.monotonic() - began < _ANSWERED_WITHIN:
                self._listen()
            if id not in self._answered:
                self.history.note("unknown", service=self.place.source, id=id)

    def _settle(self, left: Callable[[], int]) -> None:
        """Until the fault is over and everybody has everything."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        while not (self._healed and self._caught_up() and not left()):
            assert time.monotonic() < deadline, "not at rest in time" if self._struck else "the fault never struck"
            self._listen()
        for source in self._logs:
            self.history.note("caught-up", consumer=self.place.hearer, source=source, partition=0)

    def _listen(self) -> None:
        """Hear what the victims tell, and start another where one is gone or hangs."""
        for victim in list(self._victims):
            try:
                while victim.pipe.poll(0.005):
                    self._hear(*victim.pipe.recv())
            except (EOFError, OSError):
                assert self.place.how == "kill", "a victim ended by itself"
                if not self._struck:  # the last it told is lost where it has left something unread
                    self._hear("fault")
                self._victims.remove(victim)
                victim.stop()
        if not self._victims or (self._struck and self.place.how == "hang" and len(self._victims) == 1):
            self._victims.append(_Process(replace(self.place, point="")))

    def _hear(self, kind: str, *told: Any) -> None:
        if kind == "fault":
            self._struck = True
            self.history.note("fault", point=self.place.point, how=self.place.how)
        elif kind == "over" or (kind == "ready" and self._struck and self.place.how == "kill"):
            self._healed = True
            self.history.note("healed", point=self.place.point)
        elif kind == "ack":
            id, partition, position = told
            self._answered.add(id)
            self.history.note("ack", service=self.place.source, id=id, partition=partition, position=position)

    def _caught_up(self) -> bool:
        self._look()
        ends = watermarks(self._client, self.place.hearer, 1)
        return all(ends.get((name, 0), 0) == self._read[name] >= self._said for name in self._logs)

    def _look(self) -> None:
        """Read on in the logs, as a reader that has followed all along."""
        for name, log in self._logs.items():
            for commit in log.feed(0, self._read[name]):
                self.history.note("tail", reader="r", service=name, partition=0, position=commit.position)
                self._read[name] = commit.position

    def _note_as_of(self) -> None:
        for name, log in self._logs.items():
            for upto in (2, 4, 8):
                if upto <= self._read[name]:
                    digest = hashlib.sha256(repr(log.feed(0, 0, upto)).encode()).hexdigest()
                    self.history.note("as-of", service=name, partition=0, upto=upto, digest=digest)
