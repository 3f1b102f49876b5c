"""`mentorship parked list | show | retry | drop`."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from typing import Any

import orjson

from shared.analytics.operator import broker_url, store_url
from shared.analytics.source import opened
from shared.bus.rpc_client import RemoteError, RpcClient
from shared.contracts.catalogue import SERVICES
from shared.kernel.clock import SystemClock
from shared.runtime.faults import Fault
from shared.views.parking import Parking

_LONGEST_RETRY = 60.0


def list_parked(args: Namespace) -> int:
    with opened(store_url(args.data)) as source:
        count = 0
        for service in (args.service,) if args.service else SERVICES:
            for document in Parking(source.client, service).all():
                count += 1
                _say(_line(service, document))
    _say(f"{count} parked." if count else "Nothing is parked.")
    return 0


def show(args: Namespace) -> int:
    document = _found(args)
    _say(orjson.dumps(document, default=_bytes, option=orjson.OPT_INDENT_2).decode())
    return 0


def retry(args: Namespace) -> int:
    document = _found(args)
    if "envelope" not in document:
        raise Fault("This message is no event, so it cannot be applied: drop it, what was lost comes from the feed.")
    answer = _ask_service(args, document)
    if problem := answer.get("problem"):
        raise Fault(f"{args.service} could not try again: {problem['detail']}")
    done = answer["ok"]
    _say(f"{done['applied']} applied, {done['waiting']} still parked.")
    if done["waiting"]:
        raise Fault(f"The first that is still parked failed with {done['why']}: see the log of {args.service}.")
    return 0


def _ask_service(args: Namespace, document: dict[str, Any]) -> dict[str, Any]:
    """Only the running service can: the reactions are its own."""
    client = RpcClient(broker_url(args.data), _LONGEST_RETRY)
    where = document["source"], document["partition"], document["stream"]
    with contextlib.ExitStack() as after:
        after.callback(client.stop)
        try:
            return dict(client.call(args.service, "retry_parked", *where))
        except RemoteError as error:
            raise Fault(f"{args.service} failed while it tried again ({error.kind}): see its log.") from None


def drop(args: Namespace) -> int:
    _found(args)
    with opened(store_url(args.data)) as source:
        dropped = Parking(source.client, args.service).drop(args.id, args.by, SystemClock())
    if dropped is None:
        raise Fault("It is no longer parked: somebody else was faster.")
    behind = " Retry the next one of its stream, so that the stream flows again." if "envelope" in dropped else ""
    _say(f"Dropped.{behind}")
    return 0


def _found(args: Namespace) -> dict[str, Any]:
    with opened(store_url(args.data)) as source:
        document = Parking(source.client, args.service).get(args.id)
    if document is None:
        raise Fault(f"{args.service} has nothing parked under {args.id}: see `mentorship parked list`.")
    return document


def _line(service: str, document: dict[str, Any]) -> str:
    if "source" not in document:
        return f"{service}  {document['_id']}  message on {document['queue']}: {document['why']}"
    place = f"{document['source']} {document['partition']}/{document['position']}"
    return f"{service}  {document['_id']}  {place}  {document['stream']}: {document['why']}"


def _bytes(value: object) -> str:
    # What is no event may hold anything, a private word as well.
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
