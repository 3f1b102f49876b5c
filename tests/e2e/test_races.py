"""Races over HTTP: what must be one stays one, however many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from shared.demo.client import Api, Person, Refused, eventually
from tests.e2e.conftest import Group


def outcome(do: Any) -> str:
    """`done`, or the slug of the refusal."""
    try:
        do()
    except Refused as refused:
        return refused.slug
    return "done"


def test_concurrent_pairings_never_exceed_capacity(group: Group) -> None:
    """P-11, I5: twenty admins' clicks at once for a mentor of capacity two make two pairs."""
    program = group.program(mentees_per_mentor=2)
    mentor = group.signs_up(group.member("may"), program, "mentor", capacity=2)
    mentees = [group.signs_up(group.member(f"tom{n}"), program, "mentee") for n in range(10)]

    def pair(mentee: Person) -> str:
        body = {"mentor_id": mentor.id, "mentee_id": mentee.id}
        return outcome(lambda: group.admin.post(f"/v1/programs/{program}/pairs", body))

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(pair, mentees * 2))
    assert outcomes.count("done") == 2
    assert set(outcomes) - {"done"} <= {
        "mentor-has-no-place",
        "mentor-at-capacity",
        "mentee-already-paired",
        "mentor-full",
    }

    def active() -> list[Any]:
        items = group.admin.get(f"/v1/programs/{program}/pairs")["items"]
        return [one for one in items if one["status"] != "ended"]

    # Of answers that came side by side the last one may know less than another.
    assert len(eventually(lambda: found if len(found := active()) >= 2 else None, "both are there")) == 2


def test_a_mentee_never_gets_two_active_pairs(group: Group) -> None:
    """P-11: eight mentors at once for one mentee make one pair."""
    program = group.program()
    mentee = group.signs_up(group.member("tom"), program, "mentee")
    mentors = [group.signs_up(group.member(f"may{n}"), program, "mentor") for n in range(8)]

    def pair(mentor: Person) -> str:
        body = {"mentor_id": mentor.id, "mentee_id": mentee.id}
        return outcome(lambda: group.admin.post(f"/v1/programs/{program}/pairs", body))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pair, mentors)).count("done") == 1


def test_fifty_equal_posts_under_one_key_make_one_event(group: Group) -> None:
    """SE-13: the same Idempotency-Key answers the same; another payload under it is refused with 422."""
    program = group.program()
    mentor, _, pair = group.pair(program)

    def send(text: str) -> httpx.Response:
        return mentor.answer("POST", f"{pair}/messages", {"Idempotency-Key": "one-and-only"}, json={"text": text})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, ["hello"] * 50))
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["message_id"] for answer in made}) == 1
    assert len(mentor.get(f"{pair}/messages")["items"]) == 1
    assert send("something else").status_code == 422


def test_a_block_among_messages_is_followed_by_nothing(group: Group) -> None:
    """BL-01 over HTTP: both write as fast as they can while one blocks; every message after the 201 is refused."""
    program = group.program()
    mentor, mentee, pair = group.pair(program)
    with ThreadPoolExecutor(8) as pool, Api(group.system.base_url) as apart:
        blocker = Person(apart, mentee.id, mentee.token)  # who knows of no answer but those to themselves
        writing = [
            pool.submit(outcome, lambda who=side, n=n: who.post(f"{pair}/messages", {"text": f"{n}"}))
            for n in range(15)
            for side in (mentor, mentee)
        ]
        blocker.post("/v1/blocks", {"person_id": mentor.id})
        before = len(blocker.get(f"{pair}/messages", limit=100)["items"])
        late = [outcome(lambda who=side: who.post(f"{pair}/messages", {"text": "late"})) for side in (mentor, mentee)]
        outcomes = [one.result() for one in writing]
        after = len(blocker.get(f"{pair}/messages", limit=100)["items"])
    assert late == ["pair-ended", "pair-ended"]
    assert set(outcomes) <= {"done", "pair-ended"}
    assert after == outcomes.count("done") == before
