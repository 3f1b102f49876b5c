from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from services.gateway.routes import ROUTES, Does, Route, Who
from shared.kernel.ids import new_id
from shared.kernel.pairs import pair_id
from tests.e2e.access import filled, outcomes
from tests.e2e.access_table import TABLE
from tests.e2e.access_world import ROLES, build
from tests.support.system import System
from tests.support.world import Someone, World

OF_SOMEBODY = {"program_id", "pair_id", "message_id", "post_id", "run_id", "case_id", "appeal_id", "group_id"}
"""Parameters that name things which are not everybody's to know of."""

FOREIGN = [route for route in ROUTES if route.does is not Does.OWN and OF_SOMEBODY & set(route.path_fields)]


@pytest.fixture(scope="module")
def world(system: System) -> Iterator[World]:
    with httpx.Client(base_url=system.base_url, timeout=20) as client:
        yield build(World(system, client))


def test_every_route_is_in_the_table() -> None:
    """SE-01: a route without a row, and a row without a route, fail here."""
    assert set(TABLE) == {route.key for route in ROUTES}


def test_every_row_has_every_column() -> None:
    """SE-01: nobody is left out of a row; who has no token is let in only where the route says so."""
    who = {route.key: route.who for route in ROUTES}
    for key, row in TABLE.items():
        assert len(row.statuses) == len(ROLES), key
        assert (row.statuses[0] == 401) is (who[key] is not Who.ANYBODY), key


def _id(route: Route) -> str:
    return route.key


@pytest.mark.parametrize("route", FOREIGN, ids=_id)
def test_foreign_and_unknown_are_the_same(world: World, route: Route) -> None:
    """SE-02: to a stranger an id that is somebody's and one that is nobody's answer the same, byte for byte."""
    row = TABLE[route.key]
    theirs = {**world.ids, **{parameter: world.ids[name] for parameter, name in row.ids.items()}}
    nobodys = {**theirs, **{name: new_id() for name in OF_SOMEBODY & set(route.path_fields)}}
    if "pair_id" in route.path_fields:
        nobodys["pair_id"] = pair_id(new_id(), "a", "b", 1)
    texts = []
    for ids in (theirs, nobodys):
        address = route.path.format(**ids) + (f"?{row.query.format(**ids)}" if row.query else "")
        body = filled(row.body, world.ids)
        answer = world.people["stranger"].ask(route.method, address, body, **dict(row.headers))
        text = answer.text.replace(answer.headers["x-correlation-id"], "")
        texts.append((answer.status_code, text, _names(answer)))
    assert texts[0] == texts[1]
    assert texts[0][0] in {403, 404}


def _names(answer: httpx.Response) -> list[str]:
    return sorted(name for name in answer.headers if name != "date")


WITHOUT_ATTESTATION = {
    "POST /v1/groups/{group_id}/programs",
    "PATCH /v1/programs/{program_id}",
    "PUT /v1/programs/{program_id}/steps",
    "POST /v1/programs/{program_id}/open",
    "POST /v1/programs/{program_id}/duplicate",
    "POST /v1/programs/{program_id}/close",
    "POST /v1/programs/{program_id}/archive",
    "POST /v1/programs/{program_id}/signups/me/pause",
    "POST /v1/programs/{program_id}/signups/me/withdraw",
    "POST /v1/pairs/{pair_id}/end",
    "POST /v1/blocks",
    "DELETE /v1/blocks/{person_id}",
}
"""What changes something in a program or pair and is neither joining, pairing nor messaging: running a group's
programs, resting, leaving, and keeping somebody away."""

MEETING = [
    route
    for route in ROUTES
    if route.does is Does.COMMAND
    and route.service in {"programs", "matching", "conversations"}
    and route.key not in WITHOUT_ATTESTATION
]


@pytest.mark.parametrize("role", ["member", "mentor", "mentee", "admin"])
def test_without_attestation_nobody_joins_pairs_or_writes(world: World, role: str) -> None:
    """PR-17: every route that joins, pairs or writes refuses whoever is not attested to be an adult, whatever else
    they are; generated over the route table, so that a new route is refused or named above."""
    person = world.people[role]
    minor = Someone(world.client, person.id, world.system.token(person.id, **{**person.claims, "adult": False}))
    refused = {}
    for route in MEETING:
        row = TABLE[route.key]
        ids = {**world.ids, **{parameter: world.ids[name] for parameter, name in row.ids.items()}}
        answer = minor.ask(route.method, route.path.format(**ids), filled(row.body, ids), **dict(row.headers))
        refused[route.key] = answer.status_code
        if role in {"mentor", "mentee"} and route.who is Who.PAIR:
            assert answer.json()["type"].endswith("adults-only"), route.key
    assert len(refused) > 20
    assert set(refused.values()) <= {403, 404}, refused


@pytest.mark.parametrize("key", TABLE)
def test_everybody_gets_what_the_table_says(world: World, key: str) -> None:
    """SE-01, SE-03: every route × everybody, on the running system."""
    row = TABLE[key]
    assert outcomes(world, key, row) == row.statuses
