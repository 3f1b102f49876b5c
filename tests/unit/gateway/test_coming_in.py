"""Whether somebody comes in: what is read of a token, for how long it is believed, and how old the list may be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request

from services.gateway.auth import Authenticator, SignInNeeded
from services.gateway.rpc import Reply
from services.gateway.sessions import Sessions
from services.gateway.standing import Standing
from shared.auth.tokens import LEEWAY, LONGEST, Claims
from shared.kernel.clock import from_text
from tests.support.gateway import FakeServices, FakeVerifier, token

BEARER = token("eve")["Authorization"]


def asked(*authorizations: str) -> Request:
    headers = [(b"authorization", each.encode()) for each in authorizations]
    return Request({"type": "http", "headers": headers})


class Counting(FakeVerifier):
    """Its tokens end at 110."""

    verified = 0

    def verify(self, token: str) -> Claims:
        self.verified += 1
        return replace(super().verify(token), expires_at=110.0)


@pytest.mark.parametrize("sent", [[], ["Basic " + BEARER.split()[1]], [BEARER, BEARER], ["Bearer "], [BEARER[:6]]])
def test_one_bearer_token_says_who_one_is(sent: list[str]) -> None:
    """SE-18: a token under another scheme is none, and of two nobody knows which one counts."""
    assert Authenticator(FakeVerifier()).claims(asked(BEARER)).sub == "eve"
    with pytest.raises(SignInNeeded):
        Authenticator(FakeVerifier()).claims(asked(*sent))


@pytest.mark.parametrize(("first", "later", "checks"), [(0, 29, 1), (0, 30, 2), (100, 109, 1), (100, 110, 2)])
def test_a_checked_token_is_believed_for_half_a_minute(first: float, later: float, checks: int) -> None:
    """SE-07: it is checked anew after 30 seconds, and sooner where it ends: what is remembered outlasts no token."""
    now = [first]
    verifier = Counting()
    people = Authenticator(verifier, lambda: now[0])
    people.claims(asked(BEARER))
    now[0] = later
    people.claims(asked(BEARER))
    assert verifier.verified == checks


def test_an_answer_is_as_old_as_its_question() -> None:
    """SE-19: what trust_safety knew when it was asked counts from then, however late its answer comes."""
    now = [0.0]

    class Slow(FakeServices):
        async def ask(self, *_args: Any, **_options: Any) -> Reply:
            now[0] += 2.0
            return Reply({"people": {}, "sessions_ended": {}}, None, None)

    standing = Standing(Slow(), Sessions(), lambda _people: None, lambda: now[0])
    asyncio.run(standing.refresh())
    now[0] = 5.0
    assert standing.fresh
    now[0] = 5.1
    assert not standing.fresh


@pytest.mark.parametrize(("late", "news"), [(LONGEST + LEEWAY, ["eve"]), (LONGEST + 2 * LEEWAY, [])])
def test_an_end_matters_while_a_token_may_be_as_old(late: float, news: list[str]) -> None:
    """SE-09: a token of a day, from a clock that is ahead, passes for a leeway longer; so long the end is known."""
    moment = "2027-01-15T08:00:00.000Z"
    sessions = Sessions(lambda: from_text(moment).timestamp() + late)
    assert list(sessions.suspended({"eve": moment})) == news
