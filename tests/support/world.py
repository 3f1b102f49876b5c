"""A small world inside the running system: a group with a program and a pair that has begun, made over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from shared.demo.client import Known
from shared.kernel.ids import new_id
from tests.support.system import System

ANSWERS = {
    "topics": ["lye", "scents"],
    "needs": ["safety"],
    "languages": ["en"],
    "timezone": "Europe/Berlin",
    "capacity": 3,
}
ANY_VERSION = {"If_Match": "*"}
"""For commands on a case whose version a test does not look at."""
FAR_OFF = "2099-01-01T00:00:00Z"
_PATIENCE = 40.0


@dataclass
class Someone:
    """A person with a token, asking over HTTP. What they wrote they read: positions are sent back."""

    client: httpx.Client
    id: str
    token: str | None
    known: Known = field(default_factory=Known)
    claims: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, address: str, json: Any = None, **headers: str) -> httpx.Response:
        """The answer, whatever it is; what a busy system cannot serve (503) is asked again, as clients do."""
        answer: httpx.Response = until(lambda: self._ask(method, address, json, headers), served)
        return answer

    def _ask(self, method: str, address: str, json: Any, headers: dict[str, str]) -> httpx.Response:
        head = self.known.header()
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        answer = self.client.request(method, address, json=json, headers={**head, **_dashed(headers)})
        if answer.is_success and method != "GET":
            self.known.saw(answer)
        return answer

    def get(self, address: str, **headers: str) -> Any:
        """The answer to a read that must succeed."""
        return _good(self.ask("GET", address, **headers))

    def do(self, method: str, address: str, json: Any = None, **headers: str) -> Any:
        """The answer to a command that must succeed, and is done once though it may be asked again."""
        return _good(self.ask(method, address, json, **{"Idempotency_Key": new_id(), **headers}))

    def eventually(
        self, method: str, address: str, json: Any = None, wanted: int = 200, **headers: str
    ) -> httpx.Response:
        """Ask until the answer has the wanted status: what follows in another service takes its moment.

        One key for all attempts: what was done though its answer never came is not done again.
        """
        headers = {"Idempotency_Key": new_id(), **headers} if method != "GET" else headers
        return until(lambda: self.ask(method, address, json, **headers), lambda answer: answer.status_code == wanted)


def until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What `look` gives as soon as it is good. Fails after 40 s."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = look()
        if good(found):
            return found
        assert time.monotonic() < deadline, getattr(found, "text", found)
        time.sleep(0.1)


def served(answer: httpx.Response) -> bool:
    """Whether the system had the time for it."""
    return answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE


@dataclass
class World:
    """`people` by what they are to the pair; ids of everything that was made."""

    system: System
    client: httpx.Client
    mark: str = field(default_factory=lambda: new_id()[:8])
    people: dict[str, Someone] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def someone(self, who: str, /, **claims: Any) -> Someone:
        """A person of this world alone; `claims` as in System.token."""
        sub = f"{who}-{self.mark}"
        made = Someone(self.client, sub, self.system.token(sub, **claims), claims=claims)
        self.people[who] = made
        return made

    def signs_in_anew(self, person: Someone) -> None:
        """A token that counts after the person's sessions were ended: not yet one of that very second."""

        def look() -> httpx.Response:
            person.token = self.system.token(person.id, **person.claims)
            return person.ask("GET", "/v1/me/statements")

        until(look, lambda answer: answer.status_code == 200)

    def program(self, admin: Someone, group: str) -> str:
        """A program of the group that is open for sign-ups."""
        body = {"template_id": "skill-development", "title": "Soap"}
        made: str = admin.do("POST", f"/v1/groups/{group}/programs", body)["program_id"]
        admin.do("POST", f"/v1/programs/{made}/open")
        return made

    def pair(self, admin: Someone, program: str, mentor: Someone, mentee: Someone) -> str:
        """An introduced pair of two who signed up, both agreed to the commitment, and able to write."""
        for person, role in ((mentor, "mentor"), (mentee, "mentee")):
            body = {"role": role, "adult": True, "answers": ANSWERS}
            answer = until(
                lambda person=person, body=body: person.ask("POST", f"/v1/programs/{program}/signups", body),
                lambda answer: answer.status_code != 404 and "not-open" not in answer.text,
            )
            assert answer.status_code in {201, 409}, answer.text
        body = {"mentor_id": mentor.id, "mentee_id": mentee.id}
        made: str = admin.do("POST", f"/v1/programs/{program}/pairs", body)["pair_id"]
        for person in (mentor, mentee):
            person.eventually("POST", f"/v1/pairs/{made}/agree")
        return made


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _good(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()
