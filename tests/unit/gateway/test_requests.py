from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from services.gateway.gateway import Gateway
from services.gateway.rpc import Reply
from shared.kernel.errors import Unavailable
from tests.support.gateway import Client, FakeServices, refused, slug, token

PAIR = "/v1/pairs/p.c.1"


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def test_without_a_token_nothing_is_asked(client: Client, services: FakeServices) -> None:
    """SE-07: anonymous and forged callers get 401 with WWW-Authenticate, and no service hears of them."""
    nobody = client.get("/v1/templates")
    forged = client.get("/v1/templates", headers={"Authorization": "Bearer x"})
    assert (nobody.status_code, slug(nobody)) == (401, "sign-in-needed")
    assert (forged.status_code, slug(forged)) == (401, "token-invalid")
    assert nobody.headers["www-authenticate"] == 'Bearer realm="mentorship"'
    assert 'error="invalid_token"' in forged.headers["www-authenticate"]
    assert services.calls == []


@pytest.mark.parametrize("name", ["system", "anonymous"])
def test_no_person_is_a_service(client: Client, name: str) -> None:
    """A token whose subject is a name that services use among themselves proves nothing."""
    assert slug(client.get("/v1/templates", headers=token(name))) == "token-invalid"


def test_headers_of_a_clients_making_say_nothing(client: Client, services: FakeServices) -> None:
    """SE-18: X-User-Id and X-Forwarded-* change neither who asks nor what is asked."""
    sent = {"X-User-Id": "eve", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-User": "eve", "X-Correlation-Id": "mine"}
    answer = client.get("/v1/templates", headers={**token("ada"), **sent})
    _, context = services.last("templates")
    assert context["actor"]["id"] == "ada"
    assert answer.headers["x-correlation-id"] == context["correlation_id"] != "mine"


def test_each_part_comes_from_its_place(client: Client, gateway: Gateway, services: FakeServices) -> None:
    """SE-05: path, body and token make the command; the answer carries the version and the position, and of what the
    command's event names only what is described."""
    services.replies["send_message"] = Reply({"message_id": "m", "couple_id": "c"}, "conversations.1.7", 3)
    answer = client.post(f"{PAIR}/messages", json={"text": "hi"}, headers=token())
    assert answer.status_code == 201
    assert answer.json() == {"message_id": "m"}
    assert answer.headers["etag"] == '"3"'
    assert gateway.positions.read(answer.headers["x-log-position"]) == [("conversations", 1, 7)]
    assert services.last("send_message")[0] == {"pair_id": "p.c.1", "text": "hi"}


@pytest.mark.parametrize("body", [{"text": "hi", "pair_id": "other"}, ["text"], "text", True, 1])
def test_a_body_cannot_say_what_the_path_says(client: Client, services: FakeServices, body: object) -> None:
    """SE-04: fields of the path never bind from a body, and a body is an object."""
    answer = client.post(f"{PAIR}/messages", json=body, headers=token())
    assert (answer.status_code, slug(answer)) == (422, "invalid-input")
    assert services.calls == []


def test_a_body_cannot_name_another_person(client: Client, services: FakeServices) -> None:
    """SE-04: what the token says is taken from the token alone."""
    address = "/v1/me/notifications/read"
    assert client.post(address, json={"notification_ids": ["n"]}, headers=token("ada")).status_code == 200
    assert services.last("mark_notifications_read")[0]["person_id"] == "ada"
    forged = client.post(address, json={"notification_ids": ["n"], "person_id": "bob"}, headers=token("ada"))
    assert slug(forged) == "invalid-input"


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=5&limit=6", "limit"),
        ("role[$ne]=x", "role[$ne]"),
        ("$where=1", "$where"),
        ("program_id=x", "program_id"),
    ],
)
def test_unknown_and_repeated_parameters_are_refused(client: Client, query: str, wrong: str) -> None:
    """SE-06: a query string holds known names once each."""
    answer = client.get(f"/v1/programs/p/signups?{query}", headers=token())
    assert slug(answer) == "invalid-input"
    assert list(answer.json()["errors"]) == [wrong]


def test_numbers_of_a_query_string_are_numbers(client: Client, services: FakeServices) -> None:
    """A whole number arrives as one; anything else stays text for the schema to refuse."""
    client.get("/v1/programs/p/signups?limit=7&role=mentor", headers=token())
    assert services.last("signups")[0] == {"program_id": "p", "limit": 7, "role": "mentor"}
    client.get("/v1/programs/p/signups?limit=1e3", headers=token())
    assert services.last("signups")[0]["limit"] == "1e3"


def test_other_media_are_refused(client: Client) -> None:
    """A body that is not JSON is not guessed at: 415; an empty one needs no type."""
    wrong = client.post(f"{PAIR}/messages", content="text=hi", headers={**token(), "Content-Type": "text/plain"})
    assert (wrong.status_code, slug(wrong)) == (415, "not-json")
    assert client.post(f"{PAIR}/pause", headers=token()).status_code == 200


def test_a_large_body_is_not_read(client: Client, services: FakeServices) -> None:
    """SE-16: 64 KiB are taken, one byte more is not, whether or not its length is declared."""
    head = {**token(), "Content-Type": "application/json"}
    full = b'{"text":"' + b"x" * (64 * 1024 - 11) + b'"}'
    assert client.post(f"{PAIR}/messages", content=full, headers=head).status_code == 201
    declared = client.post(f"{PAIR}/messages", content=full + b" ", headers=head)
    chunked = client.post(f"{PAIR}/messages", content=_pieces(full, b" "), headers=head)
    assert slug(declared) == slug(chunked) == "body-too-large"
    assert len(services.calls) == 1


def test_unknown_addresses_and_methods_are_problems(client: Client) -> None:
    """SE-15: 404 and 405 are problem documents too, and 405 names what is allowed."""
    unknown = client.get("/v1/nothing", headers=token())
    assert (unknown.status_code, slug(unknown)) == (404, "not-found")
    method = client.request("PUT", "/v1/blocks", headers=token())
    assert (method.status_code, slug(method)) == (405, "method-not-allowed")
    assert method.headers["allow"] == "GET, HEAD, POST"


def test_a_mistake_of_ours_tells_nothing(
    client: Client, services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """SE-15: the last resort answers 500 without a word of the exception."""
    services.replies["templates"] = RuntimeError("marker-7731")
    answer = client.get("/v1/templates", headers=token())
    assert (answer.status_code, slug(answer)) == (500, "internal-error")
    assert "marker-7731" not in answer.text + "".join(capsys.readouterr())


def test_foreign_and_unknown_answer_alike(client: Client, services: FakeServices) -> None:
    """SE-02: a refusal that a service words the same reaches the client the same, but for the correlation id."""
    services.replies["pair"] = refused(404, "not-found")
    one = client.get("/v1/pairs/theirs", headers=token()).json()
    other = client.get("/v1/pairs/nobodys", headers=token()).json()
    assert {**one, "correlation_id": ""} == {**other, "correlation_id": ""}


def test_away_says_when_to_come_back(client: Client, services: FakeServices) -> None:
    """A service that is away is a 503 with Retry-After."""
    services.replies["templates"] = Unavailable()
    answer = client.get("/v1/templates", headers=token())
    assert (answer.status_code, slug(answer)) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_every_answer_is_guarded(client: Client) -> None:
    """SE-11: security headers on answers, problems and pages; no CORS header even for a preflight."""
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answers = [
        client.get("/v1/templates", headers={**token(), "Origin": "https://evil.example"}),
        client.get("/v1/nothing"),
        client.get("/docs"),
        client.request("OPTIONS", "/v1/blocks", headers=preflight),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answers[0].headers["cache-control"] == "no-store"


def test_edits_of_programs_need_a_version(client: Client, services: FakeServices) -> None:
    """SE-14: 428 without If-Match, 412 for one that is no version, and the number goes to the service."""
    address = "/v1/programs/p"
    assert client.request("PATCH", address, json={}, headers=token()).status_code == 428
    assert slug(client.request("PATCH", address, json={}, headers={**token(), "If-Match": "W/x"})) == "stale-version"
    assert client.request("PATCH", address, json={}, headers={**token(), "If-Match": '"17"'}).status_code == 200
    assert services.last("revise_program")[1]["if_match"] == 17


def test_positions_go_where_they_can_be_waited_for(client: Client, gateway: Gateway, services: FakeServices) -> None:
    """A read waits for what its service's views can reach, and for nothing that they never will."""
    known = gateway.positions.sealed("matching.0.17,programs.1.3,notifications.0.9").replace(",", ", ", 1)
    client.get("/v1/programs/p", headers={**token(), "X-Log-Position": known})
    assert services.last("program")[1]["at"] == [("matching", 0, 17), ("programs", 1, 3)]


def test_of_two_places_of_a_log_the_later_is_waited_for(
    client: Client, gateway: Gateway, services: FakeServices
) -> None:
    """Who asks in parallel cannot tell which of two sealed positions is the later one, and sends both."""
    known = gateway.positions.sealed("matching.0.17,matching.0.5,matching.1.2")
    client.get("/v1/programs/p", headers={**token(), "X-Log-Position": known})
    assert services.last("program")[1]["at"] == [("matching", 0, 17), ("matching", 1, 2)]


@pytest.mark.parametrize("position", ["x", "matching.0", "nobody.0.1", "matching.0.-1", "matching.0.1,", "a" * 10000])
def test_a_position_that_is_not_ours_is_refused(client: Client, position: str) -> None:
    """A made-up X-Log-Position is a 400, not a wait."""
    answer = client.get("/v1/programs/p", headers={**token(), "X-Log-Position": position})
    assert (answer.status_code, slug(answer)) == (400, "bad-log-position")


def test_a_command_can_be_followed_by_its_question(client: Client, services: FakeServices) -> None:
    """Evidence is looked at by a command first; the question is asked at the position of that look (EV-06)."""
    services.replies["view_evidence"] = Reply({"case_id": "k"}, "trust_safety.1.5", 4)
    services.replies["evidence"] = Reply({"case_id": "k", "items": []})
    answer = client.get("/v1/cases/k/evidence", headers=token("mod", roles=["moderator"]))
    assert answer.json() == {"case_id": "k", "items": []}
    assert [name for _, name, _, _ in services.calls] == ["view_evidence", "evidence"]
    assert services.last("evidence")[1]["at"] == [("trust_safety", 1, 5)]


def test_a_block_is_answered_after_it_holds(client: Client, services: FakeServices) -> None:
    """The answer to a block waits for the services that must know of it, and is given even where one is away."""
    services.replies["block_person"] = Reply({"blocked_id": "bob"}, "conversations.1.9", 1)
    services.replies["my_preferences"] = Unavailable()
    assert client.post("/v1/blocks", json={"person_id": "bob"}, headers=token()).status_code == 201
    assert services.last("templates")[1]["at"] == [("conversations", 1, 9)]
    assert services.last("my_preferences")[1]["at"] == [("conversations", 1, 9)]


def test_one_click_needs_no_login(client: Client, services: FakeServices) -> None:
    """RFC 8058: a mail client posts a form without a token."""
    answer = client.post("/v1/unsubscribe/tok", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    data, context = services.last("unsubscribe")
    assert data == {"token": "tok"}
    assert context["actor"]["id"] == "anonymous"


def test_it_fails_closed_when_it_cannot_know(client: Client, gateway: Gateway) -> None:
    """SE-19: with an old list commands and others' data are 503; own data can be read and a block can be made."""
    gateway.standing.know({"eve": {"kind": "suspended"}}, time.monotonic() - 6)
    assert client.post(f"{PAIR}/messages", json={"text": "x"}, headers=token()).status_code == 503
    assert client.get("/v1/moderation/cases", headers=token()).status_code == 503
    assert client.get("/v1/cases/k/evidence", headers=token()).status_code == 503
    assert client.get(f"{PAIR}/messages", headers=token()).status_code == 200
    assert client.post("/v1/blocks", json={"person_id": "x"}, headers=token()).status_code == 201
    assert client.get(f"{PAIR}/messages", headers=token("eve")).status_code == 403


def test_the_contact_is_told_once(client: Client, services: FakeServices) -> None:
    """A person's contact goes to notifications with their first request, and again when it changed or had failed."""

    def told() -> list[str]:
        return [data["email"] for _, name, data, _ in services.calls if name == "register_contact"]

    services.replies["register_contact"] = Unavailable()
    client.get("/v1/templates", headers=token(email="a@x.example", zoneinfo="Europe/Berlin"))
    client.get("/v1/blocks", headers=token())
    del services.replies["register_contact"]
    for email in ("a@x.example", "a@x.example", "b@x.example"):
        client.get("/v1/templates", headers=token(email=email, zoneinfo="Europe/Berlin"))
        client.get("/v1/blocks", headers=token())
    assert told() == ["a@x.example", "a@x.example", "b@x.example"]


def test_ready_says_what_is_missing(client: Client, gateway: Gateway, services: FakeServices) -> None:
    """Readiness needs every service, the broker and a fresh list; liveness needs nothing."""
    gateway.hub.live = True
    services.replies["ping matching"] = False
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert [part for part, there in answer.json()["parts"].items() if not there] == ["matching"]
    services.replies["ping matching"] = True
    assert client.get("/health/ready").json()["ready"] is True
    assert client.get("/health/live").json() == {"alive": True}


def test_metrics_hold_no_ids(client: Client) -> None:
    """Labels are templates of routes, never an id."""
    client.get("/v1/pairs/secret-pair/messages", headers=token("secret-person"))
    client.get("/v1/secret-nothing")
    text = client.get("/metrics").text
    assert 'route="/v1/pairs/{pair_id}/messages"' in text
    assert "secret" not in text
