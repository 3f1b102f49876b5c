from __future__ import annotations

import time

import pytest

from services.gateway.gateway import Gateway
from services.gateway.problems import Problem
from services.gateway.rights import Rights
from services.gateway.rpc import Reply
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.errors import Unavailable
from tests.support.gateway import Client, FakeServices, slug, token


def test_a_forgotten_person_is_out(client: Client, gateway: Gateway) -> None:
    """SE-09: after the answer to an erasure no token from before works, and the streams are closed."""
    gateway.hub.live = True
    listener = gateway.hub.join("ada", None)
    answer = client.post("/v1/me/erasure", headers=token("ada"))
    assert (answer.status_code, answer.json()) == (202, {"person_id": "ada"})
    assert answer.headers["x-log-position"].startswith("gateway.")
    assert slug(client.get("/v1/templates", headers=token("ada"))) == "token-invalid"
    assert client.get("/v1/templates", headers=token("bob")).status_code == 200
    assert listener.dropped


def test_another_process_learns_of_it() -> None:
    """SE-09: what one gateway process put on record, every other one knows from the log."""
    log = MemoryEventLog("gateway", 2)
    commit = Rights(log).erase("ada", "c1", "k")
    other = Rights(log)
    claims = type("Claims", (), {"sub": "ada", "issued_at": time.time() - 10})()
    other.check(claims)
    for event in commit.events:
        other.note(event)
    with pytest.raises(Exception, match="token-invalid"):
        other.check(claims)
    claims.issued_at = time.time() + 10
    other.check(claims)


def test_the_same_erasure_is_one_event() -> None:
    """SE-13: repeated under its key an erasure is one event; a later one is another."""
    log = MemoryEventLog("gateway", 1)
    rights = Rights(log)
    assert rights.erase("ada", "c1", "k").position == rights.erase("ada", "c1", "k").position == 1
    assert rights.erase("ada", "c2", "k").position == 2
    assert [event.name for commit in log.feed(0) for event in commit.events] == ["gateway.PersonErased"] * 2


def test_a_copy_says_what_is_missing(client: Client, services: FakeServices) -> None:
    """P-23: a copy has what every service gave, and names those that could not answer."""
    services.replies["export_person"] = lambda _params: Reply({"kept": 1})
    whole = client.get("/v1/me/export", headers=token("ada")).json()
    assert whole["missing"] == []
    assert whole["services"]["matching"] == {"kept": 1}
    for failure in (Unavailable(), Problem(404, "not-found", "No.")):
        services.replies["export_person"] = failure
        assert len(client.get("/v1/me/export", headers=token("ada")).json()["missing"]) == 5
