"""What holds for every route, generated over the route table."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from services.gateway.config import Config
from services.gateway.docs import POLICY
from services.gateway.gateway import Gateway
from services.gateway.openapi import document
from services.gateway.problems import Problem
from services.gateway.routes import ROUTES, Does, Route, Who
from services.gateway.routes.route import OWN_DATA
from services.gateway.rpc import Reply
from shared.eventlog import LogUnavailable
from shared.kernel.errors import Unavailable
from tests.support.gateway import Client, FakeServices, slug, token
from tests.unit.gateway.shapes import BEHIND, address

WITH_A_TOKEN = [route for route in ROUTES if route.who is not Who.ANYBODY]
CHANGES = [route for route in WITH_A_TOKEN if route.method not in {"GET", "HEAD"}]
PAGES = {"GET /docs", "GET /v1/openapi.json"}
"""What is the same for everybody may be kept by a browser."""

OPEN = {"POST /v1/unsubscribe/{token}"}
"""One click out of a mail comes without a token; the address itself is the proof (RFC 8058)."""

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def config() -> Config:
    """Without limits on how often."""
    return Config(rate_per_person=0, rate_per_address=0)


@pytest.fixture
def services() -> FakeServices:
    """Each answers with an empty page."""
    made = FakeServices()
    pages = {route.name: Reply({"items": [], "next": None}, f"{route.service}.0.1", 1) for route in BEHIND}
    made.replies = pages | made.replies
    return made


def asked(client: Client, route: Route, **options: Any) -> httpx.Response:
    later = time.time() + 3600  # two of the routes end the sessions of before
    headers = {**token("ada", roles=["moderator"], iat=later), "If-Match": "*", **options.pop("headers", {})}
    return client.request(route.method, address(route), headers=headers, **options)


def test_security_headers_are_on_every_answer(client: Client) -> None:
    """SE-11: a policy without scripts, no framing, no sniffing, no referrer, and nothing personal is stored."""
    for route in ROUTES:
        for answer in (asked(client, route), client.request(route.method, address(route))):
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'"), route.key
            assert "frame-ancestors 'none'" in policy
            assert "script-src" not in policy
            assert "unsafe" not in policy.replace(POLICY, "")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            if route.key not in PAGES:
                assert answer.headers["cache-control"] == "no-store", route.key


def test_no_route_knows_cookies(client: Client, services: FakeServices) -> None:
    """SE-10: no answer sets a cookie, and who brings a token as a cookie alone is nobody."""
    word = token("ada")["Authorization"].split()[1]
    cookies = {"Cookie": "; ".join(f"{name}={word}" for name in ("token", "access_token", "__Host-session"))}
    for route in ROUTES:
        assert "set-cookie" not in asked(client, route).headers, route.key
        services.calls.clear()
        answer = client.request(route.method, address(route), headers=cookies)
        assert "set-cookie" not in answer.headers, route.key
        if route in WITH_A_TOKEN:
            assert (answer.status_code, slug(answer)) == (401, "sign-in-needed"), route.key
            assert services.calls == []


def test_a_form_of_another_site_changes_nothing(client: Client, services: FakeServices) -> None:
    """SE-10: what a page of another site can make a browser send is refused at every route that changes something."""
    for route in CHANGES:
        form = client.request(route.method, address(route), headers={**EVIL, **FORM}, content="text=hi")
        assert form.status_code == 401, route.key
        script = asked(client, route, headers=EVIL, json={})
        assert (script.status_code, slug(script)) == (403, "cross-origin"), route.key
        null = asked(client, route, headers={"Origin": "null"}, json={})
        assert null.status_code == 403, route.key
    assert services.calls == []
    assert {route.key for route in ROUTES if route.method != "GET"} - {route.key for route in CHANGES} == OPEN


def test_a_page_of_this_site_may_ask(client: Client, config: Config) -> None:
    """SE-10: the site's own pages send its own address as origin."""
    assert client.post(
        "/v1/blocks", json={"person_id": "x"}, headers={**token(), "Origin": config.public_url}
    ).is_success


def test_no_header_says_who_one_is(client: Client, services: FakeServices) -> None:
    """SE-18: at every route, headers of a client's making change neither who asks nor what is asked."""
    forged = dict.fromkeys(
        ("X-User-Id", "X-Forwarded-For", "X-Forwarded-User", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "X-Actor"),
        "eve",
    )
    for route in BEHIND:
        asked(client, route, headers=forged)
        alone = client.request(route.method, address(route), headers=forged)
        assert route.who is Who.ANYBODY or alone.status_code == 401, route.key
    people = {context["actor"]["id"] for _, _, _, context in services.calls}
    assert people == {"ada", "anonymous"}
    assert "eve" not in str(services.calls)


def test_reads_of_own_data_alone_go_on_when_nobody_knows_who_is_suspended(client: Client, gateway: Gateway) -> None:
    """SE-19: over the whole route table; what goes on is a read of one's own, or what safety needs."""
    gateway.standing.know({}, time.monotonic() - 6)
    for route in WITH_A_TOKEN:
        goes_on = route.even_suspended or (route.in_query and route.who in OWN_DATA and route.does is not Does.OWN)
        answer = asked(client, route)
        unavailable = answer.status_code == 503
        assert unavailable is not goes_on or route.name == "stream", route.key


FAULTS: dict[str, Any] = {
    "away": Unavailable(),
    "broken": Problem(500, "internal-error", "Something went wrong on our side."),
    "a mistake": RuntimeError("marker-7731"),
    "not an answer": lambda _data: None,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_that_fails_is_a_problem_without_a_word_of_it(
    client: Client, services: FakeServices, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """SE-15: at every route, whatever a service does instead of answering, the client gets a problem document."""
    services.replies = dict.fromkeys({route.name for route in BEHIND}, FAULTS[fault])
    for route in BEHIND:
        if route.media != "application/json":
            continue  # it has begun to answer by then, and breaks off
        answer = asked(client, route)
        expected = (503, "unavailable") if fault == "away" else (500, "internal-error")
        assert (answer.status_code, slug(answer)) == expected, route.key
        assert "marker-7731" not in answer.text
        assert "Traceback" not in answer.text
    assert "marker-7731" not in "".join(capsys.readouterr())


def test_a_log_that_is_away_is_a_problem(client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """SE-15: without the gateway's own log nothing is put on record, and nobody is told that it was."""

    def away(*_: object) -> None:
        raise LogUnavailable("marker-7731")

    monkeypatch.setattr(gateway.rights._log, "append", away)
    monkeypatch.setattr(gateway.rights._log, "read_stream", away)
    for address_ in ("/v1/me/erasure", "/v1/me/sessions/end"):
        answer = client.post(address_, headers=token())
        assert (answer.status_code, slug(answer)) == (503, "unavailable"), address_
        assert "marker-7731" not in answer.text


def test_a_verifier_that_fails_lets_nobody_in(
    client: Client, gateway: Gateway, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE-15: where a token cannot be checked, nobody is let in and nothing is said of why."""

    def broken(_token: str) -> None:
        raise OSError("marker-7731")

    monkeypatch.setattr(gateway.people._verifier, "verify", broken)
    for route in WITH_A_TOKEN:
        answer = asked(client, route)
        assert (answer.status_code, slug(answer)) == (500, "internal-error"), route.key
    assert services.calls == []


FREE = {
    "answers.Document.components",
    "answers.Document.info",
    "answers.Document.paths",
    "answers.Document.security",
    "answers.Document.servers",
    "answers.Document.tags",
    "answers.Export.services",
    "answers.Problem.errors",
    "matching.SignupAnswer.answers",
}
"""A description, a copy of everything, what is wrong with which field, and what is one word after an erasure."""


def test_every_object_of_the_document_is_closed() -> None:
    """SE-05: what an answer may hold is named to the last member, but for a short list."""
    components = document(ROUTES, "http://x")["components"]["schemas"]
    loose = {f"{name}.{member}" for name, found in components.items() for member in _loose(found)}
    assert loose == FREE


def _loose(schema: dict[str, Any]) -> list[str]:
    """Names of members that may hold anything."""
    found = []
    for name, member in schema.get("properties", {}).items():
        inner = member.get("items", member)
        kinds = inner.get("type", [])
        if "$ref" in inner or "anyOf" in inner or "allOf" in inner:
            continue
        if not kinds or ("object" in kinds and inner.get("additionalProperties") in (None, True, {})):
            found.append(name)
    return found
