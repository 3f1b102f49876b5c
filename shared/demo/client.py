"""A small HTTP client for stories: people with tokens, who always see what they and the others wrote before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx

from shared.kernel.ids import new_id

_STALE = 412
_BUSY = 503
_PATIENCE = 30.0
_NOTHING: Mapping[str, str] = {}


class Refused(Exception):
    """The API answered with a problem; `status` and `slug` say which."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.slug = str(problem.get("type", "")).rpartition("/")[2].rpartition(":")[2]
        super().__init__(f"{status} {self.slug}: {problem.get('detail')}")


class Known:
    """How far the logs of a system are known to somebody, as its answers said."""

    def __init__(self) -> None:
        self._positions: dict[str, str] = {}

    def saw(self, answer: httpx.Response) -> None:
        for part in filter(None, answer.headers.get("X-Log-Position", "").split(",")):
            # How far a log is stays sealed. Who sends back what they know never gets an older place of the same log.
            self._positions[part.rpartition(".")[0]] = part

    def header(self) -> dict[str, str]:
        """What a request says, so that its answer is no older than what is known."""
        positions = ",".join(self._positions.values())
        return {"X-Log-Position": positions} if positions else {}


class Api:
    """The address of a system, and how far its logs are known to the people of one story."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=20)
        self.known = Known()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


class Person:
    """Somebody with a token."""

    def __init__(self, api: Api, id: str, token: str) -> None:
        self.id = id
        self._api = api
        self.token = token
        self._etag = ""
        """Of the last answer that had one."""

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Raises Refused."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises Refused."""
        return self._ask("POST", path, json=body or {})

    def act(self, seen: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Post what is meant for the version that stands at `seen`, which is read again as often as it has changed
        meanwhile. Raises Refused."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self.get(seen)
            try:
                return self._ask("POST", path, {"If-Match": self._etag}, json=body or {})
            except Refused as refusal:
                if refusal.status != _STALE or time.monotonic() > deadline:
                    raise

    def refused(self, do: Callable[[], Any]) -> Refused:
        """The refusal of something that must not work."""
        try:
            do()
        except Refused as refusal:
            return refusal
        raise AssertionError(f"{self.id} was let through")

    def delete(self, path: str) -> dict[str, Any]:
        """Raises Refused."""
        return self._ask("DELETE", path)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises Refused."""
        return self._ask("PATCH", path, json=body)

    def answer(self, method: str, path: str, more: Mapping[str, str] = _NOTHING, **kwargs: Any) -> httpx.Response:
        """The answer, whatever it is. What a busy system has no time for is asked again, with one key for all attempts:
        what was done though its answer never came is not done again."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": new_id()}
        headers |= {**self._api.known.header(), **more}
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._api.http.request(method, path, headers=headers, **kwargs)
            if answer.status_code != _BUSY or time.monotonic() > deadline:
                break
            time.sleep(0.2)  # as the answer's Retry-After asks a client to
        self._api.known.saw(answer)
        self._etag = answer.headers.get("ETag", self._etag)
        return answer

    def _ask(self, method: str, path: str, more: Mapping[str, str] = _NOTHING, **kwargs: Any) -> dict[str, Any]:
        answer = self.answer(method, path, more, **kwargs)
        body: dict[str, Any] = answer.json() if answer.content else {}
        if answer.is_error:
            raise Refused(answer.status_code, body)
        return body


def eventually(look: Callable[[], Any], what: str, patience: float = _PATIENCE) -> Any:
    """What `look` gives once it is something; services hear of each other within moments, not at once."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"it did not happen within {patience:.0f} s: {what}")
