from __future__ import annotations

import asyncio

import pytest

from services.gateway.config import Config
from services.gateway.kept import Kept
from services.gateway.limits import Rate
from services.gateway.problems import Problem
from services.gateway.routes import ROUTES
from shared.runtime.faults import Fault
from tests.support.gateway import Client, slug, token


class _Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _taken(rate: Rate, caller: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            rate.take(caller)
        except Problem:
            continue
        done += 1
    return done


def test_a_burst_then_a_rate() -> None:
    """SE-16: ten seconds' worth at once, then the rate, and waiting helps as long as Retry-After says."""
    time = _Time()
    rate = Rate(2, time)
    assert _taken(rate, "ada", 30) == 20
    with pytest.raises(Problem) as refusal:
        rate.take("ada")
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (429, "1")
    time.now += 1
    assert _taken(rate, "ada", 30) == 2
    time.now += 3600
    assert _taken(rate, "ada", 30) == 20


def test_callers_do_not_pay_for_each_other() -> None:
    """SE-16: each caller has a bucket; 0 switches the limit off."""
    rate = Rate(1, _Time())
    assert _taken(rate, "ada", 30) == 10
    assert _taken(rate, "bob", 3) == 3
    assert _taken(Rate(0, _Time()), "ada", 1000) == 1000


class TestOverHttp:
    @pytest.fixture
    def config(self) -> Config:
        return Config(rate_per_person=1, rate_per_address=3)

    def test_people_and_addresses_are_limited(self, client: Client) -> None:
        """SE-16: a person is limited whatever they ask, an address even without a token."""
        mine = [client.get("/v1/templates", headers=token("ada")).status_code for _ in range(12)]
        assert mine == [200] * 10 + [429] * 2
        assert client.get("/v1/templates", headers=token("bob")).status_code == 200
        nobody = [client.get("/v1/templates") for _ in range(20)]
        assert [answer.status_code for answer in nobody] == [401] * 17 + [429] * 3
        assert slug(nobody[-1]) == "too-many-requests"
        assert int(nobody[-1].headers["retry-after"]) > 0


class TestOfOneRoute:
    @pytest.fixture
    def config(self) -> Config:
        return Config(rate_per_person=1000, rate_per_address=0)

    def test_what_costs_more_has_a_rate_of_its_own(self, client: Client) -> None:
        """SE-16: a person may ask for so many recommendations a minute; nobody else and nothing else is kept by it."""
        costly = [route for route in ROUTES if route.per_minute is not None]
        assert {route.name for route in costly} >= {"recommend", "create_pairs", "export", "request_export"}
        [recommend] = [route for route in costly if route.name == "recommend"]
        assert recommend.per_minute is not None
        address = "/v1/programs/p/recommendations"
        mine = [
            client.post(address, json={}, headers=token("ada")).status_code for _ in range(recommend.per_minute + 2)
        ]
        assert mine == [201] * recommend.per_minute + [429] * 2
        assert client.post(address, json={}, headers=token("bob")).status_code == 201
        assert client.get("/v1/templates", headers=token("ada")).status_code == 200

    def test_asking_for_copies_has_a_limit(self, client: Client) -> None:
        """SE-16, PR-12: each request for a copy is an event for good, so there are thirty a minute."""
        asked = [client.post("/v1/me/exports", headers=token("ada")).status_code for _ in range(32)]
        assert asked == [202] * 30 + [429] * 2


class TestOfAddresses:
    @pytest.fixture
    def config(self) -> Config:
        return Config(rate_per_person=0, rate_per_address=2)

    def test_asking_again_for_a_receipt_has_a_limit(self, client: Client) -> None:
        """SE-16, PR-07: a token that an erasure ended may ask for its receipt only as often as an address may ask."""
        asked = [client.post("/v1/me/erasure", headers=token("ada")).status_code for _ in range(22)]
        assert asked == [202] * 20 + [429] * 2


def test_a_probe_is_answered_from_what_is_known() -> None:
    """SE-16: however many ask for the state of the system at once or within a second, the services are asked once."""
    asked: list[int] = []

    async def ask() -> int:
        asked.append(1)
        await asyncio.sleep(0.01)
        return len(asked)

    async def many() -> list[int]:
        kept = Kept(ask, 0.1)
        first = await asyncio.gather(*(kept.get() for _ in range(20)))
        await asyncio.sleep(0.12)
        return [*first, await kept.get()]

    assert asyncio.run(many()) == [1] * 20 + [2]


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 10])
def test_a_rate_is_a_whole_number(value: str) -> None:
    """A rate that is none stops the start with a sentence that names the setting."""
    with pytest.raises(Fault, match="RATE_PER_PERSON"):
        Config.from_environment("http://x", {"RATE_PER_PERSON": value})
