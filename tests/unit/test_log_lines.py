"""SE-21: a log line is one JSON object of allowed fields, whatever is said in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.gateway.gateway import Gateway
from shared.runtime.logs import ALLOWED, configure
from tests.support.gateway import Client, token
from tests.unit.gateway import conftest as parts

SIGNS = 'ab \r\n\x85\u2028\x00"\\{}\x1b,:é%'
NAMES = st.sampled_from(sorted(ALLOWED | {"password", "text", "email", "body", "token"}))
SOME = settings(max_examples=40, phases=(Phase.generate,), derandomize=True, suppress_health_check=list(HealthCheck))

services, config, keys, gateway, client = parts.services, parts.config, parts.keys, parts.gateway, parts.client


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The entries that are logged inside, once it is over: every line was one object of allowed fields."""
    raw, found = io.BytesIO(), list[dict[str, Any]]()
    root = logging.getLogger()
    handlers, level, settled = root.handlers[:], root.level, structlog.get_config()
    with patch.object(sys, "stderr", io.TextIOWrapper(raw, encoding="utf-8", write_through=True)):
        try:
            configure("INFO")
            structlog.configure(cache_logger_on_first_use=False)
            yield found
        finally:
            root.handlers = handlers
            root.setLevel(level)
            structlog.configure(**settled)
        written = raw.getvalue()
    lines = written.splitlines()
    assert written == b"".join(line + b"\n" for line in lines)
    found += map(json.loads, lines)
    assert all(entry.keys() <= ALLOWED for entry in found)


@SOME
@given(st.text(SIGNS, min_size=1), st.dictionaries(NAMES, st.text(SIGNS, max_size=30), max_size=6))
def test_nothing_that_is_said_makes_another_line(event: str, fields: dict[str, str]) -> None:
    """SE-21: CR, LF and other ends of lines stay inside the one line; a field that is not allowed is left out."""
    fields = {name: text for name, text in fields.items() if name not in {"event", "level", "logger", "timestamp"}}
    with logged() as found:
        structlog.get_logger("x").info(event, **fields)
        logging.getLogger("library").warning("%s", event, extra=fields)
    assert [entry["event"] for entry in found] == [event, event]
    allowed = {name: text for name, text in fields.items() if name in ALLOWED}
    assert all(allowed.items() <= entry.items() for entry in found)


def test_of_an_exception_nothing_that_it_says_is_said() -> None:
    """SE-21: the message of an exception may hold what a person wrote; it is in no line."""
    with logged() as found:
        try:
            int("marker-7731\r\n")
        except ValueError:
            structlog.get_logger("x").error("failed", exc_info=True)
            logging.getLogger("library").exception("failed")
    assert len(found) == 2
    assert "marker-7731" not in json.dumps(found)


def test_a_request_is_one_line_with_its_correlation_id(client: Client, gateway: Gateway) -> None:
    """SE-21: whatever address, method and headers say, the line names a route of the table and nothing of theirs."""
    head = {**token("marker-7731", name="marker-7731"), "X-Correlation-Id": "marker-7731", "User-Agent": "marker-7731"}
    for method in ("GET", "POST", "BREW", "MARKER-7731"):
        for path in ("/v1/pairs/marker-7731%0d%0ax", "/marker-7731", "/v1/me/pairs?marker-7731%0d%0a=1"):
            with logged() as found:
                answer = client.request(method, path, headers=head, json={"text": "marker-7731\r\n"})
            [request] = [entry for entry in found if entry["event"] == "request"]
            assert request["correlation_id"] == answer.headers["x-correlation-id"]
            assert "marker-7731" not in json.dumps(request).lower()
