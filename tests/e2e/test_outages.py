"""Servers killed under the running system: a clear 503 meanwhile, everything acknowledged there afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from shared.analytics.source import heads, opened
from shared.analytics.tail import of_stream
from shared.demo.client import Person
from shared.kernel.ids import couple
from shared.runtime.accounts import ADMIN
from shared.runtime.local.part import Part
from tests.e2e.conftest import Group, eventually
from tests.e2e.holding import held


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
    deadline = time.monotonic() + 120
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

    eventually(lambda: _send(group, mentor.token, pair, "after").status_code == 201, "writes again", patience=40)
    eventually(found, "what was acknowledged is there", patience=40)


def test_a_block_holds_though_trust_safety_is_away(group: Group) -> None:
    """BL-11, SE-19: it hangs, then is killed. Meanwhile a block is answered 201 and closes the pair at once, also when

    the gateway lets nothing else through; afterwards the registry knows of every block, and no pair is made against it.
    """
    program = group.program(rematch_rest_days=0)
    mentor, mentee, pair = group.pair(program)
    ann = group.signs_up(group.member("ann"), program, "mentee")
    bob = group.signs_up(group.member("bob"), program, "mentor")
    with held(group.system, "trust_safety") as child:
        assert _block(mentee, mentor.id) == 201
        assert mentee.get(f"{pair}/messages")["status"] == "ended"
        assert _refusals(group, pair, mentor, mentee) <= {"pair-ended", "unavailable"}
        eventually(lambda: _send(group, ann.token, pair, "x").status_code == 503, "the gateway knows no standing", 40)
        assert _block(ann, bob.id) == 201
        assert mentor.get(f"{pair}/messages")["status"] == "ended"
        child.signal(signal.SIGKILL)
    wanted = {(mentee.id, mentor.id), (ann.id, bob.id)}
    eventually(lambda: _registered(group, wanted) == wanted, "the registry has caught up", patience=40)
    eventually(lambda: _send(group, ann.token, pair, "x").status_code == 404, "the gateway knows standing", 40)
    for one in (mentor, mentee):
        late = one.refused(lambda who=one: who.post(f"{pair}/messages", {"text": "late"}))
        assert late.slug == "pair-ended"
    for one, other in ((mentor, mentee), (bob, ann)):
        body = {"mentor_id": one.id, "mentee_id": other.id}
        refusal = group.admin.refused(lambda body=body: group.admin.post(f"/v1/programs/{program}/pairs", body))
        assert refusal.slug in {"former-pair", "not-to-be-paired"}


def _refusals(group: Group, pair: str, *people: Person) -> set[str]:
    return {_send(group, one.token, pair, "late").json()["type"].rpartition(":")[2] for one in people}


def _block(who: Person, person_id: str) -> int:
    return who.answer("POST", "/v1/blocks", json={"person_id": person_id}).status_code


def _registered(group: Group, couples: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Who has blocked whom, as the streams of the registry say."""
    with opened(group.system.instance.store_url(ADMIN), "trust_safety") as source:
        now = heads(source.logs)
        events = [event for two in couples for event in of_stream(source.logs, f"block-{couple(*two)}", now)]
    return {(one.data["blocker_id"], one.data["blocked_id"]) for one in events if one.type == "PersonBlocked"}


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
