"""Tracing where it is off, and what it believes where it is on. One trace through the system: tests/bus."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from shared.watch import tracing
from shared.watch.spans import Spans, ids, provided
from tests.support.gateway import Client, token
from tests.unit.gateway import conftest as parts

services, config, keys, gateway, client = parts.services, parts.config, parts.keys, parts.gateway, parts.client

ROOT = Path(__file__).parents[2]
ASKED_FOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.fixture
def half() -> Iterator[InMemorySpanExporter]:
    """Traces of every second request."""
    kept, provider = InMemorySpanExporter(), provided("test")
    provider.sampler = ParentBased(TraceIdRatioBased(0.5))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.use(Spans(provider))
    yield kept
    tracing.use(None)
    provider.shutdown()


def test_it_is_off_unless_it_is_asked_for() -> None:
    """Without an endpoint nothing is made: every step is the same nothing, and no header goes out."""
    tracing.configure("programs", {"OTEL_SERVICE_NAME": "x"})
    assert not tracing.on()
    assert tracing.request("http", "c-1") is tracing.step("call", correlation_id="c-1")
    with tracing.step("call", correlation_id="c-1"):
        assert tracing.headers() == {}
    assert tracing.parent_of({"application_headers": {"traceparent": "x"}}) is None


def test_it_is_off_where_opentelemetry_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is an extra: who asks for it without having it is told so, and served all the same."""

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    tracing.configure("programs", ASKED_FOR)
    assert not tracing.on()
    assert "not installed" in caplog.text


def test_only_one_file_needs_opentelemetry() -> None:
    """And that one is imported only where tracing is asked for."""
    files = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    needing = {
        file.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opentelemetry")
    }
    assert needing == {"spans.py"}


@pytest.mark.usefixtures("half")
def test_every_process_finds_the_same_trace_and_decides_the_same() -> None:
    """From the correlation id alone: the root's ids, and whether the request is traced at all."""
    traced = 0
    for number in range(40):
        with tracing.request("http", f"c-{number}"):
            at_the_root = tracing.headers().get("traceparent")
        elsewhere = tracing.mark("relay", f"c-{number}")
        assert (at_the_root is None) == (elsewhere is None)
        if at_the_root and elsewhere:
            trace_id, root = ids(f"c-{number}")
            assert at_the_root.startswith(f"00-{trace_id:032x}-{root:016x}-")
            assert elsewhere.startswith(f"00-{trace_id:032x}-")
            traced += 1
    assert 5 < traced < 35


@pytest.mark.usefixtures("half")
def test_what_a_process_does_for_itself_is_no_trace() -> None:
    """A question that nobody's request led to goes out without a header."""
    with tracing.step("call"):
        assert tracing.headers() == {}


def test_a_traceparent_from_outside_is_not_believed(client: Client, half: InMemorySpanExporter) -> None:
    """Nobody outside puts their requests into a trace of ours, or has them all traced."""
    for _ in range(30):
        client.get("/v1/pairs/a.b.1", headers={**token(), "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"})
    traces = [span.context.trace_id for span in half.get_finished_spans() if span.context]
    assert 0 < len(traces) < 30
    assert int("ab" * 16, 16) not in traces
