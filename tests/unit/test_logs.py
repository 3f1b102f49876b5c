"""Log lines: one JSON object each, of known fields, whatever is logged."""

from __future__ import annotations

import ast
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime import logs

WORDS = st.text(max_size=40) | st.sampled_from(
    ["a\nb", "a\r\nlevel=info", '{"event":"x"}\n', "\x1b[31m", "\u2028", "\x00"]
)
ROOT = Path(__file__).parents[2]
SECRET = "between-us-7731"


@contextmanager
def written() -> Iterator[list[dict]]:
    """What a process with our configuration writes to standard error meanwhile, line by line."""
    lines: list[dict] = []
    before, handlers, level = sys.stderr, logging.root.handlers[:], logging.root.level
    sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    try:
        logs.configure()
        yield lines
        lines += [json.loads(line) for line in sys.stderr.buffer.getvalue().split(b"\n") if line]
    finally:
        sys.stderr, logging.root.handlers = before, handlers
        logging.root.setLevel(level)
        structlog.reset_defaults()


@given(WORDS, WORDS, WORDS)
def test_nobody_writes_lines_or_fields_into_the_log(route: str, name: str, said: str) -> None:
    """SE-21: line feeds and JSON in a value stay in it, and what is no known field is not written."""
    with written() as lines:
        structlog.get_logger("a").info("request", route=route, text=SECRET, **{f"x{name}": SECRET})
        logging.getLogger("b").warning("it said %s", said, extra={"why": route, "person": SECRET})
    ours, theirs = lines
    assert (ours["event"], ours["route"]) == ("request", route)
    assert (theirs["event"], theirs["why"]) == (f"it said {said}", route)
    assert ours.keys() | theirs.keys() <= logs.ALLOWED
    assert SECRET not in json.dumps(lines)


def test_an_exception_is_logged_without_its_words() -> None:
    """SE-21: neither message, nor traceback, nor local values of an exception are written."""
    with written() as lines:
        for log in (structlog.get_logger("a"), logging.getLogger("b")):
            try:
                int(SECRET)
            except ValueError as error:
                log.exception("it failed", extra={"error": type(error).__name__})
    assert [line["event"] for line in lines] == ["it failed", "it failed"]
    assert SECRET not in json.dumps(lines)
    assert "Traceback" not in json.dumps(lines)


def test_every_answer_can_be_found_in_the_log_by_its_correlation_id() -> None:
    """SE-21: the field by which a complaint leads to its lines is one of those that are written."""
    with written() as lines:
        structlog.get_logger("a").info("request", correlation_id="c-1")
    assert lines[0]["correlation_id"] == "c-1"


def test_what_happened_is_said_in_words_of_ours() -> None:
    """SE-21: the sentence of a log line is a literal, so nothing that somebody wrote can get into it."""
    literal = {place: bool(call.args) and isinstance(call.args[0], ast.Constant) for place, call in _calls()}
    assert [place for place, is_one in literal.items() if not is_one] == []


def test_no_field_vanishes_on_its_way_to_the_log() -> None:
    """Whatever code wants to have written is in the list: what is not would be left out without a word."""
    left_out = [f"{place} {name}" for place, call in _calls() for name in _fields(call) if name not in logs.ALLOWED]
    assert left_out == []


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that logs, with its place."""
    for file in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and _logs(call.func):
                yield f"{file.relative_to(ROOT)}:{call.lineno}", call


def _fields(call: ast.Call) -> Iterator[str]:
    for named in call.keywords:
        if named.arg == "extra" and isinstance(named.value, ast.Dict):
            yield from (key.value for key in named.value.keys if isinstance(key, ast.Constant))
        elif named.arg not in {None, "extra", "exc_info"}:
            yield str(named.arg)


def _logs(called: ast.expr) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    return isinstance(called, ast.Attribute) and called.attr in levels and ast.unparse(called.value) in {"log", "_log"}
