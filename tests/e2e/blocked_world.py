"""Three couples with the same past: in one the mentee blocked, in one the mentor, one the mentee ended otherwise."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx

from services.gateway.routes import ROUTES, Does, Route, Who
from shared.demo.client import Api, Person, eventually
from tests.e2e.access import filled
from tests.e2e.access_table import TABLE
from tests.e2e.conftest import Group
from tests.e2e.test_http_live import Stream, listening
from tests.support.system import System
from tests.support.world import Someone

_CONTENT = re.compile(r'"\d{9,}"')
"""A version made of the content, in which ids are; others count events."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAST_OF_EACH = Counter(
    {
        "matching.PairIntroduced": 1,
        "conversations.CommentAdded": 1,
        "programs.CheckInRecorded": 1,
        "notifications.NotificationRaised": 4,
    }
)
_OF_EVERY_ANSWER = {"date", "x-log-position", "content-length", "x-correlation-id"}


@dataclass
class Couple:
    """`ids` are what stands for the parameters of routes; `told` what the mentor's live stream said from the end on."""

    group: Group
    mentor: Person
    mentee: Person
    address: str
    ids: dict[str, str]
    told: list[tuple[str, int]] = field(default_factory=list)

    @property
    def sides(self) -> dict[str, Person]:
        return {"mentor": self.mentor, "mentee": self.mentee}

    def asks(self, who: Person, route: Route) -> httpx.Response:
        """What the row of the access table asks, about this couple."""
        row = TABLE[route.key]
        address = route.path.format(**self.ids) + (f"?{row.query.format(**self.ids)}" if row.query else "")
        return who.answer(route.method, address, dict(row.headers), json=filled(row.body, self.ids))

    def plain(self, answer: httpx.Response) -> tuple[int, list[str], str | None, str]:
        """Status, names of headers, version and body, with this couple's ids, moments and the request's id left out."""
        text = answer.text
        for name, value in sorted(self.ids.items(), key=lambda one: -len(one[1])):
            text = text.replace(json.dumps(value)[1:-1], f"<{name}>")
        text = _ID.sub("<id>", _MOMENT.sub("<moment>", text))
        return (
            answer.status_code,
            sorted(answer.headers.keys() - _OF_EVERY_ANSWER),
            _CONTENT.sub("<content>", answer.headers.get("etag", "")),
            text,
        )


@dataclass
class BlockedWorld:
    group: Group
    program: str
    by_mentee: Couple
    by_mentor: Couple
    ended: Couple

    @property
    def couples(self) -> dict[str, Couple]:
        return {"by_mentee": self.by_mentee, "by_mentor": self.by_mentor, "ended": self.ended}


def build(system: System, api: Api) -> BlockedWorld:
    group = Group(system, api)
    program = group.program(mentees_per_mentor=2)
    with ExitStack() as streams:
        mentors = [group.member(f"may{name}") for name in "123"]
        heard = [streams.enter_context(listening(Someone(api.http, one.id, one.token))) for one in mentors]
        couples = [_couple(group, program, name) for name in "123"]
        world = BlockedWorld(group, program, *couples)
        before = [_what_was_before(stream) for stream in heard]
        _end(world)
        for one, stream, number in zip(couples, heard, before, strict=True):
            if one is not world.by_mentor:
                one.told = _what_was_told(stream, number)
    for one in couples:
        eventually(lambda one=one: _over(one), "the pair is over everywhere")
    run = group.admin.post(f"/v1/programs/{program}/recommendations")["run_id"]
    for one in couples:
        one.ids |= {"run_id": run, "template_id": "skill-development", "waiting_id": one.mentee.id}
    return world


def _couple(group: Group, program: str, name: str) -> Couple:
    """What both of them can do, done once."""
    mentor, mentee, address = group.pair(program, name)
    step = mentor.get(f"{address}/journey")["current_step_id"]
    message = mentor.post(f"{address}/messages", {"text": "Lye first"})["message_id"]
    mentee.post(f"{address}/messages", {"text": "Then oil"})
    post = mentor.post(f"{address}/steps/{step}/posts", {"text": "My soap"})["post_id"]
    mentee.post(f"{address}/posts/{post}/comments", {"text": "Nice"})
    mentee.post(f"{address}/goals", {"text": "Ten bars"})
    mentor.post(f"{address}/check-ins", {"met": True})
    ids = {"pair_id": address.rpartition("/")[2], "message_id": message, "post_id": post, "step_id": step}
    people = {"mentor_id": mentor.id, "mentee_id": mentee.id}
    return Couple(group, mentor, mentee, address, {**ids, **people, "program_id": program, "group_id": group.id})


def _end(world: BlockedWorld) -> None:
    world.by_mentee.mentee.post("/v1/blocks", {"person_id": world.by_mentee.mentor.id})
    world.by_mentor.mentor.post("/v1/blocks", {"person_id": world.by_mentor.mentee.id})
    world.ended.mentee.post(f"{world.ended.address}/end", {"reason": "other"})


def _over(couple: Couple) -> bool:
    told = any("pair-ended" in _inbox(side) for side in couple.sides.values())
    over = {"": "ended", "/messages": "ended", "/journey": "stopped"}
    return told and all(couple.mentor.get(couple.address + of)["status"] == status for of, status in over.items())


def _inbox(person: Person) -> list[str]:
    return [one["kind"] for one in person.get("/v1/me/notifications", limit=100)["items"]]


def _what_was_before(stream: Stream) -> int:
    """How much a mentor has heard, once the last of each service is there of what `_couple` does."""
    eventually(lambda: Counter(stream.kinds()) >= _LAST_OF_EACH, "what was before the end has been told")
    return len(stream.events)


def _what_was_told(stream: Stream, before: int) -> list[tuple[str, int]]:
    """Kinds, each with the length of its id, from the end on, in no order."""

    def after_the_end() -> list[tuple[str, int]]:
        found = sorted((json.loads(event["data"])["kind"], len(event["id"])) for event in stream.events[before:])
        whole = {"matching.PairEnded", "notifications.NotificationRaised"} <= {kind for kind, _ in found}
        return found if whole else []

    return list(eventually(after_the_end, "the end is told"))


OF_A_PAIR = [route for route in ROUTES if "pair_id" in route.path_fields]
OWN_LISTS = [
    route
    for route in ROUTES
    if route.does is Does.QUERY and route.who is Who.SELF and set(route.path_fields) <= {"program_id"}
]
"""What people read of themselves."""
