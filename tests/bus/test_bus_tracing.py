"""One trace from a request to what follows from it in other services, on a real broker and a real store."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.gateway.app import application
from services.gateway.gateway import Gateway
from services.gateway.rpc import Rpc
from shared.bus.consumer import Consumer
from shared.bus.port import Transient
from shared.bus.relay import Relay
from shared.bus.rpc_client import RpcClient
from shared.bus.rpc_server import RpcServer
from shared.bus.worker import Worker
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.events import Event, NewCommit, StoredEvent
from shared.kernel.ids import derive
from shared.testing.clock import FixedClock
from shared.views.inbox import Inbox
from shared.views.store import ViewStore
from shared.watch import tracing
from shared.watch.spans import Spans, ids, provided
from tests.bus.doubles import Checkpoint, serving, until
from tests.support.gateway import Client, token
from tests.unit.gateway import conftest as parts

pytestmark = pytest.mark.real
services, config, keys, gateway = parts.services, parts.config, parts.keys, parts.gateway

SECRET = "marker-7731"
Run = Callable[[Worker], Any]
UrlOf = Callable[[str], str]


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """What is traced while the test runs, in this one process."""
    kept, provider = InMemorySpanExporter(), provided("test")
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.use(Spans(provider))
    yield kept
    tracing.use(None)
    provider.shutdown()


@pytest.fixture
def logs(mongo_url: str) -> Iterator[Callable[[str], MongoEventLog]]:
    client, made = connect(mongo_url), dict[str, MongoEventLog]()

    def of(service: str) -> MongoEventLog:
        client.drop_database(f"{service}_log")
        return made.setdefault(service, MongoEventLog(client, service, 1))

    yield of
    for service, log in made.items():
        log.close()
        client.drop_database(f"{service}_log")
    client.close()


@pytest.fixture
def inbox(mongo_url: str) -> Iterator[Callable[..., Inbox]]:
    client = connect(mongo_url)
    yield lambda react: Inbox(ViewStore(client, "traced"), {}, react, FixedClock())
    client.drop_database("traced")
    client.close()


def append(log: MongoEventLog, correlation_id: str, command_id: str) -> None:
    happened = StoredEvent(derive(command_id), "ProgramCreated", 1, {"title": SECRET})
    log.append(NewCommit(f"program-{command_id}", 0, (happened,), command_id, correlation_id, None, "a", "x"))


@pytest.fixture
def system(gateway: Gateway, logs: Any, inbox: Any, run: Run, url_of: UrlOf) -> Iterator[Client]:
    """HTTP, then RPC to a service that appends, whose relay tells another one that appends as well."""
    programs, matching = logs("programs"), logs("matching")

    def execute(_command: str, data: Any, context: Any) -> Any:
        append(programs, context["correlation_id"], context["command_id"])
        if data["title"] == "fail":
            raise RuntimeError(SECRET)
        return {"ok": {"answer": {"program_id": "p"}, "position": "programs.0.1", "etag": None}}

    def react(event: Event) -> None:
        append(matching, event.correlation_id, derive(event.id, "react"))

    def nothing_more(*_: Any) -> list[Event]:
        raise Transient

    def spawn(work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    run(RpcServer(url_of("programs"), "programs", {"execute": execute}, spawn, for_gateway=("execute",)))
    checkpoint = Checkpoint()
    run(Relay(programs, 0, url_of("programs"), checkpoint.load, checkpoint.save, programs.wait))
    run(Consumer("matching", 0, url_of("matching"), inbox(react), nothing_more, ["programs"]))
    run(caller := RpcClient(url_of("gateway")))
    until(lambda: caller.connected and serving(url_of("programs"), "programs"))
    object.__setattr__(gateway, "services", Rpc(caller, 40.0))
    client = Client(application(gateway))
    yield client
    client.close()


def create(system: Client, title: str) -> str:
    """Give the correlation id of a request that makes a program."""
    body = {"title": title, "purpose": SECRET, "template": "onboarding"}
    answer = system.post("/v1/groups/g/programs", json=body, headers=token(SECRET, groups={"g": "admin"}))
    return answer.headers["x-correlation-id"]


def path(span: ReadableSpan, spans: dict[int, ReadableSpan]) -> list[str]:
    """The names from the root to a span."""
    above = path(spans[span.parent.span_id], spans) if span.parent else []
    return [*above, span.name]


def test_one_trace_from_http_to_the_reaction(exporter: InMemorySpanExporter, system: Client) -> None:
    """HTTP, call, RPC, append, relay, consumer and its append are one tree, whose ids follow from the request's."""
    correlation_id = create(system, SECRET)
    until(lambda: len(exporter.get_finished_spans()) == 7)
    spans = {span.context.span_id: span for span in exporter.get_finished_spans()}
    assert {(span.context.trace_id) for span in spans.values()} == {ids(correlation_id)[0]}
    request = "http /v1/groups/{group_id}/programs"
    assert sorted(path(span, spans) for span in spans.values()) == [
        [request],
        [request, "call programs"],
        [request, "call programs", "rpc programs"],
        [request, "call programs", "rpc programs", "append programs"],
        [request, "relay programs"],
        [request, "relay programs", "apply programs"],
        [request, "relay programs", "apply programs", "append matching"],
    ]


def test_a_trace_tells_nothing_of_anybody(exporter: InMemorySpanExporter, system: Client) -> None:
    """SE-21: no span holds an id of a person, a text, or what an exception says; of an error it holds the type."""
    create(system, "fail")
    until(lambda: len(exporter.get_finished_spans()) == 7)
    spans = [json.loads(span.to_json()) for span in exporter.get_finished_spans()]
    assert SECRET not in json.dumps(spans)
    [failed] = [span for span in spans if span["name"] == "rpc programs"]
    assert failed["status"] == {"status_code": "ERROR", "description": "RuntimeError"}
    assert all(span["attributes"].keys() <= {"correlation_id"} and not span["events"] for span in spans)


def test_nothing_of_a_trace_is_kept(exporter: InMemorySpanExporter, system: Client, mongo_url: str) -> None:
    """The log holds the same with traces and without: what leads to one goes in headers alone."""
    trace_id, _ = ids(create(system, "A program"))
    assert exporter.get_finished_spans()
    with connect(mongo_url) as client:
        [stored] = client["programs_log"]["log_0"].find()
    assert "traceparent" not in str(stored)
    assert f"{trace_id:032x}" not in str(stored)
