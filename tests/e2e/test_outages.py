"""Servers killed under the running system: a clear 503 meanwhile, everything acknowledged there afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from shared.runtime.local.part import Part
from tests.e2e.conftest import Group, eventually


@pytest.mark.parametrize("server", ["broker", "store"])
def test_a_killed_server_costs_time_and_nothing_else(group: Group, server: str) -> None:
    """I1, I20: what was answered 201 is there afterwards, once; while it is away the answer is 503 with Retry-After."""
    instance = group.system.instance
    part: Part | None = instance.broker() if server == "broker" else instance.store()
    if part is None:
        pytest.skip("an outside server is given")
    mentor, mentee, pair = group.pair(group.program())
    sent = [mentor.post(f"{pair}/messages", {"text": f"before {n}"})["message_id"] for n in range(5)]
    time.sleep(4)  # queues of a broker that is killed within seconds of their making are not safe (RabbitMQ 3.10)
    part.recall()
    for child in part.children:
        os.kill(child.pid, signal.SIGKILL)

    answers: list[httpx.Response] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = _send(group, mentor.token, pair, f"during {len(answers)}")
        answers.append(answer)
        if answer.status_code == 201:
            sent.append(answer.json()["message_id"])
            if len(answers) > 1:
                break
        time.sleep(0.2)
    _only_unavailable(answer for answer in answers if answer.status_code != 201)

    def found() -> list[str] | None:
        items = mentee.get(f"{pair}/messages", limit=100)["items"]
        ids = [one["message_id"] for one in items]
        return ids if set(sent) <= set(ids) else None

    ids = eventually(found, "everything acknowledged is there", patience=40)
    assert len(ids) == len(set(ids))
    eventually(lambda: _inbox(mentee) >= {"message-received"}, "events flow again", patience=40)


@pytest.mark.parametrize("server", ["broker", "store"])
def test_a_hung_server_answers_503_and_loses_nothing(group: Group, server: str) -> None:
    """A server that neither answers nor refuses: 503 with Retry-After within the time limits, not a hang."""
    instance = group.system.instance
    part: Part | None = instance.broker() if server == "broker" else instance.store()
    if part is None:
        pytest.skip("an outside server is given")
    mentor, _, pair = group.pair(group.program())
    sent = mentor.post(f"{pair}/messages", {"text": "before"})["message_id"]
    part.recall()
    hung = part.children[-1].pid
    os.kill(hung, signal.SIGSTOP)
    try:
        answer = _send(group, mentor.token, pair, "during")
    finally:
        os.kill(hung, signal.SIGCONT)
    assert answer.status_code == 503
    _only_unavailable([answer])

    def found() -> bool:
        return sent in [one["message_id"] for one in mentor.get(f"{pair}/messages", limit=100)["items"]]

    eventually(found, "what was acknowledged is there", patience=40)
    eventually(lambda: _send(group, mentor.token, pair, "after").status_code == 201, "writes again", patience=40)


def _only_unavailable(answers: Iterable[httpx.Response]) -> None:
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert "Retry-After" in answer.headers
        assert answer.headers["Content-Type"] == "application/problem+json"


def _send(group: Group, token: str, pair: str, text: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{group.system.base_url}{pair}/messages", json={"text": text}, headers=headers, timeout=30)


def _inbox(person: Any) -> set[str]:
    return {one["kind"] for one in person.get("/v1/me/notifications", limit=100)["items"]}
