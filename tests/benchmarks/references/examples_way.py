"""Reference: the way of nameko's examples. `gateway PORT` serves HTTP with nameko's `http`; `orders` is behind it.

A command is validated, called over RPC, inserted, dispatched as an event; a read is one `find_one` over RPC.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from marshmallow import Schema, fields
from nameko.events import EventDispatcher
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
        data = _Message().loads(request.get_data(as_text=True))
        return 201, {"Content-Type": "application/json"}, json.dumps(self.orders.create(data))

    @http("GET", "/answer")
    def read(self, _request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {"Content-Type": "application/json"}, json.dumps(self.orders.get("answer"))


class Orders:
    name = "bench_orders"
    dispatch = EventDispatcher()

    @rpc
    def create(self, data: dict[str, str]) -> dict[str, str]:
        made = {"_id": new_id(), **data}
        _DATABASE["messages"].insert_one(made)
        self.dispatch("message_sent", made)
        return {"message_id": made["_id"]}

    @rpc
    def get(self, id: str) -> Any:
        return (_DATABASE["answers"].find_one({"_id": id}) or {})["answer"]


if __name__ == "__main__":
    role, *port = sys.argv[1:]
    config = {"AMQP_URI": os.environ["BENCH_AMQP"], "max_workers": 100}
    if port:
        config["WEB_SERVER_ADDRESS"] = f"127.0.0.1:{port[0]}"
    runner = ServiceRunner(config)
    runner.add_service({"gateway": Gateway, "orders": Orders}[role])
    runner.start()
    await_go()
    runner.wait()
