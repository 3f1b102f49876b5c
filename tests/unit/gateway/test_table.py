from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from services.conversations.handlers import COMMANDS as CONVERSATIONS
from services.conversations.queries import QUERIES as CONVERSATIONS_QUERIES
from services.gateway.openapi import document
from services.gateway.routes import ROUTES, Does, Route, Who
from services.matching.handlers import COMMANDS as MATCHING
from services.matching.queries import QUERIES as MATCHING_QUERIES
from services.notifications.handlers import COMMANDS as NOTIFICATIONS
from services.notifications.queries import QUERIES as NOTIFICATIONS_QUERIES
from services.programs.handlers import COMMANDS as PROGRAMS
from services.programs.queries import QUERIES as PROGRAMS_QUERIES
from services.trust_safety import handlers as trust_safety
from services.trust_safety.queries import QUERIES as TRUST_SAFETY_QUERIES
from tests.support.gateway import Client

COMMANDS = {
    "programs": PROGRAMS,
    "matching": MATCHING,
    "conversations": CONVERSATIONS,
    "trust_safety": {name.lower(): found for name, found in vars(trust_safety).items() if name.isupper()},
    "notifications": NOTIFICATIONS,
}
QUERIES = {
    "programs": PROGRAMS_QUERIES,
    "matching": MATCHING_QUERIES,
    "conversations": CONVERSATIONS_QUERIES,
    "trust_safety": TRUST_SAFETY_QUERIES,
    "notifications": NOTIFICATIONS_QUERIES,
}
DOCUMENT = document(ROUTES, "http://127.0.0.1:8000")
BEHIND = [route for route in ROUTES if route.does is not Does.OWN]


def _id(route: Route) -> str:
    return route.key


@pytest.mark.parametrize("route", ROUTES, ids=_id)
def test_every_row_says_what_it_is(route: Route) -> None:
    """A row has a method, an address, whom it is for, a summary, and an answer."""
    assert route.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert re.fullmatch(r"(/[a-z0-9.-]+|/{[a-z]+(_[a-z]+)?})+", route.path)
    assert isinstance(route.who, Who)
    assert route.summary[0].isupper()
    assert not route.summary.endswith(".")
    assert route.answer is not None
    assert route.method != "GET" or route.status == 200


@pytest.mark.parametrize("route", BEHIND, ids=_id)
def test_the_service_takes_what_the_row_says(route: Route) -> None:
    """The command or query is there, people may ask for it, and its schema is the one that OpenAPI shows."""
    if route.does is Does.COMMAND:
        handler = COMMANDS[route.service][route.name]
        assert handler.allow is not None
        schema = handler.schema
    else:
        schema = QUERIES[route.service][route.name].schema
    assert type(schema) is route.request
    assert set(route.given_fields) <= schema.fields.keys()


@pytest.mark.parametrize("route", [route for route in ROUTES if route.then or route.barriers], ids=_id)
def test_what_follows_is_there(route: Route) -> None:
    """Questions after a command exist, with the schema that the row names; barriers take nothing."""
    if route.then:
        assert type(QUERIES[route.service][route.then.query].schema) is route.then.request
    for barrier in route.barriers:
        service, _, query = barrier.partition(".")
        assert QUERIES[service][query].schema.validate({}) == {}


def test_every_address_is_one_row() -> None:
    """No method of an address is answered by two rows."""
    assert [key for key, times in Counter(map(_id, ROUTES)).items() if times > 1] == []


def test_edits_of_programs_need_a_version() -> None:
    """SE-14: every PATCH and PUT of a program is an edit that takes If-Match."""
    found = [route for route in ROUTES if route.service == "programs" and route.method in {"PATCH", "PUT"}]
    assert found
    assert all(route.edits for route in found)


def test_the_document_is_openapi() -> None:
    """The served document is valid OpenAPI 3.1, and every operation has a name of its own."""
    validate(DOCUMENT)
    names = [one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names)


def test_the_document_is_the_table() -> None:
    """SE-22: no route is missing from the document or beyond it."""
    described = {f"{method.upper()} {path}" for path, found in DOCUMENT["paths"].items() for method in found}
    assert described == set(map(_id, ROUTES))


def test_shapes_are_closed() -> None:
    """SE-04, SE-05: no described object takes a field that is not described."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema.get("properties"):
            assert schema["additionalProperties"] is False, name


def test_nothing_says_who_one_is() -> None:
    """SE-18: no described body or query takes an id that the token says, or an inner field."""
    for route in ROUTES:
        assert not {"actor", "actor_id", "command_id"} & route.open_fields.keys()
        assert not set(route.me) & route.open_fields.keys()


def test_the_document_and_the_page_are_served(client: Client) -> None:
    """Anybody can read what the API is; the page has no script and asks for nothing from elsewhere (SE-11)."""
    assert json.loads(client.get("/v1/openapi.json").content)["paths"].keys() == DOCUMENT["paths"].keys()
    page = client.get("/docs").text
    assert all(route.path in page for route in ROUTES)
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?![#/])""", page)
    assert not re.search(r"\son\w+=", page)


def test_no_file_is_long() -> None:
    """House rule: no file of the gateway has more than 400 lines."""
    for path in Path("services/gateway").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 400, path
