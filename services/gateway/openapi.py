"""The OpenAPI 3.1 document, made from the route table and the schemas that the services validate with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from marshmallow import Schema, fields

from services.gateway import answers
from services.gateway.positions import SEALED
from services.gateway.problems import MEDIA_TYPE
from services.gateway.routes.route import Does, Route, Who

_ABOUT = """Mentorship inside community groups.

Send an access token as `Authorization: Bearer`. Errors are problem documents (RFC 9457) with a stable `type`.
Commands take `Idempotency-Key`: the same key repeats nothing and answers the same. Answers carry `X-Log-Position`;
a read that sends it back sees at least that state. Lists page with an opaque `cursor`. Unknown fields are refused.
A thing that is not yours to see and a thing that does not exist answer alike (404)."""

_PROBLEMS = {
    400: "Not understood: broken JSON, a cursor, key or position that is not ours",
    401: "No access token, or one that is not valid",
    403: "Not allowed",
    404: "Nothing here that you can see",
    409: "Cannot be done in the present state",
    412: "Changed by someone else in the meantime",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Some fields are not as they should be, or an Idempotency-Key was used for another request",
    428: "If-Match is needed",
    429: "Too many requests; see Retry-After",
    503: "A part of the system is away; see Retry-After",
}
_STRING = {"type": "string"}


def document(routes: Sequence[Route], server: str) -> dict[str, Any]:
    """The whole document as JSON data."""
    plugin = MarshmallowPlugin(schema_name_resolver=_component_name)
    spec = APISpec("Mentorship", "1", "3.1.0", plugins=[plugin], info={"description": _ABOUT})
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for status, why in _PROBLEMS.items():
        spec.components.response(str(status), {"description": why, "content": _content(answers.Problem, MEDIA_TYPE)})
    for route in routes:
        spec.path(route.path, operations={route.method.lower(): _operation(route, plugin)})
    found: dict[str, Any] = spec.to_dict()
    for component in found["components"]["schemas"].values():
        if component.get("type") == "object" and component.get("properties"):
            component.setdefault("additionalProperties", False)
            if component["properties"].get("next") == {}:
                component["properties"]["next"] = {"type": ["string", "null"]}
    return {**found, "servers": [{"url": server}], "security": [{"token": []}]}


def _component_name(schema: Any) -> str:
    """The service and the class; `body` is what is left of a command without what the path says."""
    instance = resolve_schema_instance(schema)
    kind = type(instance)
    home = kind.__module__.rpartition(".")[2].removesuffix("_api")
    parts = [home, kind.__name__]
    if instance.exclude:
        parts.append("body")
    if instance.partial:
        parts.append("partial")
    return ".".join(parts)


def _operation(route: Route, plugin: MarshmallowPlugin) -> dict[str, Any]:
    statuses = _statuses(route)
    made: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "description": f"For {route.who}.",
        "tags": [route.service],
        "parameters": [*_path_parameters(route, plugin), *_query_parameters(route, plugin), *_headers(route)],
        "responses": {
            str(route.status): _answer(route),
            **{str(status): str(status) for status in statuses if status != route.status},
        },
    }
    if route.does is Does.COMMAND and not route.in_query and not route.any_body and route.open_fields:
        needed = any(field.required for field in route.open_fields.values())
        made["requestBody"] = {"required": needed, "content": _content(_body(route), "application/json")}
    if route.who is Who.ANYBODY:
        made["security"] = []
    if route.name == "ready":
        made["responses"]["503"] = {**_answer(route), "description": "Something needed is away; see `parts`"}
    return made


def _operation_id(route: Route) -> str:
    if route.does is Does.OWN:
        return route.name
    return f"{route.service}.{route.name}"


def _body(route: Route) -> Schema:
    left_out = tuple(sorted(route.given_fields & route.request().fields.keys()))
    return route.request(exclude=left_out)


def _content(schema: type[Schema] | Schema, media: str) -> dict[str, Any]:
    return {media: {"schema": schema}}


def _answer(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.media == "application/json":
        # A command that found nothing to do answers without ids.
        may_be_empty = route.does is Does.COMMAND and route.status == 200 and not route.then
        made["content"] = _content(route.answer(partial=may_be_empty or None), route.media)
    else:
        made["content"] = {route.media: {"schema": _STRING}}
    if route.does is not Does.OWN:
        position = {"description": "Send it back to read at least this state", "schema": _STRING}
        made["headers"] = {"X-Log-Position": position, "ETag": {"description": "Its version", "schema": _STRING}}
    return made


def _statuses(route: Route) -> tuple[int, ...]:
    """The problems that this route may answer with."""
    if route.who is Who.ANYBODY and route.does is Does.OWN:
        return (503,) if route.name == "ready" else (404, 429, 503) if route.path_fields else ()
    statuses = {400, 401, 403, 404, 409, 422, 429, 503}
    if not route.in_query:
        statuses |= {413, 415}
    if route.does is Does.COMMAND:
        statuses.add(412)
    if route.edits:
        statuses.add(428)
    if route.who is Who.ANYBODY:
        statuses.discard(401)
    return tuple(sorted(statuses))


def _path_parameters(route: Route, plugin: MarshmallowPlugin) -> list[dict[str, Any]]:
    known = route.request().fields
    return [_parameter(name, "path", known.get(name), plugin, required=True) for name in route.path_fields]


def _query_parameters(route: Route, plugin: MarshmallowPlugin) -> list[dict[str, Any]]:
    if not route.in_query:
        return []
    return [
        _parameter(name, "query", field, plugin, required=field.required) for name, field in route.open_fields.items()
    ]


def _parameter(
    name: str, place: str, field: fields.Field[Any] | None, plugin: MarshmallowPlugin, *, required: bool
) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_STRING)
    if name != "cursor" and field is not None and plugin.converter is not None:
        schema = plugin.converter.field2property(field)
        schema = {key: value for key, value in schema.items() if key != "default" or value is not None}
        if isinstance(schema.get("type"), list):  # a query string has no null
            schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        if "enum" in schema:
            schema["enum"] = [choice for choice in schema["enum"] if choice is not None]
    if place == "path" and name.endswith("_id"):
        schema = {"minLength": 1, **schema}
    return {"name": name, "in": place, "required": required, "schema": schema}


def _headers(route: Route) -> list[dict[str, Any]]:
    if route.does is Does.OWN:
        return [_header("Last-Event-ID", "Go on after this event")] if route.name == "stream" else []
    found = [_header("X-Log-Position", "See at least this state", pattern=f"^{SEALED}(,|$)")]
    if route.does is Does.COMMAND:
        key = _header("Idempotency-Key", "Repeats nothing", pattern=r"^[\x21-\x7e]{1,128}$")
        found += [key, _header("If-Match", "The ETag of what is changed", required=route.edits)]
    return found


def _header(name: str, why: str, *, required: bool = False, pattern: str | None = None) -> dict[str, Any]:
    schema = {**_STRING, **({"pattern": pattern} if pattern else {})}
    return {"name": name, "in": "header", "required": required, "description": why, "schema": schema}


def resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` of the document stands for; other nodes stand for themselves."""
    if "$ref" not in node:
        return node
    found: Any = document
    for part in re.split("/", node["$ref"])[1:]:
        found = found[part]
    return dict(found)
