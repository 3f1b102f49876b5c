"""Group commit: one thread per partition gives waiting commits the next positions and inserts them in one batch.

Only an insert takes a position, and it takes the one after the last, so positions are dense and in commit order
however many processes write: who collides reads the end of the log again and retries. No lease, no transaction.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from shared.eventlog.chain import Link
from shared.eventlog.collection import LogCollection
from shared.eventlog.documents import Document
from shared.eventlog.port import LogUnavailable, StreamConflict

_log = logging.getLogger(__name__)

LARGEST_BATCH = 256
LARGEST_BATCH_BYTES = 8 * 1024 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
STREAMS_KNOWN = 10_000
LOST = "Somebody else appended to the stream first."


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A commit on its way into the log. `placed` gets the stored document, or the error that the writer meets."""

    document: Document
    encoded: bytes
    expires: float
    placed: Future[Document] = field(default_factory=Future)

    @property
    def stream(self) -> str:
        return str(self.document["stream"])

    @property
    def expected_seq(self) -> int:
        return int(self.document["seq"]) - 1

    @property
    def command_id(self) -> str:
        return str(self.document["command_id"])


class Sequencer:
    """Writes one partition. `on_durable` hears of what became durable: the first position, and the commits."""

    def __init__(
        self, collection: LogCollection, limit: float, on_durable: Callable[[int, Sequence[bytes]], None]
    ) -> None:
        self._collection = collection
        self._limit = limit
        self._on_durable = on_durable
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._end: Link | None = None
        # What is known to be durable of each stream: the last seq, or an earlier one if others write too.
        self._seqs: dict[str, int] = {}

    def append(self, document: Document, encoded: bytes) -> Document:
        """Wait until the document is durable; `encoded` is the same.

        Raises StreamConflict or, within `limit` seconds, LogUnavailable.
        """
        waiting = Waiting(document, encoded, time.monotonic() + self._limit)
        with self._changed:
            if self._closed:
                raise LogUnavailable("The log is closed.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
                self._thread.start()
            self._queue.append(waiting)
            self._changed.notify()
        try:
            return waiting.placed.result(self._limit)
        except TimeoutError:
            raise LogUnavailable("The event store did not confirm the commit in time.") from None

    def close(self) -> None:
        """Let what waits finish, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread:
            self._thread.join(self._limit)

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._write(self._refuse_misplaced(batch))
            except LogUnavailable:
                self._recover(batch)
            except Exception as error:  # noqa: BLE001 - a writer must never wait for a thread that is gone
                _log.error("sequencer failed: %s", type(error).__name__)  # without the trace: it may quote events
                self._end = None
                _fail(_open(batch), LogUnavailable, "The commit could not be written.")

    def _take(self) -> list[Waiting]:
        """What goes into the next batch: at most one commit per stream, since of rivals only one can win."""
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            batch: dict[str, Waiting] = {}
            later: list[Waiting] = []
            size = 0
            while self._queue and len(batch) + len(later) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES:
                waiting = self._queue.popleft()
                if waiting.stream in batch:
                    later.append(waiting)
                else:
                    batch[waiting.stream] = waiting
                    size += len(waiting.encoded)
            self._queue.extendleft(reversed(later))
            return list(batch.values())

    def _refuse_misplaced(self, batch: list[Waiting]) -> list[Waiting]:
        """Those that follow the last seq of their stream, as far as is known; the unique key has the last word."""
        batch = _in_time(batch)
        unseen = [(w.stream, w.expected_seq) for w in batch if w.expected_seq > self._seqs.get(w.stream, 0)]
        if unseen:
            self._learn(self._collection.present(unseen))
        misplaced = [w for w in batch if w.expected_seq != self._seqs.get(w.stream, 0)]
        if misplaced:
            self._refuse(misplaced)
        return [w for w in batch if w not in misplaced]

    def _write(self, batch: list[Waiting]) -> None:
        while batch:
            end = self._end or self._collection.end()
            inserted = self._collection.insert(end, [w.encoded for w in batch])
            self._accept(batch[: inserted.count], end.position + 1)
            self._end = inserted.end
            batch = batch[inserted.count :]
            if inserted.stopped_by == ("_id",):
                self._end = None
            elif inserted.stopped_by == ("?",):
                _fail(batch[:1], LogUnavailable, "The event store would not take the commit.")
                batch = batch[1:]
            elif inserted.stopped_by:
                self._refuse(batch[:1])
                batch = batch[1:]

    def _accept(self, batch: list[Waiting], first: int) -> None:
        if not batch:
            return
        self._learn((w.stream, w.expected_seq + 1) for w in batch)
        self._on_durable(first, [w.encoded for w in batch])
        for position, waiting in enumerate(batch, first):
            waiting.placed.set_result({"_id": position, **waiting.document})

    def _refuse(self, batch: list[Waiting]) -> None:
        """A command that is in the log already is answered with its commit; any other has lost to somebody."""
        rest = self._answer_known(batch)
        if not rest:
            return
        if taken := self._collection.taken(w.command_id for w in rest):
            # Written by an attempt that nobody has confirmed yet: neither "done" nor "lost" would be true.
            _fail([w for w in rest if w.command_id not in taken], StreamConflict, LOST)
            raise LogUnavailable("A commit is written but not durable yet.")
        _fail(rest, StreamConflict, LOST)

    def _recover(self, batch: list[Waiting]) -> None:
        """Nobody knows what was written: once the store answers, ask by command, and put back what is not there."""
        self._end = None
        pause = FIRST_PAUSE
        while batch := _in_time(_open(batch)):
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                rest = self._answer_known(batch)
            except LogUnavailable:
                continue
            with self._changed:
                self._queue.extendleft(reversed(rest))
            return

    def _answer_known(self, batch: list[Waiting]) -> list[Waiting]:
        """Answer those whose command has a durable commit; give back the others."""
        known = self._collection.by_command(w.command_id for w in batch)
        for waiting in batch:
            if waiting.command_id in known:
                waiting.placed.set_result(known[waiting.command_id])
        return _open(batch)

    def _learn(self, seqs: Iterable[tuple[str, int]]) -> None:
        # Only what is durable may be learnt: a seq that is rolled back would refuse its stream for ever.
        if len(self._seqs) > STREAMS_KNOWN:
            self._seqs.clear()
        self._seqs.update(seqs)


def _open(batch: list[Waiting]) -> list[Waiting]:
    return [w for w in batch if not w.placed.done()]


def _in_time(batch: list[Waiting]) -> list[Waiting]:
    now = time.monotonic()
    _fail([w for w in batch if w.expires <= now], LogUnavailable, "The event store was away for too long.")
    return _open(batch)


def _fail(batch: list[Waiting], error: type[Exception], sentence: str) -> None:
    for waiting in batch:
        waiting.placed.set_exception(error(sentence))
