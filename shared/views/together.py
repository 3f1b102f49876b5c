"""Looks documents up by id for everybody who asks at the same time, with one question to the store.

The counterpart of the log's group commit: while a question is on its way, those who come gather for the next one.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

Fetch = Callable[[str, list[str]], Mapping[str, bytes]]
"""`(collection, ids)` to encoded documents by id; ids that are not there are left out."""


@dataclass(slots=True, eq=False)
class _Question:
    ids: set[str] = field(default_factory=set)
    done: threading.Event = field(default_factory=threading.Event)
    found: Mapping[str, bytes] = field(default_factory=dict)
    error: Exception | None = None


class Together:
    """One question at a time for each collection; each is asked after all who share its answer have asked."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._gathering: dict[str, _Question] = {}
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def look_up(self, collection: str, ids: Iterable[str]) -> Mapping[str, bytes]:
        """These documents, and maybe others. Raises what `fetch` raises."""
        with self._lock:
            question = self._gathering.get(collection)
            leads = question is None
            if question is None:
                question = self._gathering[collection] = _Question()
            question.ids.update(ids)
            turn = self._turns[collection]
        if leads:
            with self._answering(collection, question), turn:
                time.sleep(0)  # those who came with us, and have not had their turn yet, join
                self._close(collection, question)
                question.found = self._fetch(collection, sorted(question.ids))
        else:
            question.done.wait()
        if question.error is not None:
            raise question.error
        return question.found

    @contextmanager
    def _answering(self, collection: str, question: _Question) -> Iterator[None]:
        """Whatever happens to the one who asks, nobody waits for ever, or takes no answer for an empty one."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 (everybody in it raises it, the asker as well)
            question.error = error
        except BaseException:
            question.error = OSError("whoever asked was ended")
            raise
        finally:
            self._close(collection, question)
            question.done.set()

    def _close(self, collection: str, question: _Question) -> None:
        """Whoever comes from now on may have written since: the next question is theirs."""
        with self._lock:
            if self._gathering.get(collection) is question:
                del self._gathering[collection]
