from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from services.gateway.openapi import document
from services.gateway.routes import ROUTES
from tests.e2e.access_world import build
from tests.support.system import System
from tests.support.world import World, served, until

EXAMPLES = 8
"""For each operation and each of the people: so that all of them together take about a minute."""

NOT_ASKED = {"stream", "erase", "end_sessions"}
"""A stream does not end, and who was erased or signed out cannot ask any more."""

NAMED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")

SCHEMA = schemathesis.openapi.from_dict(document(ROUTES, "http://127.0.0.1"))
OPERATIONS = {
    operation.definition.raw["operationId"]: operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
}


@pytest.fixture(scope="module")
def world(system: System) -> Iterator[World]:
    with httpx.Client(base_url=system.base_url, timeout=20) as client:
        yield build(World(system, client))


def test_the_served_document_is_the_one_asked(world: World) -> None:
    """SE-22: what is served is what these tests are made from, but for the address."""
    served = world.client.get("/v1/openapi.json").json()
    made = document(ROUTES, served["servers"][0]["url"])
    assert served == made


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - NOT_ASKED))
def test_whatever_is_asked_is_answered_as_described(world: World, name: str) -> None:
    """SE-05, SE-15: requests made from the schema get no 5xx, and only described statuses and shapes."""
    operation = OPERATIONS[name]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def ask(case: Any) -> None:
        for who in ("admin", "mentor", "moderator"):
            _ask(world, case, who)

    ask()


def _ask(world: World, case: Any, who: str) -> None:
    person = world.people[who]
    case.path_parameters = {name: world.ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
    headers = dict(case.headers or {})
    # A position that no log has reached yet is waited for, and that wait ends in a 503 as it should.
    headers = {name: value for name, value in headers.items() if name.lower() != "x-log-position"}
    case.headers = {**headers, "Authorization": f"Bearer {person.token}"}
    # The library's own patience is as long as the gateway's with a service, and would end before its 503 comes.
    answer = until(lambda: case.call(base_url=world.system.base_url, timeout=40), served)
    case.validate_response(answer, checks=[CHECKS.get_one(check) for check in NAMED])
