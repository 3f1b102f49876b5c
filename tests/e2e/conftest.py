"""A group of one's own for each test, on the one running system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from shared.auth.dev_issuer import Person as Claims
from shared.demo.client import Api, Person, eventually
from shared.kernel.ids import new_id
from tests.e2e.access_world import build
from tests.support.closed import watched
from tests.support.system import System
from tests.support.world import World

ANSWERS: dict[str, Any] = {"topics": ["soap"], "needs": ["soap"], "languages": ["en"], "timezone": "Europe/Berlin"}


class Group:
    """A group with an admin; `member` makes people. Names are unique to the test, so tests do not meet."""

    def __init__(self, system: System, api: Api, id: str = "") -> None:
        self.system = system
        self.api = api
        self.id = id or f"g-{new_id()[:8]}"
        self.admin = self.member("ada", role="admin")

    def member(self, who: str, *, role: str = "member", adult: bool = True, **more: Any) -> Person:
        return self.someone(f"{who}-{self.id}", {self.id: role}, adult=adult, **more)

    def moderator(self) -> Person:
        return self.someone(f"mo-{self.id}", {}, roles=("moderator",))

    def someone(self, sub: str, groups: dict[str, str], **more: Any) -> Person:
        issuer = self.system.instance.issuer()
        assert issuer is not None
        return Person(self.api, sub, issuer.token(Claims(sub, groups=groups, **more)))

    def program(self, **settings: Any) -> str:
        """The id of an open program."""
        body = {"template_id": "skill-development", "title": "Soap", "settings": settings}
        made = self.admin.post(f"/v1/groups/{self.id}/programs", body)["program_id"]
        self.admin.post(f"/v1/programs/{made}/open")
        return str(made)

    def signs_up(self, person: Person, program: str, role: str, **answers: Any) -> Person:
        body = {"role": role, "adult": True, "answers": {**ANSWERS, **answers}}
        person.post(f"/v1/programs/{program}/signups", body)
        return person

    def pair(self, program: str, name: str = "") -> tuple[Person, Person, str]:
        """A mentor, a mentee and the address of their pair, introduced and agreed."""
        mentor = self.signs_up(self.member(f"may{name}"), program, "mentor", capacity=2)
        mentee = self.signs_up(self.member(f"tom{name}"), program, "mentee")
        body = {"mentor_id": mentor.id, "mentee_id": mentee.id}
        pair = f"/v1/pairs/{self.admin.post(f'/v1/programs/{program}/pairs', body)['pair_id']}"
        for side in (mentor, mentee):
            side.post(f"{pair}/agree")
        return mentor, mentee, pair


@pytest.fixture(autouse=True, scope="module")
def described(system: System) -> Iterator[None]:
    """SE-05: no test of this folder gets an answer that the OpenAPI document does not allow."""
    with watched(system.base_url):
        yield


@pytest.fixture(scope="session")
def world(system: System) -> Iterator[World]:
    """Everybody of the access table, for tests that leave them as they are."""
    with httpx.Client(base_url=system.base_url, timeout=20) as client:
        yield build(World(system, client))


@pytest.fixture
def api(system: System) -> Iterator[Api]:
    with Api(system.base_url) as client:
        yield client


@pytest.fixture
def new_group(system: System, api: Api) -> Callable[[], Group]:
    return lambda: Group(system, api)


@pytest.fixture
def group(new_group: Callable[[], Group]) -> Group:
    return new_group()


__all__ = ["ANSWERS", "Group", "eventually"]
