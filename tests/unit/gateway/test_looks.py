"""EV-06 and EV-07 through the gateway's own route, with trust_safety behind it and a log that can be made to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from services.gateway.rpc import Reply
from services.trust_safety import targets
from shared.application.application import Context
from shared.eventlog import LogUnavailable
from shared.kernel.actor import Actor
from tests.services.trust_safety.story import CANARY, MO, Story
from tests.support.gateway import Client, FakeServices, slug, token

MODERATORS = {"mo", "mia"}


class TrustSafety(FakeServices):
    """The real service in memory, asked as the gateway asks it."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()

    async def execute(self, service: str, command: str, data: Any, context: Any) -> Reply:
        self.calls.append((service, command, data, context))
        done = self.story.app.execute(command, data, _context(context))
        self.story.settle()
        return Reply(done.answer, f"{service}.0.{done.position}", done.etag)

    async def ask(self, service: str, query: str, params: Any, context: Any, *, within: float | None = None) -> Reply:
        self.calls.append((service, query, params, context))
        answer = self.story.app.ask(query, params, _context(context))
        return Reply(answer, etag=answer.pop("_etag", None))

    def looks(self, kind: str = "EvidenceViewed") -> int:
        commits = self.story.log.feed(0, 0, 10_000)
        return sum(event.type == kind for commit in commits for event in commit.events)


def _context(given: Any) -> Context:
    actor, if_match = Actor.from_dict(given["actor"]), given.get("if_match")
    return Context(actor, given["command_id"], given["correlation_id"], if_match=if_match)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> TrustSafety:
    monkeypatch.setattr(targets, "PATIENCE", 0)
    return TrustSafety()


def _case(services: TrustSafety) -> str:
    case_id = services.story.reported()
    services.story.disclosed()
    services.story.given("assign_case", {"case_id": case_id}, MO)
    return f"/v1/cases/{case_id}/evidence"


def _as(person: str, **headers: str) -> dict[str, str]:
    roles = ["moderator"] if person in MODERATORS else []
    groups = {"soap": "admin" if person == "sue" else "member"} if person not in MODERATORS else {}
    return {**token(person, roles=roles, groups=groups), **headers}


@contextmanager
def log_away(services: TrustSafety) -> Iterator[None]:
    """Nothing can be appended meanwhile."""

    def fails(_commit: Any) -> Any:
        raise LogUnavailable

    with patch.object(services.story.log, "append", fails):
        yield


def test_no_record_no_byte(client: Client, services: TrustSafety) -> None:
    """EV-06: the append of EvidenceViewed fails: 503, not a byte of the evidence, and nothing was even asked for it."""
    address = _case(services)
    with log_away(services):
        answer = client.get(address, headers=_as("mo"))
    assert (answer.status_code, slug(answer)) == (503, "unavailable")
    assert "Retry-After" in answer.headers
    assert CANARY not in answer.text
    assert "m2" not in answer.text
    assert [name for _, name, *_ in services.calls].count("evidence") == 0
    assert CANARY in client.get(address, headers=_as("mo")).text
    assert services.looks() == 1


def test_a_later_failure_shows_nothing_either(client: Client, services: TrustSafety) -> None:
    """EV-06: nor does the look before it, which is on record, let a byte out while the log is away."""
    address = _case(services)
    assert CANARY in client.get(address, headers=_as("mo")).text
    with log_away(services):
        answer = client.get(address, headers=_as("mo"))
    assert answer.status_code == 503
    assert CANARY not in answer.text


def test_every_look_is_a_look(client: Client, services: TrustSafety) -> None:
    """EV-06: the same Idempotency-Key does not turn two looks into one; a HEAD is one as well."""
    address = _case(services)
    for _ in range(2):
        assert client.get(address, headers=_as("mo", **{"Idempotency-Key": "one"})).status_code == 200
    client.request("HEAD", address, headers=_as("mo"))
    assert services.looks() == 3


def test_no_record_no_case(client: Client, services: TrustSafety) -> None:
    """TS-23: the append of CaseViewed fails: 503, and nothing of the case; then it is one look, and the version shown
    is the case's, which another's look leaves as it is."""
    address = f"/v1/cases/{services.story.reported(text=CANARY)}"
    with log_away(services):
        answer = client.get(address, headers=_as("mo"))
    assert (answer.status_code, slug(answer)) == (503, "unavailable")
    assert CANARY not in answer.text
    seen = [client.get(address, headers=_as(who)) for who in ("mo", "mia", "mo")]
    assert all(CANARY in answer.text for answer in seen)
    assert len({answer.headers["ETag"] for answer in seen}) == 1
    assert services.looks("CaseViewed") == 2
    assert client.post(f"{address}/assign", headers=_as("mo", **{"If-Match": seen[0].headers["ETag"]})).is_success
    assert client.get(address, headers=_as("mo")).headers["ETag"] != seen[0].headers["ETag"]


@pytest.mark.parametrize("who", ["ada", "ben", "sue", "mia", "zoe"])
def test_who_does_not_hold_the_case_looks_at_nothing(client: Client, services: TrustSafety, who: str) -> None:
    """EV-07: reporter, accused, admin, another moderator, stranger: refused, and no look of theirs is on record."""
    address = _case(services)
    client.get(address, headers=_as("mo"))
    answer = client.get(address, headers=_as(who))
    assert answer.status_code in ({409, 403} if who == "mia" else {404})
    assert CANARY not in answer.text
    assert services.looks() == 1
