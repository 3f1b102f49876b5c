from __future__ import annotations

import pytest

from services.gateway.app import application
from services.gateway.gateway import Gateway
from services.gateway.idempotency import Idempotency
from services.gateway.problems import Problem
from services.gateway.routes import ROUTES
from services.gateway.rpc import Reply
from shared.kernel.errors import KeyReused
from tests.support.gateway import Client, FakeServices, refused, slug, token

ADDRESS = "/v1/pairs/p.c.1/messages"


def _ids(services: FakeServices) -> list[tuple[str, str | None]]:
    """Of the commands, without the questions by which a route waits for other services."""
    asked = {barrier for route in ROUTES for barrier in route.barriers}
    calls = [(context, f"{service}.{name}") for service, name, _, context in services.calls]
    return [(context["command_id"], context["fingerprint"]) for context, what in calls if what not in asked]


def test_the_same_key_names_the_same_command(client: Client, services: FakeServices) -> None:
    """SE-13: a repeated request is the same command with the same fingerprint, however its JSON is written."""
    head = {**token("ada"), "Idempotency-Key": "k1", "Content-Type": "application/json"}
    client.post("/v1/programs/p/pairs", content='{"mentor_id":"a","mentee_id":"b"}', headers=head)
    client.post("/v1/programs/p/pairs", content='{ "mentee_id":"b", "mentor_id":"a" }', headers=head)
    first, second = _ids(services)
    assert first == second
    assert first[1]


def test_a_key_belongs_to_a_person_and_an_address(client: Client, services: FakeServices) -> None:
    """SE-13: the same key of another person, or at another address, is another command."""
    for person, address in (("ada", ADDRESS), ("bob", ADDRESS), ("ada", ADDRESS.replace("p.c.1", "p.d.1"))):
        client.post(address, json={"text": "x"}, headers={**token(person), "Idempotency-Key": "k1"})
    assert len({command_id for command_id, _ in _ids(services)}) == 3


def test_without_a_key_every_request_is_new(client: Client, services: FakeServices) -> None:
    """Without a key nothing is the same, and there is no fingerprint to compare."""
    for _ in range(2):
        client.post(ADDRESS, json={"text": "x"}, headers=token())
    (first, print_1), (second, print_2) = _ids(services)
    assert first != second
    assert print_1 is print_2 is None


def test_a_key_is_good_for_one_payload(client: Client) -> None:
    """SE-13: another payload under a key that has succeeded is a 422 at once."""
    head = {**token(), "Idempotency-Key": "k1"}
    assert client.post(ADDRESS, json={"text": "x"}, headers=head).status_code == 201
    answer = client.post(ADDRESS, json={"text": "y"}, headers=head)
    assert (answer.status_code, slug(answer)) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "é", "a\n"])
def test_keys_are_short_and_visible(key: str) -> None:
    """1 to 128 visible ASCII characters, nothing else."""
    with pytest.raises(Problem) as refusal:
        Idempotency(lambda: [b"s"]).name(key, "ada", "POST", "/", {})
    assert refusal.value.slug == "bad-idempotency-key"


def test_a_fingerprint_needs_the_secret() -> None:
    """A fingerprint in the log tells nothing of a payload to who lacks the gateway's secret."""
    one = Idempotency(lambda: [b"one"]).name("k", "ada", "POST", "/", {"text": "x"})
    other = Idempotency(lambda: [b"two"]).name("k", "ada", "POST", "/", {"text": "x"})
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_only_success_is_remembered() -> None:
    """A refused request can be put right under its key: nothing had happened."""
    keys = Idempotency(lambda: [b"s"])
    command_id, fingerprint = keys.name("k", "ada", "POST", "/", {"a": 1})
    assert keys.name("k", "ada", "POST", "/", {"a": 2})[0] == command_id
    keys.succeeded(command_id, fingerprint)
    with pytest.raises(KeyReused):
        keys.name("k", "ada", "POST", "/", {"a": 2})


def test_what_was_refused_is_sent_again_under_its_key(client: Client, services: FakeServices) -> None:
    """SE-13: the key of a request that was refused is free for what it should have been."""
    head = {**token(), "Idempotency-Key": "k1"}
    services.replies["send_message"] = refused(422, "invalid-input")
    assert client.post(ADDRESS, json={"text": "x"}, headers=head).status_code == 422
    services.replies["send_message"] = Reply({"message_id": "m"}, "conversations.0.1", 1)
    assert client.post(ADDRESS, json={"text": "y"}, headers=head).status_code == 201


def test_a_key_outlives_a_change_of_keys(client: Client, services: FakeServices, keys: list[bytes]) -> None:
    """SE-13: what was done before a line came into the key file is found again, and no other payload passes."""
    head = {**token(), "Idempotency-Key": "k1"}
    stored: list[str] = []

    async def told(_service: str, _command: str, _data: object, context: dict[str, object]) -> Reply:
        print_ = str(context["fingerprint"])
        stored.append(print_)
        if print_ != stored[0]:
            raise refused(422, KeyReused.slug)
        return Reply({"message_id": "m"}, "conversations.0.1", 1)

    services.execute = told  # type: ignore[method-assign]
    assert client.post(ADDRESS, json={"text": "x"}, headers=head).status_code == 201
    keys.insert(0, b"\x08" * 32)
    assert client.post(ADDRESS, json={"text": "x"}, headers=head).status_code == 201
    assert stored[1] != stored[0] == stored[2]
    assert slug(client.post(ADDRESS, json={"text": "y"}, headers=head)) == "idempotency-key-reused"


def test_no_payload_of_another_passes_in_another_process(services: FakeServices, gateway: Gateway) -> None:
    """SE-13: a process that has seen nothing asks by every key there is, then says that it was another request."""
    services.replies["send_message"] = refused(422, KeyReused.slug)
    fresh = Client(application(gateway))
    head = {**token(), "Idempotency-Key": "k1"}
    assert slug(fresh.post(ADDRESS, json={"text": "x"}, headers=head)) == "idempotency-key-reused"
    fresh.close()
