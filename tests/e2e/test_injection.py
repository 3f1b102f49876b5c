"""SE-06 on the running system: what looks like an operator is a word, and matches nothing."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from services.gateway.routes import ROUTES, Does, Route, Who
from tests.support.world import Someone, World

OPERATORS = [json.dumps(operator) for operator in ({"$ne": None}, {"$gt": ""}, ["x"])] + ["$ne", "a.b.$c", "*"]
PATHS = [
    route
    for route in ROUTES
    if route.does is not Does.OWN and route.path_fields and not route.any_body and route.who is not Who.ANYBODY
]
BY_SOMEBODY_ELSE = {"person_id"}
"""Whom one has not blocked one can unblock as often as one likes: nothing is matched, nothing happens."""


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_parameter_of_an_address_matches_by_an_operator(world: World, operator: str) -> None:
    """SE-06: in any part of any address an operator is refused or found nowhere: never a match, never a 5xx."""
    admin = _an_admin(world, operator)
    for route in PATHS:
        for name in set(route.path_fields) - BY_SOMEBODY_ELSE:
            ids = {**world.ids, name: quote(operator, safe="")}
            answer = admin.ask(
                route.method, route.path.format(**ids), {} if route.method != "GET" else None, If_Match="*"
            )
            assert 400 <= answer.status_code < 500, (route.key, answer.text)
            assert answer.status_code != 429, route.key


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_parameter_of_a_query_matches_by_an_operator(world: World, operator: str) -> None:
    """SE-06: in any query parameter an operator is refused, or compared as the word that it is."""
    admin = _an_admin(world, operator)
    for route in ROUTES:
        if route.in_query and route.does is not Does.OWN:
            _ask_by_operator(world, admin, route, operator)


def _an_admin(world: World, operator: str) -> Someone:
    """Everybody has a limit of their own on what they ask."""
    return world.someone(f"ada{OPERATORS.index(operator)}", groups={world.ids["group_id"]: "admin"})


def _ask_by_operator(world: World, admin: Someone, route: Route, operator: str) -> None:
    address = route.path.format(**world.ids)
    for name in route.open_fields:
        plain = admin.ask("GET", f"{address}?{urlencode({name: operator})}")
        assert plain.status_code < 500, route.key
        assert plain.is_error or not plain.json().get("items"), (route.key, name, plain.text)
        for named in (f"{name}[$ne]", f"{name}.$gt"):
            answer = admin.ask("GET", f"{address}?{urlencode({named: 'x'})}")
            assert answer.status_code == 422, (route.key, named)
            assert list(answer.json()["errors"]) == [named]
