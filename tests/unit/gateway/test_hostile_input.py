"""SE-04, SE-06, SE-16: what people may send, over every field of every route."""

from __future__ import annotations

import inspect
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from services.gateway.config import Config
from services.gateway.gateway import Gateway
from services.gateway.routes import Route
from shared.contracts import (
    conversations_api,
    matching_api,
    notifications_api,
    programs_api,
    trust_safety_api,
)
from shared.contracts.catalogue import EVENTS
from tests.support.gateway import Client, FakeServices, slug, token
from tests.unit.gateway.shapes import BEHIND, IN_QUERY, WITH_A_BODY, ShapedServices, address, everything, nested

_APIS = (conversations_api, matching_api, notifications_api, programs_api, trust_safety_api)
_SCHEMAS = [
    found
    for module in _APIS
    for _, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, Schema) and found.__module__ == module.__name__
]
SERVER_OWNED = {
    "id",
    "_id",
    "state",
    "status",
    "owner",
    "version",
    "seq",
    "position",
    "actor",
    "actor_id",
    "command_id",
}
EVERY_NAME = SERVER_OWNED.union(*(schema().fields for schema in [*_SCHEMAS, *EVENTS.values()]))

OPERATORS = st.recursive(
    st.sampled_from([None, "", 1, True]),
    lambda inner: st.dictionaries(
        st.sampled_from(["$ne", "$gt", "$where", "$regex", "a.b", "$", ""]), inner, min_size=1
    ),
    max_leaves=4,
).filter(lambda value: isinstance(value, dict))
SOME = settings(
    max_examples=8, phases=(Phase.generate,), derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
"""Each example goes through the whole route table."""


@pytest.fixture
def services() -> FakeServices:
    return ShapedServices()


@pytest.fixture
def config() -> Config:
    """Without limits on how often."""
    return Config(rate_per_person=0, rate_per_address=0)


def refusal(client: Client, route: Route, body: Any) -> dict[str, Any]:
    """The errors by field of a body that must be refused."""
    headers = {**token(), "If-Match": "*"}
    answer = client.request(route.method, address(route), json=body, headers=headers)
    assert (answer.status_code, slug(answer)) == (422, "invalid-input"), (route.key, body, answer.text)
    errors: dict[str, Any] = answer.json()["errors"]
    return errors


def test_no_field_of_another_shape_binds(client: Client, services: FakeServices) -> None:
    """SE-04: every field name of every other command, answer and event is refused by every command, one by one."""
    for route in WITH_A_BODY:
        foreign = EVERY_NAME - route.request().fields.keys()
        errors = refusal(client, route, dict.fromkeys(foreign, "x"))
        assert {name for name in foreign if errors.get(name) == ["Unknown field."]} == foreign, route.key
    assert services.calls == []


def test_no_field_of_another_shape_binds_in_an_object(client: Client, services: FakeServices) -> None:
    """SE-04: nor inside the objects and lists of objects of a command."""
    seen = 0
    for route in WITH_A_BODY:
        for name, field in route.open_fields.items():
            inner = nested(field)
            if inner is None:
                continue
            foreign = EVERY_NAME - inner.fields.keys()
            hostile: Any = dict.fromkeys(foreign, "x")
            listed = isinstance(field, fields.List)
            errors = refusal(client, route, {name: [hostile] if listed else hostile})[name]
            found = errors["0"] if listed else errors
            assert {one for one in foreign if found.get(one) == ["Unknown field."]} == foreign, (route.key, name)
            seen += 1
    assert seen
    assert services.calls == []


def test_nothing_of_the_path_or_the_token_binds_from_a_body(client: Client, services: FakeServices) -> None:
    """SE-04: ids that the address or the token says are refused in a body, whatever they say."""
    for route in WITH_A_BODY:
        for name in route.given_fields:
            assert refusal(client, route, {name: "x"}) == {name: ["Unknown field."]}, route.key
    assert services.calls == []


def test_no_query_takes_what_it_does_not_know(client: Client, services: FakeServices) -> None:
    """SE-04: a parameter of another query is refused by its name."""
    for route in IN_QUERY:
        for name in sorted(EVERY_NAME - route.open_fields.keys())[::7]:
            answer = client.get(address(route), params={name: "x"}, headers=token())
            assert (answer.status_code, list(answer.json()["errors"])) == (422, [name]), route.key
    assert services.calls == []


@SOME
@given(OPERATORS)
def test_no_field_of_a_body_takes_an_operator(client: Client, services: FakeServices, operator: dict[str, Any]) -> None:
    """SE-06: an object with `$` or dotted names is refused in every field of every command, alone and in a list."""
    for route in WITH_A_BODY:
        for hostile in (operator, [operator]):
            errors = refusal(client, route, dict.fromkeys(route.open_fields, hostile))
            assert errors.keys() >= route.open_fields.keys(), route.key
    assert services.calls == []


@SOME
@given(st.sampled_from(["[$ne]", "[$gt]", "[]", ".$ne", ".x", "[$where]"]), st.sampled_from(["", "x", "1", "null"]))
def test_no_query_takes_an_operator_for_a_name(client: Client, services: FakeServices, suffix: str, value: str) -> None:
    """SE-06: a parameter named as an operator on a known field is refused, and `$where` by itself as well."""
    for route in IN_QUERY:
        for name in (*(f"{name}{suffix}" for name in route.open_fields), "$where", f"{suffix}x"):
            answer = client.get(address(route), params={name: value}, headers=token())
            assert (answer.status_code, list(answer.json()["errors"])) == (422, [name]), route.key
    assert services.calls == []


@SOME
@given(OPERATORS | st.lists(OPERATORS, min_size=1, max_size=2))
def test_what_looks_like_an_operator_is_text(client: Client, services: FakeServices, operator: Any) -> None:
    """SE-06: an operator written into a path or a query value is refused, or is plain text to the service: no match."""
    text = json.dumps(operator)
    services.calls.clear()
    for route in BEHIND:
        if route.any_body:
            continue
        path = route.path
        for name in route.path_fields:
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        params = {name: text for name in route.open_fields if name != "cursor"} if route.in_query else {}
        for query in ({}, params):
            answer = client.request(route.method, path, params=query, headers={**token(), "If-Match": "*"})
            assert answer.status_code < 500, route.key
    for _, name, data, _ in services.calls:
        assert all(not isinstance(value, dict | list) for value in data.values()), name


def _bounded(field: Any) -> bool:
    """Whether a request can only put so much into a field."""
    rules = [*field.validators, *([field.validate] if callable(field.validate) else [])]
    if isinstance(field, fields.Boolean | fields.Nested | fields.DateTime):
        return True
    if isinstance(field, fields.Integer | fields.Float):
        return any(isinstance(rule, validate.Range) and rule.max is not None for rule in rules)
    if isinstance(field, fields.Dict):
        few = any(isinstance(rule, validate.Length) and rule.max for rule in rules)
        named = isinstance(getattr(field.key_field, "validate", None), validate.OneOf)
        return named or (few and _bounded(field.key_field) and _bounded(field.value_field))
    return any(
        isinstance(rule, validate.OneOf)
        or (isinstance(rule, validate.Length) and (rule.max or rule.equal) is not None)
        or (
            isinstance(rule, validate.Regexp) and "}" in rule.regex.pattern and not {"*", "+"} & set(rule.regex.pattern)
        )
        for rule in rules
    )


def test_everything_that_can_be_sent_is_bounded() -> None:
    """SE-16: every text, number and list of every command and query has a greatest length or value."""
    loose = {
        f"{route.key}: {place}"
        for route in BEHIND
        for place, field in everything(route.request())
        if not _bounded(field)
    }
    assert loose == set()


def test_pages_have_a_hundred_items_at_most(client: Client, services: FakeServices) -> None:
    """SE-16: every list takes a limit from 1 to 100 and nothing else."""
    paged = [route for route in IN_QUERY if "limit" in route.open_fields]
    assert len(paged) > 10
    for route in paged:
        for limit in ("0", "101", "-1", "1e1", "true", "9" * 30):
            answer = client.get(address(route), params={"limit": limit}, headers=token())
            assert (answer.status_code, slug(answer)) == (422, "invalid-input"), (route.key, limit)
    assert services.calls == []


@pytest.mark.parametrize("sign", ["x", "0", "\u00e1", "\u4e2d"])
def test_no_field_takes_a_text_without_end(client: Client, services: FakeServices, sign: str) -> None:
    """SE-16: a text longer than any field has room for is refused in every field, whatever it is made of."""
    for route in WITH_A_BODY:
        for name in route.open_fields:
            assert name in refusal(client, route, {name: sign * 20_000}), route.key
    assert services.calls == []


def test_no_list_takes_items_without_end(client: Client, services: FakeServices) -> None:
    """SE-16: every list of every command has a greatest length, within what a body may hold."""
    for route in WITH_A_BODY:
        for name, field in route.open_fields.items():
            if isinstance(field, fields.List):
                errors = refusal(client, route, {name: ["x"] * 1_001})
                assert name in errors, route.key
    assert services.calls == []


@pytest.mark.parametrize("address", ["/v1/me/exports", "/v1/me/erasure", "/v1/me/sessions/end"])
def test_what_takes_nothing_takes_no_body(client: Client, gateway: Gateway, address: str) -> None:
    """SE-04: the gateway's own commands refuse a body that says something, and do nothing; an empty one is fine."""
    head = {**token("ada"), "Content-Type": "application/json"}
    for body, status in (('{"person_id":"bob"}', 422), ("[]", 422), ('"x"', 422), ("{", 400)):
        assert client.post(address, content=body, headers=head).status_code == status
    assert client.post(address, content="a=b", headers={**head, "Content-Type": "text/plain"}).status_code == 415
    assert client.post(address, content='{"person_id":"bob"}').status_code == 401
    assert gateway.rights.history("ada") == gateway.rights.history("bob") == []
    assert client.post(address, content="{}", headers=head).is_success
    assert client.post(address, headers=token("bob")).is_success
    assert len(gateway.rights.history("ada")) == len(gateway.rights.history("bob")) == 1
