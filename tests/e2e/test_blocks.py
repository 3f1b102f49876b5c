"""Blocks over HTTP: everywhere at once, and not to be told from any other end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.gateway import endpoint
from services.gateway.routes import ROUTES, Does, Route
from shared.demo.client import Api, Person, eventually
from tests.e2e.access_table import TABLE
from tests.e2e.access_world import ROLES
from tests.e2e.blocked_world import OF_A_PAIR, OWN_LISTS, BlockedWorld, Couple, build
from tests.e2e.conftest import Group
from tests.e2e.holding import held
from tests.e2e.test_http_live import listening
from tests.e2e.test_races import outcome
from tests.support.system import System
from tests.support.world import Someone

OPEN_AFTER_ANY_END = {"POST /v1/pairs/{pair_id}/feedback"}
"""Words at the end are for oneself and the program: the other neither reads nor hears of them."""
FOR_ADMINS = {"POST /v1/pairs/{pair_id}/introduce"}
COMMANDS = [route for route in OF_A_PAIR if route.does is Does.COMMAND]


@pytest.fixture(scope="module")
def world(system: System) -> Iterator[BlockedWorld]:
    with Api(system.base_url) as api:
        yield build(system, api)


def _key(route: Route) -> str:
    return route.key


@pytest.mark.parametrize("route", COMMANDS, ids=_key)
def test_nothing_of_either_side_passes_any_more(world: BlockedWorld, route: Route) -> None:
    """BL-02: every command of a pair, whoever blocked whom, is refused to both: the pair has ended."""
    if route.key in OPEN_AFTER_ANY_END:
        return
    for couple in (world.by_mentee, world.by_mentor):
        for who in couple.sides.values():
            answer = couple.asks(who, route)
            slug = answer.json()["type"].rpartition(":")[2]
            wanted = (403, "forbidden") if route.key in FOR_ADMINS else (409, "pair-ended")
            assert (answer.status_code, slug) == wanted


@pytest.mark.parametrize("route", [*OF_A_PAIR, *OWN_LISTS], ids=_key)
@pytest.mark.parametrize("role", ["mentor", "mentee"])
def test_a_block_looks_like_any_end(world: BlockedWorld, route: Route, role: str) -> None:
    """BL-04: status, headers, version and body of every route of a pair, and of what people read of themselves, are the

    same for a blocked couple and one that ended otherwise, byte for byte once ids and moments are left out.
    """
    if role == "mentee" and route in OWN_LISTS:
        return  # the one who blocked knows
    one, other = world.by_mentee, world.ended
    assert one.plain(one.asks(one.sides[role], route)) == other.plain(other.asks(other.sides[role], route))


def test_the_live_stream_does_not_tell_either(world: BlockedWorld) -> None:
    """BL-04: the blocked hear as often, of the same kinds, under ids alike, as anybody whose pair ends."""
    assert world.by_mentee.told == world.ended.told
    assert {kind for kind, _ in world.ended.told} == {"matching.PairEnded", "notifications.NotificationRaised"}


def test_both_keep_the_archive(world: BlockedWorld) -> None:
    """BL-05: both still read what was said, and either can report it from there."""
    for couple in (world.by_mentee, world.by_mentor):
        for who in couple.sides.values():
            items = who.get(f"{couple.address}/messages")["items"]
            assert [one["text"] for one in items] == ["Then oil", "Lye first"]
    couple = world.by_mentee
    theirs = couple.mentor.get(f"{couple.address}/messages")["items"][0]["message_id"]
    for who, message in ((couple.mentee, couple.ids["message_id"]), (couple.mentor, theirs)):
        assert who.post("/v1/reports", {"target": {"kind": "message", "id": message}, "reason": "spam"})["report_id"]


_ADMIN = ROLES.index("admin")
_NAMED = {"program_id", "group_id", "pair_id", "run_id", "template_id", "step_id"}
READ_BY_ADMINS = [
    route
    for route in ROUTES
    if route.does is Does.QUERY
    and set(route.path_fields) <= _NAMED
    and TABLE[route.key].expected.split()[_ADMIN] == "200"
]


@pytest.mark.parametrize("route", READ_BY_ADMINS, ids=_key)
def test_an_admin_learns_that_a_pair_ended_and_not_by_whom(world: BlockedWorld, route: Route) -> None:
    """BL-06, BL-10: in nothing that an admin can read is there a word of a block, and the three couples look alike."""
    seen = []
    for couple in world.couples.values():
        answer = couple.asks(world.group.admin, route)
        assert answer.status_code < 500
        assert "blocked" not in answer.text.lower()
        seen.append(_of_the_couple(couple, answer, route))
    assert seen[0] == seen[1] == seen[2]


def _of_the_couple(couple: Couple, answer: httpx.Response, route: Route) -> Any:
    """What the answer says of this couple, made comparable."""
    if "pair_id" in route.path_fields:
        return couple.plain(answer)
    people = {couple.mentor.id, couple.mentee.id}
    items = [one for one in answer.json().get("items", []) if people & {str(value) for value in one.values()}]
    told = [couple.plain(httpx.Response(200, text=json.dumps(one))) for one in items]
    return sorted(told, key=str)  # two who wait since the same moment stand in any order


def test_neither_finds_the_other_anywhere(group: Group, system: System) -> None:
    """BL-06, BL-07, BL-08: a block without a pair, and by either of two; in another group as well, by every way to be

    paired, and as the admin of it: no candidate, no proposal, no pair, and the same refusal as for a private wish.
    """
    for blocker in ("may", "tom"):
        other = Group(system, group.api)
        both = {group.id: "member", other.id: "member"}
        two = {name: group.someone(f"{name}-{blocker}-{group.id}", both) for name in ("may", "tom")}
        blocked = two["tom" if blocker == "may" else "may"]
        two[blocker].post("/v1/blocks", {"person_id": blocked.id})
        for place in (group, other):
            _never_together(place, two["may"], two["tom"])


def _never_together(place: Group, mentor: Person, mentee: Person) -> None:
    program = f"/v1/programs/{place.program()}"
    for person, role in ((mentor, "mentor"), (mentee, "mentee")):
        place.signs_up(person, program.rpartition("/")[2], role)
    pair, admin = {"mentor_id": mentor.id, "mentee_id": mentee.id}, place.admin
    assert admin.get(f"{program}/candidates", mentee_id=mentee.id)["items"] == []
    run = admin.post(f"{program}/recommendations")
    assert run["proposals"] == []
    assert "block" not in json.dumps(run)
    assert outcome(lambda: admin.post(f"{program}/pairs", pair)) == "not-to-be-paired"
    assert outcome(lambda: admin.post(f"{program}/recommendations", {"locked": [pair]})) == "not-to-be-paired"
    [result] = admin.post(f"{program}/pairs/bulk", {"pairs": [pair]})["results"]
    assert result["problem"] == "not-to-be-paired"
    for person in (mentor, mentee):
        assert person.get("/v1/me/pairs")["items"] == []


def test_a_block_before_the_introduction(group: Group) -> None:
    """BL-07: between the proposal and its publication, and between the draft and the introduction: neither is told."""
    program = group.program()
    address = f"/v1/programs/{program}"
    may, tom = group.member("may"), group.member("tom")
    group.signs_up(may, program, "mentor", capacity=2)
    group.signs_up(tom, program, "mentee")
    run = group.admin.post(f"{address}/recommendations")
    assert len(run["proposals"]) == 1
    tom.post("/v1/blocks", {"person_id": may.id})
    [result] = group.admin.post(f"{address}/recommendations/{run['run_id']}/publish")["results"]
    assert result["problem"] == "not-to-be-paired"
    ann = group.signs_up(group.member("ann"), program, "mentee")
    draft = {"mentor_id": may.id, "mentee_id": ann.id, "introduce": False}
    pair = group.admin.post(f"{address}/pairs", draft)["pair_id"]
    may.post("/v1/blocks", {"person_id": ann.id})
    assert outcome(lambda: group.admin.post(f"/v1/pairs/{pair}/introduce")) == "pair-ended"
    for person in (may, tom, ann):
        assert person.get("/v1/me/pairs")["items"] == []
        assert {one["kind"] for one in person.get("/v1/me/notifications")["items"]} <= {"signup-received"}


def test_anybody_blocks_anybody(group: Group) -> None:
    """BL-08: twice is once; strangers, admins, people who are not there; oneself not."""
    tom = group.member("tom")
    group.admin.post("/v1/blocks", {"person_id": tom.id})
    for person_id in (group.admin.id, group.admin.id, "nobody-at-all", "an id/with \u00fc, a slash"):
        tom.post("/v1/blocks", {"person_id": person_id})
    assert len(tom.get("/v1/blocks")["items"]) == 3
    assert outcome(lambda: tom.post("/v1/blocks", {"person_id": tom.id})) == "not-yourself"


def test_an_unblock_brings_nothing_back(group: Group) -> None:
    """BL-09: the pair stays ended, what was missed stays missed, and in this program they are not paired again."""
    program = group.program(rematch_rest_days=0)
    may, tom, pair = group.pair(program)
    may.post(f"{pair}/messages", {"text": "before"})
    tom.post("/v1/blocks", {"person_id": may.id})
    assert _takes_back(may, tom) == {}
    assert _takes_back(tom, may)["blocked_id"] == may.id
    assert tom.get("/v1/blocks")["items"] == []
    for side in (may, tom):
        assert outcome(lambda side=side: side.post(f"{pair}/messages", {"text": "again"})) == "pair-ended"
    again = {"mentor_id": may.id, "mentee_id": tom.id}
    assert outcome(lambda: group.admin.post(f"/v1/programs/{program}/pairs", again)) == "former-pair"
    eventually(lambda: not {"message-received", "pair-ended"} & _kinds(tom), "nothing of it is left")


def _takes_back(who: Person, whom: Person) -> Any:
    return who.delete(f"/v1/blocks/{whom.id}")


def test_nothing_from_before_notifies_after(group: Group, system: System) -> None:
    """BL-03: notifications is held, one writes, one blocks, it is let go: no mail, entry, count, live update."""
    program = group.program()
    mentor = group.signs_up(group.member("may"), program, "mentor")
    email = f"tom-{group.id}@example.org"
    mentee = group.signs_up(group.member("tom", email=email), program, "mentee")
    body = {"mentor_id": mentor.id, "mentee_id": mentee.id}
    pair = f"/v1/pairs/{group.admin.post(f'/v1/programs/{program}/pairs', body)['pair_id']}"
    for side in (mentor, mentee):
        side.post(f"{pair}/agree")
    step = mentor.get(f"{pair}/journey")["current_step_id"]

    def mails() -> int:
        return sum(email in mail.read_text() for mail in system.instance.mail.glob("*.eml"))

    eventually(lambda: mails() >= 2, "the mails from before: signed up, introduced")
    with listening(Someone(group.api.http, mentee.id, mentee.token)) as stream:
        with held(system, "notifications"):
            mentor.post(f"{pair}/messages", {"text": "before"})
            mentor.post(f"{pair}/steps/{step}/posts", {"text": "before"})
            for side in (mentee, mentor):
                side.post(f"{pair}/steps/{step}/complete")
            before = {"conversations.MessageSent", "conversations.PostShared"}
            eventually(lambda: before <= set(stream.kinds()), "what was before is on the stream")
            started = time.monotonic()
            mentee.post("/v1/blocks", {"person_id": mentor.id})
            assert time.monotonic() - started > endpoint._BARRIER_WITHIN - 0.1
            heard = len(stream.events)
        eventually(lambda: "pair-ended" in _kinds(mentor), "notifications has caught up")
        time.sleep(2.5)  # two rounds of the worker that sends
        late = [json.loads(event["data"]).get("kind", "") for event in stream.events[heard:]]
    # The unread introduction went with the block.
    eventually(lambda: _kinds(mentee) == {"signup-received"}, "nothing else is left")
    assert mails() == 2
    assert "notifications.NotificationRaised" not in late
    assert not any(kind.startswith("conversations.") for kind in late)
    assert mentee.get("/v1/me/notifications")["unread"] == 1


def _kinds(person: Person) -> set[str]:
    return {one["kind"] for one in person.get("/v1/me/notifications", limit=100)["items"]}


def test_the_median_answer_takes_as_long(world: BlockedWorld, record_property: Any) -> None:
    """BL-04: how long a blocked and an ended pair take to refuse a message, reported and not gated."""
    route = next(route for route in OF_A_PAIR if route.name == "send_message")
    took: dict[str, list[float]] = {"by_mentee": [], "ended": []}
    for _ in range(25):
        for name, times in took.items():
            couple = world.couples[name]
            started = time.perf_counter()
            couple.asks(couple.mentor, route)
            times.append(time.perf_counter() - started)
    for name, times in took.items():
        record_property(f"median_seconds_{name}", sorted(times)[len(times) // 2])
    assert all(took.values())
