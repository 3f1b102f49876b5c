"""The nameko side of a service: its methods on the wire, and the backbone under nameko's life cycle."""

from __future__ import annotations

import inspect
import os
import time
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, TypeVar

warnings.filterwarnings("ignore", message=r"(?s)\s*Eventlet is deprecated")  # known: see docs/adr

import eventlet
import structlog
from eventlet.event import Event as Outcome
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension

from shared.application.application import Context
from shared.application.table import Table
from shared.bus.port import Transient
from shared.bus.rpc_server import RpcServer
from shared.eventlog import LogUnavailable
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal, Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import new_id
from shared.runtime.backbone import Backbone
from shared.runtime.erasure import erasure
from shared.runtime.settings import Settings
from shared.watch import counts, tracing
from shared.watch.correlation import about

_log = structlog.get_logger(__name__)

_FOR_GATEWAY = ("execute", "ask", "footprint", "erasure")
"""These act or answer in a person's name. The others are for services and operators too (ADR 0020)."""


class _RpcHub(SharedExtension, ProviderCollector):  # type: ignore[misc]
    """One RPC server for all entrypoints of a container."""

    server: RpcServer | None = None

    def start(self) -> None:
        if self.server is None:
            settings = Settings.from_environment(self.container.service_name)
            methods = {provider.method_name: provider.call for provider in self._providers}
            name = self.container.service_name
            self.server = RpcServer(settings.amqp_url, name, methods, eventlet.spawn_n, for_gateway=_FOR_GATEWAY)
            self.server.start()

    def unregister_provider(self, provider: _Rpc) -> None:
        """With the last entrypoint the server stops, while the backbone is still there for what is in flight."""
        super().unregister_provider(provider)
        if not self._providers and self.server is not None:
            self.server.stop()


class _Rpc(Entrypoint):  # type: ignore[misc]
    """Like nameko's own `rpc`, on the same wire, with the traps of it closed (see `shared.bus.rpc_server`)."""

    hub = _RpcHub()

    def setup(self) -> None:
        self.hub.register_provider(self)

    def stop(self) -> None:
        self.hub.unregister_provider(self)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        outcome = Outcome()

        def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            outcome.send((result, exc_info))
            return result, exc_info

        # The worker is a thread of its own, and knows nothing of this one's trace.
        self.container.spawn_worker(self, args, kwargs, context_data=tracing.headers(), handle_result=handle_result)
        result, exc_info = outcome.wait()
        if exc_info is not None:
            raise exc_info[1]
        return result


_Method = TypeVar("_Method", bound=Callable[..., Any])


def rpc(method: _Method) -> _Method:
    """Offer a method on the wire."""
    decorated: _Method = _Rpc.decorator(method)
    return decorated


class _BackboneProvider(DependencyProvider):  # type: ignore[misc]
    """Starts the backbone with the container, and stops it after the last worker."""

    backbone: Backbone

    def setup(self) -> None:
        table: Table = self.container.service_cls.table
        self.backbone = Backbone(table, Settings.from_environment(table.name))
        self.backbone.prepare()

    def start(self) -> None:
        self.backbone.start()

    def stop(self) -> None:
        self.backbone.stop()

    def get_dependency(self, _worker_ctx: Any) -> Backbone:
        return self.backbone

    def worker_setup(self, worker_ctx: Any) -> None:
        tracing.resume(worker_ctx.data)


class Service:
    """What every service offers on the wire. Answers are `{"ok": …}` or `{"problem": …}`, never a private word."""

    table: ClassVar[Table]
    backbone = _BackboneProvider()

    @rpc
    def execute(self, command: str, data: Data, context: Data) -> Data:
        """Do a command: `{"ok": {"answer", "position", "etag"}}`."""

        def do() -> Data:
            done = self.backbone.app.execute(command, data, _context(context))
            position = f"{self.table.name}.{done.partition}.{done.position}" if done.position else None
            return {"answer": done.answer, "position": position, "etag": done.etag}

        return self._counted("command", command, self.table.commands, context, do)

    @rpc
    def ask(self, query: str, params: Data, context: Data) -> Data:
        """Answer a question: `{"ok": {"answer", "position", "etag"}}`."""

        def do() -> Data:
            answer = self.backbone.app.ask(query, params, _context(context))
            etag = answer.pop("_etag", None)
            return {"answer": answer, "position": self.backbone.positions(), "etag": etag}

        return self._counted("query", query, self.table.queries, context, do)

    @rpc
    def feed(self, partition: int, after: int, limit: int) -> Data:
        """Events of up to `limit` commits of the own log after a position: how consumers mend a hole."""

        def do() -> Data:
            commits = self.backbone.log.feed(int(partition), int(after), min(int(limit), 500))
            return {"events": [event.envelope() for commit in commits for event in commit.events]}

        return _answered(do, "feed")

    @rpc
    def footprint(self, person_id: str, place: list[int] | None) -> Data:
        """A page of a person's copy: see `shared.application.footprint`."""
        return _answered(lambda: self.backbone.footprints.page(person_id, place), "footprint")

    @rpc
    def erasure(self, person_id: str, partition: int, position: int) -> Data:
        """How far an erasure is here: see `shared.runtime.erasure`."""
        keys, store = self.backbone.keys, self.backbone.store
        return _answered(lambda: erasure(keys, store, person_id, partition, position), "erasure")

    @rpc
    def retry_parked(self, source: str, partition: int, stream: str) -> Data:
        """Apply the parked events of one stream again, in order, up to the first that still fails."""
        return _answered(lambda: self.backbone.inbox.retry(source, int(partition), stream), "retry_parked")

    @rpc
    def progress(self) -> Data:
        """What this process counted and, unless the store is away, how far log, relay and views are."""
        far = _answered(self.backbone.progress, "progress").get("ok", {})
        return {"ok": {**far, "process": counts.PROCESS, "counted": counts.families()}}

    @rpc
    def ping(self) -> str:
        return "pong"

    def _counted(self, kind: str, name: str, known: Collection[str], context: Data, do: Callable[[], Data]) -> Data:
        """The answer to a command or question, after it is counted; one that is not `known` by no name of its own."""
        service, started = self.table.name, time.perf_counter()
        request = counts.watched(service, name) if name in known else "unknown"
        # In this order: a question that the gateway asks for itself has an id as well, and is part of no request.
        with tracing.step(f"{kind} {request}"), about(context.get("correlation_id")):
            answer = _answered(do, name)
        counts.answered(service, kind, request, counts.outcome_of(answer), time.perf_counter() - started)
        return answer


def _answered(do: Any, what: str) -> Data:
    try:
        return {"ok": do()}
    except Refusal as refusal:
        return {"problem": refusal.as_problem()}
    except (LogUnavailable, Transient):
        return {"problem": Unavailable().as_problem()}
    except Exception as error:  # noqa: BLE001 (the caller gets a problem without internals; the log gets the place)
        _log.error("request failed", what=what, error=type(error).__name__, where=_where(error))
        return {"problem": {"slug": "internal-error", "status": 500, "detail": "Something went wrong on our side."}}


def _where(error: BaseException) -> str:
    """File and line of the failure: places in code hold no private text, messages of exceptions may."""
    frames = inspect.getinnerframes(error.__traceback__) if error.__traceback__ else []
    return " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames[-4:]))  # noqa: PTH119


def _context(given: Mapping[str, Any]) -> Context:
    command_id = given.get("command_id") or new_id()
    at = {(str(service), int(partition)): int(position) for service, partition, position in given.get("at") or ()}
    return Context(
        Actor.from_dict(given["actor"]),
        command_id,
        given.get("correlation_id") or command_id,
        None,
        given.get("fingerprint"),
        given.get("if_match"),
        at or None,
    )
