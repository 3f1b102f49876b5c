"""Every log line of a request says which request it belongs to, in the gateway and in services."""

from __future__ import annotations

import logging
import threading
from typing import Any

import structlog

from services.programs.service import TABLE
from shared.kernel.events import Event
from shared.runtime.service import Service
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.views.inbox import Inbox
from shared.watch.correlation import about
from tests.unit.test_log_lines import logged


class Answering(Service):
    table = TABLE


def test_a_line_says_what_request_it_belongs_to() -> None:
    """SE-21: ours and the libraries', from inside the work; outside of it, and in another thread, there is none."""
    with logged() as found:
        log = structlog.get_logger("x")
        with about("c-1"):
            log.info("ours")
            logging.getLogger("library").warning("theirs")
            log.info("said", correlation_id="c-2")
            thread = threading.Thread(target=lambda: log.info("beside"))
            thread.start()
            thread.join()
        log.info("after")
    assert {line["event"]: line.get("correlation_id") for line in found} == {
        "ours": "c-1",
        "theirs": "c-1",
        "said": "c-2",
        "beside": None,
        "after": None,
    }


def test_a_service_that_fails_says_at_which_request() -> None:
    """What went wrong behind an answer of 500 is found by the correlation id in that answer."""

    def fail() -> Any:
        raise KeyError("marker-7731")

    with logged() as found:
        Answering()._counted("query", "program", TABLE.queries, {"correlation_id": "c-1"}, fail)
    [line] = found
    assert (line["event"], line["correlation_id"], line["error"]) == ("request failed", "c-1", "KeyError")


def test_what_follows_says_from_which_request() -> None:
    """An event that is parked, and what its reaction logs, carry the id of the request that it came from."""

    def react(_event: Event) -> None:
        structlog.get_logger("x").info("reacting")
        raise KeyError

    inbox = Inbox(MemoryViews(), {}, react, FixedClock())  # type: ignore[arg-type]
    event = Event("e", "Told", 1, {}, "src", 0, 1, 0, 1, "s", 1, "", "x", "c-1", None)
    with logged() as found:
        inbox.apply("src", 0, [event])
    assert [line["event"] for line in found] == ["reacting"] * 3 + ["event parked"]
    assert {line["correlation_id"] for line in found} == {"c-1"}
