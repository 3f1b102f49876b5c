"""The spans behind `shared.watch.tracing`. Nothing else imports OpenTelemetry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context, attach, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.watch.tracing import HEADER

_W3C = TraceContextTextMapPropagator()
_root_of: ContextVar[str | None] = ContextVar("root_of", default=None)


def ids(correlation_id: str) -> tuple[int, int]:
    """The trace's id and its root's. Hashed, so that samplers find them as even as they need them."""
    digest = hashlib.sha256(correlation_id.encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])


class _Ids(RandomIdGenerator):
    """Those of a root follow from its request; all others are random."""

    def generate_trace_id(self) -> int:
        root = _root_of.get()
        return ids(root)[0] if root else super().generate_trace_id()

    def generate_span_id(self) -> int:
        root = _root_of.get()
        return ids(root)[1] if root else super().generate_span_id()


class Spans:
    """Makes them with a provider of its own; see `tracing` for what the methods mean."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("mentorship")

    @contextmanager
    def root(self, name: str, correlation_id: str) -> Iterator[None]:
        token = _root_of.set(correlation_id)
        try:
            span = self._tracer.start_span(name, Context(), attributes={"correlation_id": correlation_id})
        finally:
            _root_of.reset(token)
        with self._under_way(span):
            yield

    @contextmanager
    def step(self, name: str, parent: str | None, correlation_id: str | None) -> Iterator[None]:
        place = self._place(parent, correlation_id)
        if place is None:
            yield
            return
        with self._under_way(self._tracer.start_span(name, place)):
            yield

    def _place(self, parent: str | None, correlation_id: str | None) -> Context | None:
        """Where a step belongs. None where it is part of nothing: what a process does for itself is not traced."""
        if parent:
            return _W3C.extract({HEADER: parent}, Context())
        if trace.get_current_span().get_span_context().is_valid:
            return get_current()
        return self._under_root(correlation_id) if correlation_id else None

    def _under_root(self, correlation_id: str) -> Context:
        """The root is in another process, or long over: but whether it was sampled follows from its id."""
        trace_id, span_id = ids(correlation_id)
        decision = self._provider.sampler.should_sample(None, trace_id, "").decision
        flags = TraceFlags(TraceFlags.SAMPLED if decision is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT)
        root = SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
        return trace.set_span_in_context(NonRecordingSpan(root), Context())

    @contextmanager
    def _under_way(self, span: trace.Span) -> Iterator[None]:
        """What an exception says may be what a person wrote: its type is all that is kept of it."""
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def resume(self, traceparent: str) -> None:
        attach(_W3C.extract({HEADER: traceparent}, Context()))

    def rename(self, name: str) -> None:
        trace.get_current_span().update_name(name)

    def current(self) -> str | None:
        """The traceparent of the step at hand; None where it is not sampled."""
        found: dict[str, str] = {}
        if trace.get_current_span().get_span_context().trace_flags.sampled:
            _W3C.inject(found)
        return found.get(HEADER)


def exported(service: str) -> Spans:
    """Spans that go to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, in batches, from a thread."""
    # A collector that is away must not hold up a stop: what was made in the last seconds before it is lost.
    provider = provided(service, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Spans(provider)


def provided(service: str, *, shutdown_on_exit: bool = True) -> TracerProvider:
    """A provider without exporter, whose roots follow from their requests."""
    resource = Resource.create({"service.name": f"mentorship-{service}"})
    return TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=shutdown_on_exit)
