"""Reference: the way of nameko's examples. `gateway PORT` serves HTTP with nameko's `http`; `orders` is behind it.

A command is validated, called over RPC, inserted, dispatched as an event; a read is one `find_one` over RPC. Each
`listener NAME` is another service that handles the event with an insert, if it was sent to `/heard`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from marshmallow import Schema, fields
from nameko.events import EventDispatcher, event_handler
from nameko.rpc import RpcProxy, rpc
from nameko.runners import ServiceRunner
from nameko.web.handlers import http
from pymongo import MongoClient, WriteConcern

from shared.kernel.ids import new_id
from tests.benchmarks.children import await_go

_DATABASE = MongoClient(os.environ["BENCH_MONGO"]).get_database(
    "bench_examples", write_concern=WriteConcern(w="majority", j=True)
)


class _Message(Schema):
    text = fields.String(required=True)


class Gateway:
    name = "bench_gateway"
    orders = RpcProxy("bench_orders")

    @http("POST", "/messages")
    def send(self, request: Any) -> tuple[int, dict[str, str], str]:
        return self._send(request, "message_sent")

    @http("POST", "/heard")
    def send_to_listeners(self, request: Any) -> tuple[int, dict[str, str], str]:
        return self._send(request, "message_heard")

    def _send(self, request: Any, event: str) -> tuple[int, dict[str, str], str]:
        data = _Message().loads(request.get_data(as_text=True))
        return 201, {"Content-Type": "application/json"}, json.dumps(self.orders.create(data, event))

    @http("GET", "/answer")
    def read(self, _request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {"Content-Type": "application/json"}, json.dumps(self.orders.get("answer"))


class Orders:
    name = "bench_orders"
    dispatch = EventDispatcher()

    @rpc
    def create(self, data: dict[str, str], event: str) -> dict[str, str]:
        made = {"_id": new_id(), **data}
        _DATABASE[event].insert_one(made)
        self.dispatch(event, made)
        return {"message_id": made["_id"]}

    @rpc
    def get(self, id: str) -> Any:
        return (_DATABASE["answers"].find_one({"_id": id}) or {})["answer"]


def listener(service: str) -> type:
    class Listener:
        name = service

        @event_handler("bench_orders", "message_heard")
        def heard(self, body: dict[str, str]) -> None:
            _DATABASE[f"heard_by_{service}"].insert_one(body)

    return Listener


if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    config = {"AMQP_URI": os.environ["BENCH_AMQP"], "max_workers": 100}
    if role == "gateway":
        config["WEB_SERVER_ADDRESS"] = f"127.0.0.1:{rest[0]}"
    runner = ServiceRunner(config)
    runner.add_service(listener(rest[0]) if role == "listener" else {"gateway": Gateway, "orders": Orders}[role])
    runner.start()
    await_go()
    runner.wait()
