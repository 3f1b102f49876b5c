from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.world import ANY_VERSION, FAR_OFF, Someone, World, until


class Stream:
    """An open live stream, read in a thread."""

    def __init__(self, answer: httpx.Response) -> None:
        self.events: list[dict[str, str]] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(answer,), daemon=True)
        self._thread.start()

    def _read(self, answer: httpx.Response) -> None:
        event: dict[str, str] = {}
        try:
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line and name:
                    event[name] = value
                elif not line and "data" in event:
                    self.events.append(event)
                    event = {}
        except (httpx.HTTPError, RuntimeError):
            pass
        self.ended.set()

    def kinds(self) -> list[str]:
        return [json.loads(event["data"]).get("kind", event.get("event")) for event in self.events]


@contextmanager
def listening(person: Someone, **headers: str) -> Iterator[Stream]:
    head = {"Authorization": f"Bearer {person.token}", **headers}
    # A sign of life comes every 15 s; a busy machine may be late with it.
    with person.client.stream("GET", "/v1/me/stream", headers=head, timeout=60) as answer:
        assert answer.status_code == 200
        yield Stream(answer)


def _write(person: Someone, world: World, text: str) -> Any:
    return person.do("POST", f"/v1/pairs/{world.ids['pair_id']}/messages", {"text": text})["message_id"]


def test_the_other_hears_of_a_message_and_nobody_else(world: World) -> None:
    """UI-11: both of the pair are told that there is a message, others nothing, and nobody what it says."""
    mentor, mentee, other = (world.people[name] for name in ("mentor", "mentee", "other_pair"))
    with listening(mentee) as hers, listening(other) as theirs:
        message = _write(mentor, world, "marker-7731")
        until(lambda: [event for event in hers.events if message in event["data"]], bool)
        address = f"/v1/pairs/{world.ids['other_pair_id']}/messages"
        own = other.eventually("POST", address, {"text": "mine"}, 201).json()["message_id"]
        until(lambda: [event for event in theirs.events if own in event["data"]], bool)
        assert message not in json.dumps(theirs.events)
        assert world.ids["pair_id"] not in json.dumps(theirs.events)
        assert "marker-7731" not in json.dumps(hers.events)


def test_who_comes_back_hears_what_they_missed(world: World) -> None:
    """UI-11: after a cut the stream goes on where it was, without loss or double."""
    mentor, mentee = world.people["mentor"], world.people["mentee"]
    with listening(mentee) as before:
        first = _write(mentor, world, "one")
        until(lambda: [event for event in before.events if first in event["data"]], bool)
        last = before.events[-1]["id"]
    missed = [_write(mentor, world, f"two {n}") for n in range(5)]
    with listening(mentee, **{"Last-Event-ID": last}) as after:
        until(lambda: [event for event in after.events if missed[-1] in event["data"]], bool)
        told = [json.loads(event["data"])["ids"].get("message_id") for event in after.events]
        assert [id for id in told if id in missed] == missed
        assert "event: reset" not in after.kinds()
        ids = [event["id"] for event in after.events]
        assert len(set(ids)) == len(ids)


def test_a_suspension_ends_the_stream(world: World) -> None:
    """SE-09: within moments of a suspension the person's stream is closed and requests are refused."""
    group, program = world.ids["group_id"], world.ids["program_id"]
    desk, mentee = world.people["desk"], world.people["mentee"]
    eve = world.someone("eve", groups=[group])
    signup = {"role": "mentee", "adult": True, "answers": {"topics": ["x"], "languages": ["en"], "timezone": "UTC"}}
    eve.do("POST", f"/v1/programs/{program}/signups", signup)
    report = {"target": {"kind": "person", "id": eve.id}, "reason": "spam"}
    mentee.eventually("POST", "/v1/reports", report, 201)

    def case() -> list[str]:
        items = desk.get("/v1/moderation/cases?limit=100")["items"]
        return [item["case_id"] for item in items if item["target_id"] == eve.id]

    [found] = until(case, bool)
    desk.do("POST", f"/v1/cases/{found}/assign", **ANY_VERSION)
    with listening(eve) as stream:
        reasons = {"policies": ["spam"], "rationale": "Spam.", "message": "Spam."}
        act = {"action": "suspend", "until": FAR_OFF, **reasons}
        desk.do("POST", f"/v1/cases/{found}/actions", act, **ANY_VERSION)
        assert stream.ended.wait(40)
    assert eve.ask("GET", "/v1/me/statements").status_code == 401
    world.signs_in_anew(eve)
    # Their sessions end with the sanction, what is closed to them follows from it.
    until(lambda: eve.ask("GET", "/v1/me/pairs"), lambda answer: answer.status_code == 403)
    assert eve.ask("GET", "/v1/me/stream").status_code == 403


def test_streams_are_for_signed_in_pages_of_this_site(world: World) -> None:
    """UI-12: no token, another origin, or a sixth stream: refused."""
    other = world.someone("listener")
    assert world.people["anonymous"].ask("GET", "/v1/me/stream").status_code == 401
    assert other.ask("GET", "/v1/me/stream", Origin="https://evil.example").status_code == 403
    head = {"Authorization": f"Bearer {other.token}"}
    opened = [world.client.stream("GET", "/v1/me/stream", headers=head) for _ in range(5)]
    for one in opened:
        assert one.__enter__().status_code == 200
    assert other.ask("GET", "/v1/me/stream").status_code == 429
    for one in opened:
        one.__exit__(None, None, None)


def test_fifty_at_once_are_one_command(world: World) -> None:
    """SE-13: fifty concurrent requests with one key make one message and get one answer."""
    mentor, pair = world.people["mentor"], world.ids["pair_id"]

    def send(_: int) -> tuple[int, str]:
        answer = mentor.ask("POST", f"/v1/pairs/{pair}/messages", {"text": "once"}, Idempotency_Key="fifty")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(send, range(50)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    page = mentor.get(f"/v1/pairs/{pair}/messages?limit=100")
    assert [one["text"] for one in page["items"]].count("once") == 1
    other = mentor.ask("POST", f"/v1/pairs/{pair}/messages", {"text": "twice"}, Idempotency_Key="fifty")
    assert other.status_code == 422


def test_a_forgotten_person_is_forgotten(world: World) -> None:
    """SE-09: after an erasure the token ends, and what the person wrote cannot be read again."""
    group, program = world.ids["group_id"], world.ids["program_id"]
    gone = world.someone("gone", groups=[group], name="Marker Gone")
    signup = {"role": "mentee", "adult": True, "answers": {"topics": ["x"], "languages": ["en"], "timezone": "UTC"}}
    gone.do("POST", f"/v1/programs/{program}/signups", signup)
    assert gone.do("POST", "/v1/me/erasure")["person_id"] == gone.id
    assert gone.ask("GET", "/v1/templates").status_code == 401
    admin = world.people["admin"]
    until(
        lambda: admin.ask("GET", f"/v1/programs/{program}/signups?limit=100").text,
        lambda text: "Marker Gone" not in text,
    )


def test_the_last_page_is_reached(world: World) -> None:
    """SE-17: following cursors gives every item once, also while items are added; a cursor is one person's."""
    mentor, mentee, pair = world.people["mentor"], world.people["mentee"], world.ids["pair_id"]
    sent = {_write(mentor, world, f"page {n}") for n in range(7)}
    found: list[str] = []
    cursor = None
    while True:
        address = f"/v1/pairs/{pair}/messages?limit=3" + (f"&cursor={cursor}" if cursor else "")
        page = mentor.get(address)
        found += [item["message_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        assert mentee.ask("GET", f"/v1/pairs/{pair}/messages?cursor={cursor}").status_code == 400
        _write(mentor, world, "meanwhile")
    assert sent <= set(found)
    assert len(set(found)) == len(found)
