"""Services that check what they are asked as the real ones do, and words to make requests with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields

from services.gateway.routes import ROUTES, Does, Route
from services.gateway.rpc import Reply
from shared.contracts.base import load
from tests.support.gateway import FakeServices

BEHIND = [route for route in ROUTES if route.does is not Does.OWN]
WITH_A_BODY = [
    route
    for route in BEHIND
    if route.does is Does.COMMAND and not route.in_query and route.open_fields and not route.any_body
]
IN_QUERY = [route for route in BEHIND if route.in_query]
_SCHEMAS = {(route.service, route.name): route.request for route in BEHIND}


class ShapedServices(FakeServices):
    """Refuses what the schema of the command or query refuses; `test_table.py` shows that it is the real one."""

    def _answer(self, service: str, name: str, data: Any, context: Any) -> Reply:
        schema = _SCHEMAS.get((service, name))
        if schema is not None:
            load(schema(), data)
        return super()._answer(service, name, data, context)


def nested(field: fields.Field[Any]) -> Schema | None:
    """The schema of what a field holds, by itself or in a list."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None


def everything(schema: Schema, place: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    """Every field of a request, also of the objects in it, with its place."""
    for name, field in schema.fields.items():
        yield f"{place}{name}", field
        if isinstance(field, fields.List):
            yield f"{place}{name}[]", field.inner
        if (inner := nested(field)) is not None:
            yield from everything(inner, f"{place}{name}.")


def address(route: Route) -> str:
    """The route's address with a plain word for every parameter."""
    return route.path.replace("{", "").replace("}", "")
