"""From a request to the data of a command or query. The services check the shapes; here each part comes from its place.

Nothing is taken from where it does not belong: a body cannot name what the path, or the token, says (SE-04).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from marshmallow import fields
from starlette.requests import Request

from services.gateway.codec import BrokenJson, read_json, storable
from services.gateway.cursors import Cursors
from services.gateway.limits import read_body
from services.gateway.problems import Problem
from services.gateway.routes.route import Route
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.events import Data

_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)


async def data_of(request: Request, route: Route, person_id: str, cursors: Cursors) -> Data:
    """The data for the service. Raises a Problem, Invalid or NotFound."""
    given: Data = {**dict.fromkeys(route.me, person_id), **_path(request)}
    sent = _query(request, route)
    if route.in_query:
        if sent.get("cursor") is not None:
            sent["cursor"] = cursors.open(sent["cursor"], request.scope["path"], person_id)
        return {**sent, **given}
    if sent:
        raise Invalid("This address takes no query parameters.", errors=_unknown(sent))
    body = {} if route.any_body else await _body(request)
    if clash := body.keys() & given.keys():
        raise Invalid(errors=_unknown(clash))
    return {**body, **given}


async def refuse_body(request: Request) -> None:
    """For a route that takes nothing: what is not done is not taken either. Raises a Problem or Invalid."""
    if body := await _body(request):
        raise Invalid(errors=_unknown(body))


def _unknown(names: Iterable[str]) -> dict[str, list[str]]:
    return {name: ["Unknown field."] for name in sorted(names)}


def _path(request: Request) -> Data:
    if not all(storable(value) for value in request.path_params.values()):
        raise NotFound
    return dict(request.path_params)


def _query(request: Request, route: Route) -> Data:
    found: Data = {}
    if not request.scope["query_string"]:
        return found
    known = route.open_fields
    for name, value in request.query_params.multi_items():
        if name in found:
            raise Invalid(errors={name: ["Given twice."]})
        if name not in known:
            raise Invalid(errors=_unknown([name]))
        if not storable(value):
            raise Invalid(errors={name: ["Contains characters that cannot be stored."]})
        found[name] = _typed(known[name], value)
    return found


def _typed(field: fields.Field[Any], value: str) -> Any:
    """Query strings know text alone; what does not fit stays text, and the schema refuses it."""
    if isinstance(field, fields.Integer) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(field, fields.Boolean) and value in {"true", "false"}:
        return value == "true"
    return value


async def _body(request: Request) -> Data:
    body = await read_body(request)
    if not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "not-json", "Send the body as Content-Type: application/json.")
    try:
        value = read_json(body)
    except BrokenJson as error:
        raise Problem(400, "broken-json", str(error)) from None
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.")
    return value
