"""SE-09: whose tokens are over, from when, and what is left to whom."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from services.gateway import follower, standing
from services.gateway.follower import Follower
from services.gateway.gateway import Gateway
from services.gateway.live import Hub
from services.gateway.rights import Rights
from services.gateway.routes import ROUTES, Route, Who
from services.gateway.sessions import ENDED, Sessions
from shared.auth.tokens import LONGEST, InvalidToken
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.clock import to_text
from shared.kernel.errors import Unavailable
from tests.support.gateway import Client, FakeVerifier, slug, token
from tests.support.world import until

LEFT = {
    "GET /v1/me/statements",
    "POST /v1/cases/{case_id}/appeals",
    "POST /v1/reports",
    "GET /v1/reports/mine",
    "POST /v1/blocks",
    "DELETE /v1/blocks/{person_id}",
    "GET /v1/blocks",
    "GET /v1/me/export",
    "POST /v1/me/exports",
    "GET /v1/me/exports/{export_id}",
    "GET /v1/me/exports/{export_id}/{link}/my-data.jsonl",
    "GET /v1/me/exports/{export_id}/{link}/my-data.html",
    "POST /v1/me/erasure",
    "POST /v1/me/sessions/end",
}
"""What a suspended person may do: read the statement, appeal, report, block, export, erase, and sign out."""

WITH_A_TOKEN = [route for route in ROUTES if route.who is not Who.ANYBODY]
NOW = 1_800_000_000.0
DAY = 24 * 3600.0


def text(moment: float) -> str:
    return to_text(datetime.fromtimestamp(moment, UTC))


def address(route: Route) -> str:
    return route.path.replace("{", "").replace("}", "")


def refused(sessions: Sessions, sub: str, issued_at: float) -> bool:
    claims = FakeVerifier().verify(token(sub, iat=issued_at)["Authorization"].split()[1])
    try:
        sessions.check(claims)
    except InvalidToken:
        return True
    return False


@pytest.fixture
def sessions() -> Sessions:
    made = Sessions(lambda: NOW)
    made.known = True
    return made


def test_a_restricted_session_can_do_this_and_nothing_else(client: Client, gateway: Gateway) -> None:
    """SE-09: over the whole route table, a suspended person who signed in anew is let in to what is left to them."""
    gateway.standing.know({"eve": {"kind": "suspended"}}, time.monotonic() + 3600, {"eve": text(time.time() - 10)})
    refusals = {}
    for route in WITH_A_TOKEN:
        answer = client.request(route.method, address(route), headers=token("eve", iat=time.time()))
        if answer.is_error and slug(answer) in {"suspended", "token-invalid", "sign-in-needed"}:
            refusals[route.key] = answer.status_code
    assert refusals == dict.fromkeys({route.key for route in WITH_A_TOKEN} - LEFT, 403)


def test_what_is_left_is_in_the_table() -> None:
    """SE-09: the list above names routes that are there, and the table opens no other to suspended people."""
    assert {route.key for route in WITH_A_TOKEN if route.even_suspended} == LEFT


@pytest.mark.parametrize("people", [{"eve": {"kind": "suspended"}}, {}], ids=["suspended", "reinstated"])
def test_a_token_from_before_never_works_again(client: Client, gateway: Gateway, people: dict[str, Any]) -> None:
    """SE-09: a token from before a suspension is refused at every route, while it stands and after it has ended."""
    gateway.standing.know(people, time.monotonic() + 3600, {"eve": text(time.time() - 10)})
    for route in WITH_A_TOKEN:
        answer = client.request(route.method, address(route), headers=token("eve", iat=time.time() - 20))
        assert (answer.status_code, slug(answer)) == (401, "token-invalid"), route.key


def test_restricted_people_may_come_in(client: Client, gateway: Gateway) -> None:
    """A restriction is enforced by the services; it ends no session."""
    gateway.standing.know({"rob": {"kind": "restricted"}}, time.monotonic() + 3600)
    assert client.get("/v1/templates", headers=token("rob")).status_code == 200


def test_the_moment_outlasts_the_list(sessions: Sessions) -> None:
    """SE-09: when trust_safety no longer names a suspension, the gateway still knows since when tokens count."""
    assert list(sessions.suspended({"eve": text(NOW - 60)})) == ["eve"]
    assert list(sessions.suspended({"eve": text(NOW - 60)})) == []
    assert list(sessions.suspended({})) == []
    assert refused(sessions, "eve", NOW - 61)
    assert refused(sessions, "eve", NOW - 60)
    assert not refused(sessions, "eve", NOW - 59)
    assert not refused(sessions, "bob", 0)


def test_a_shifted_clock_locks_nobody_out(sessions: Sessions) -> None:
    """A moment of a clock that was moved ahead counts as the moment when the gateway heard of it, however often."""
    now = [NOW]
    shifted = Sessions(lambda: now[0])
    shifted.known = True
    for _ in range(3):
        shifted.suspended({"eve": text(NOW + 30 * DAY)})
        now[0] += 10
    assert refused(shifted, "eve", NOW)
    assert not refused(shifted, "eve", NOW + 1)


def test_what_no_token_can_be_as_old_as_is_forgotten() -> None:
    """SE-09: moments are kept for as long as the longest token, and no longer."""
    now = [NOW]
    sessions = Sessions(lambda: now[0])
    sessions.known = True
    sessions.suspended({f"p{n}": text(NOW) for n in range(9_999)})
    assert refused(sessions, "p7", NOW - 1)
    now[0] = NOW + LONGEST + 120
    sessions.suspended({"late": text(now[0])})
    assert not refused(sessions, "p7", NOW - 1)
    assert refused(sessions, "late", now[0])
    assert list(sessions.suspended({"p7": text(NOW)})) == []


def test_nobody_is_let_in_before_the_log_was_read() -> None:
    """SE-09: a process that has just started does not yet know whose sessions were ended, and says so."""
    claims = FakeVerifier().verify(token("eve")["Authorization"].split()[1])
    with pytest.raises(Unavailable):
        Sessions().check(claims)


def test_signing_out_ends_tokens_and_streams(client: Client, gateway: Gateway) -> None:
    """SE-09: after the answer no token from before works, open streams end, and a new sign-in does."""
    gateway.hub.live = True
    listener = gateway.hub.join("ada", None)
    before = token("ada", iat=time.time() - 5)
    answer = client.post("/v1/me/sessions/end", headers=before)
    assert (answer.status_code, answer.json()) == (200, {"person_id": "ada"})
    assert answer.headers["x-log-position"].startswith("gateway.")
    assert listener.dropped
    assert slug(client.get("/v1/templates", headers=before)) == "token-invalid"
    assert client.get("/v1/templates", headers=token("ada", iat=time.time() + 5)).status_code == 200
    assert client.get("/v1/templates", headers=token("bob")).status_code == 200


@pytest.mark.parametrize("end", ["erase", "sign out"])
def test_every_process_hears_of_it(end: str) -> None:
    """SE-09: what one gateway process put on record ends tokens and streams of another within five seconds."""
    log = MemoryEventLog("gateway", 2)
    rights, sessions, hub = Rights(log), Sessions(), Hub(5)

    async def other_process() -> None:
        follower = Follower(log, rights, sessions, hub)
        follower.start(asyncio.get_running_loop())
        await asyncio.to_thread(until, lambda: sessions.known, bool)
        listener = hub.join("ada", None)
        first = Rights(log)
        if end == "erase":
            first.erase("ada", "c1", "k")
        else:
            first.record(ENDED, {"person_id": "ada"}, "c1", "k")
        await asyncio.to_thread(until, lambda: listener.dropped, bool)
        follower.stop()

    asyncio.run(other_process())
    claims = FakeVerifier().verify(token("ada", iat=time.time() - 10)["Authorization"].split()[1])
    with pytest.raises(InvalidToken):
        (rights if end == "erase" else sessions).check(claims)


def test_a_suspension_that_came_and_went_ends_streams(client: Client, gateway: Gateway) -> None:
    """SE-09: a stream ends with the session that opened it, also where it was over before it was heard of."""
    listener = gateway.hub.join("eve", None)
    gateway.standing.know({}, time.monotonic() + 3600, {"eve": text(time.time())})
    assert listener.dropped


def test_it_is_asked_often_enough() -> None:
    """SE-09: five seconds hold a look at the list and at the log, with an answer as late as it may be; an older list
    lets nobody in."""
    assert standing._EVERY + standing._ANSWER_WITHIN < standing._TOO_OLD == 5.0
    assert follower._PAUSE < standing._TOO_OLD
