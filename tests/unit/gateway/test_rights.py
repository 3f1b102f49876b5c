from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import pytest

from services.gateway import copies
from services.gateway.copies import Tally
from services.gateway.copy_formats import as_lines
from services.gateway.gateway import Gateway
from services.gateway.problems import Problem
from services.gateway.rights import Rights
from services.gateway.rpc import Reply
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.testing.clock import FixedClock
from tests.support.gateway import Client, FakeServices, slug, token

HOSTILE = '</dd><script>alert("x")</script>\u202e\u2028&'


def of(service: str, **data: Any) -> Data:
    return {"service": service, "type": "MessageSent", "at": "2026-03-02T09:00:00.000Z", "id": "e", "data": data}


def gives(services: FakeServices, *items: Data) -> None:
    """Services answer with these entries, one to a page."""

    def page(asked: Data) -> Reply:
        position = asked["place"][1] if asked["place"] else 0
        following = [0, position + 1, len(items)] if position + 1 < len(items) else None
        return Reply({"items": list(items[position : position + 1]), "next": following})

    services.replies["footprint"] = page


def asked(client: Client, who: str = "ada") -> str:
    answer = client.post("/v1/me/exports", headers=token(who))
    assert answer.status_code == 202
    return str(answer.json()["export_id"])


def state(client: Client, export: str, who: str = "ada") -> Data:
    return dict(client.get(f"/v1/me/exports/{export}", headers=token(who)).json())


def test_a_copy_goes_out_once_and_its_receipt_names_every_service(client: Client, services: FakeServices) -> None:
    """PR-12: the link serves one copy, as JSON Lines; then the receipt says what every service gave."""
    gives(services, *(of("matching", text=str(n)) for n in range(3)))
    export = asked(client)
    before = state(client, export)
    assert (before["status"], {one["status"] for one in before["services"]}) == ("ready", {"waiting"})
    answer = client.get(before["links"]["lines"], headers=token("ada"))
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.jsonl"'
    assert lines[0]["copy_of"] == "ada"
    own = {"ExportRequested", "PersonExported"}
    texts = [line["data"]["text"] for line in lines[1:-1] if line["type"] not in own]
    assert texts == ["0", "1", "2"] * len(SERVICES)
    assert lines[-1]["receipt"].keys() == set(SOURCES)
    after = state(client, export)
    assert (after["status"], after["links"]) == ("done", None)
    assert [one["service"] for one in after["services"]] == list(SOURCES)
    assert slug(client.get(before["links"]["page"], headers=token("ada"))) == "link-used"


def test_a_look_at_a_link_does_not_use_it_up(client: Client) -> None:
    """PR-12: HEAD says what is there and leaves it there."""
    link = state(client, asked(client))["links"]["lines"]
    assert client.request("HEAD", link, headers=token("ada")).status_code == 200
    assert client.get(link, headers=token("ada")).status_code == 200


def test_a_link_is_of_one_person_and_one_copy(client: Client) -> None:
    """PR-12: to anybody else, and with another copy's proof, a link leads nowhere."""
    export, other = asked(client), asked(client)
    link = state(client, export)["links"]["lines"]
    assert slug(client.get(f"/v1/me/exports/{export}", headers=token("bob"))) == "not-found"
    assert slug(client.get(link, headers=token("bob"))) == "not-found"
    assert slug(client.get(link.replace(export, other), headers=token("ada"))) == "not-found"
    assert client.get(link).status_code == 401
    assert client.get(link, headers=token("ada")).status_code == 200


@pytest.mark.parametrize("address", ["/v1/me/export", "link"])
def test_a_copy_needs_a_recent_sign_in(client: Client, address: str) -> None:
    """PR-12: a token of somebody who signed in longer ago gets a challenge to sign in anew, and nothing is used up."""
    link = state(client, asked(client))["links"]["lines"] if address == "link" else address
    for old in ({"auth_time": time.time() - 901}, {"auth_time": None}):  # without one, it counts when it was issued
        answer = client.get(link, headers=token("ada", **old))
        assert slug(answer) == "sign-in-anew"
        assert 'error="insufficient_user_authentication", max_age=900' in answer.headers["www-authenticate"]
    assert client.get(link, headers=token("ada")).status_code == 200


def test_a_link_ends(client: Client, gateway: Gateway) -> None:
    """PR-12: after an hour a link serves nothing, used or not."""
    gateway.rights.clock = clock = FixedClock()
    export = asked(client)
    link = state(client, export)["links"]["lines"]
    clock.advance(hours=1, seconds=1)
    assert state(client, export)["status"] == "expired"
    assert slug(client.get(link, headers=token("ada"))) == "link-used"


def test_a_copy_dies_with_the_person(client: Client, gateway: Gateway) -> None:
    """PR-07: what was asked for before an erasure is not there after it, under whatever token."""
    export = asked(client)
    link = state(client, export)["links"]["lines"]
    gateway.rights.erase("ada", "c1", "k")
    gateway.rights._erased.clear()  # as for a token from after it
    assert slug(client.get(f"/v1/me/exports/{export}", headers=token("ada"))) == "not-found"
    assert slug(client.get(link, headers=token("ada"))) == "not-found"


def test_a_copy_that_goes_out_stops_with_the_person(client: Client, services: FakeServices, gateway: Gateway) -> None:
    """PR-07: forgotten in the middle of a copy, they get no more of it, and it says that it is not whole."""
    gives(services, *(of("matching", text=str(n)) for n in range(3)))
    inner = services.replies["footprint"]

    def page(asked_for: Data) -> Reply:
        if asked_for["place"]:
            gateway.rights.erase("ada", "c1", "k")
        return inner(asked_for)

    services.replies["footprint"] = page
    answer = client.get(state(client, asked(client))["links"]["lines"], headers=token("ada"))
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 3
    assert {said["status"] for said in lines[-1]["receipt"].values()} == {"missing"}


def test_a_copy_names_what_is_missing(client: Client, services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """PR-12, P-23: who cannot answer is named, in the copy itself and in its receipt."""
    monkeypatch.setattr(copies, "_PAUSE", 0.0)
    for failure in (Unavailable(), Problem(404, "not-found", "No.")):
        services.replies["footprint"] = failure
        assert client.get("/v1/me/export", headers=token("ada")).json()["missing"] == list(SERVICES)
    export = asked(client)
    client.get(state(client, export)["links"]["lines"], headers=token("ada"))
    assert state(client, export)["status"] == "partial"
    gives(services)
    whole = client.get("/v1/me/export", headers=token("ada")).json()
    assert (whole["missing"], set(whole["services"])) == ([], set(SOURCES))


def test_the_page_runs_nothing_and_asks_for_nothing(client: Client, services: FakeServices) -> None:
    """PR-12, SE-11: what people wrote is text on the page, each in its own direction; there is no script, no link."""
    gives(services, of("matching", text=HOSTILE, list=[HOSTILE], **{HOSTILE: {HOSTILE: HOSTILE}}))
    answer = client.get(state(client, asked(client))["links"]["page"], headers=token("ada"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert '<html lang="en" dir="ltr">' in answer.text
    assert '<bdi dir="auto">&lt;/dd&gt;&lt;script&gt;' in answer.text
    assert not re.search(r"<script|\shref=|\ssrc=|\son\w+=", answer.text)


def test_every_line_of_a_copy_is_json(client: Client) -> None:
    """PR-12: line ends of whatever alphabet in what people wrote do not break a line."""

    async def pages() -> Any:
        yield [of("matching", text="a\nb\r\u2028\u0085c")]

    async def lines() -> bytes:
        return b"".join([line async for line in as_lines("ada", "now", pages(), Tally())])

    written = asyncio.run(lines())
    assert [json.loads(line) for line in written.split(b"\n")[:-1]][1]["data"]["text"] == "a\nb\r\u2028\u0085c"


def test_a_forgotten_person_is_out(client: Client, gateway: Gateway) -> None:
    """SE-09: after the answer to an erasure no token from before works, and the streams are closed."""
    gateway.hub.live = True
    listener = gateway.hub.join("ada", None)
    answer = client.post("/v1/me/erasure", headers=token("ada"))
    assert (answer.status_code, answer.json()["person_id"]) == (202, "ada")
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


def test_an_erasure_asked_for_again_has_the_same_receipt(client: Client, gateway: Gateway) -> None:
    """PR-07: who did not hear the answer asks again with the token that it ended, and gets the same receipt."""
    first, again = (client.post("/v1/me/erasure", headers=token("ada")) for _ in range(2))
    assert first.json() == again.json()
    at, at_again = (gateway.positions.read(answer.headers["x-log-position"]) for answer in (first, again))
    assert at == at_again


def test_a_receipt_names_every_service_and_nobody(client: Client, services: FakeServices) -> None:
    """PR-07: without a token it says of every service how many keys went, and tells nothing about the person."""
    services.replies["erasure"] = lambda asked: Reply({"done": True, "keys": len(asked["service"])})
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    answer = client.get(receipt)
    said = answer.json()
    assert (said["status"], said["kept"]) == ("done", [])
    assert said["completed_at"] >= said["requested_at"]
    assert {one["service"]: one["keys_destroyed"] for one in said["services"]} == {name: len(name) for name in SERVICES}
    assert not re.search(r"\bada\b", answer.text)
    assert answer.json() == client.get(receipt).json()


def test_a_receipt_cannot_be_guessed(client: Client) -> None:
    """PR-07: another place, another proof, or what is no receipt at all answer alike."""
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    for wrong in (receipt[:-1] + ("A" if receipt[-1] != "A" else "B"), receipt.replace("-1-", "-2-"), "/v1/erasures/x"):
        assert slug(client.get(wrong)) == "not-found"


def test_an_erasure_is_partial_while_a_service_is_away_and_is_done_later(
    client: Client, services: FakeServices, gateway: Gateway
) -> None:
    """PR-07: one eraser killed: the receipt says so; when it is back the erasure is completed by itself, once."""
    away = {"conversations"}

    def erased(asked: Data) -> Reply:
        if asked["service"] in away:
            raise Unavailable
        return Reply({"done": asked["service"] not in behind, "keys": 1})

    behind = {"matching"}
    services.replies["erasure"] = erased
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    said = client.get(receipt).json()
    assert said["status"] == "partial"
    assert {one["service"] for one in said["services"] if one["status"] == "pending"} == away | behind
    away.clear()
    behind.clear()
    [waiting] = gateway.rights.open_erasures()
    for _ in range(2):
        client.run(gateway.erasures.see_through())
    client.run(gateway.erasures.settle(waiting))
    assert gateway.rights.open_erasures() == []
    assert [event.type for event in gateway.rights.history("ada")] == ["PersonErased", "ErasureCompleted"]
    assert client.get(receipt).json()["status"] == "done"


def test_who_is_away_is_asked_less_and_less_often(client: Client, services: FakeServices, gateway: Gateway) -> None:
    """PR-07: a service that stays away is not asked faster than every 30 s in the end."""
    now = [0.0]
    gateway.erasures._now = lambda: now[0]
    services.replies["erasure"] = Unavailable()
    gateway.rights.erase("ada", "c1", "k")
    for second in range(600):
        now[0] = float(second)
        client.run(gateway.erasures.see_through())
    times = sum(name == "erasure" for _, name, _, _ in services.calls) / len(SERVICES)
    assert 20 <= times <= 30


def test_what_a_case_keeps_is_on_record_but_told_only_to_who_may_know(
    client: Client, services: FakeServices, gateway: Gateway
) -> None:
    """PR-10: every hold is in the log; the receipt leaves out a case that the person must not learn of."""
    own = {"case_id": "c1", "why": "pending-appeal", "until": None, "may_be_told": True}
    secret = {"case_id": "c2", "why": "open-case", "until": None, "may_be_told": False}
    services.replies["holds"] = Reply({"items": [own, secret]})
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    answer = client.get(receipt)
    assert answer.json()["kept"] == [{"service": "trust_safety", "why": "pending-appeal", "until": None}]
    assert not {"c1", "c2", "open-case"} & set(re.findall(r"[\w-]+", answer.text))
    completed = gateway.rights.history("ada")[-1]
    assert [hold["case_id"] for hold in completed.data["holds"]] == ["c1", "c2"]
    assert completed.actor == "system"


def test_no_erasure_is_completed_before_its_holds_are_known(
    client: Client, services: FakeServices, gateway: Gateway
) -> None:
    """PR-10: while trust_safety cannot say what it keeps, the erasure stays open."""
    services.replies["holds"] = Unavailable()
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    assert client.get(receipt).json()["status"] == "partial"
    services.replies["holds"] = Reply({"items": []})
    assert client.get(receipt).json()["status"] == "done"
