"""A person's rights over their data, on the running system: copies, erasures, and what both leave to others."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from pymongo import MongoClient

from services.gateway.copy_formats import POLICY
from shared.application.footprint import NOT_YOURS
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.demo.client import Person
from shared.kernel.ids import new_id
from shared.privacy.sealing import REMOVED
from shared.runtime.accounts import ADMIN
from shared.runtime.local import records
from tests.e2e.conftest import Group, eventually
from tests.support.world import FAR_OFF

Entry = dict[str, Any]


class Two:
    """A pair that has written to each other, each with words of their own in every place there is."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.program = group.program()
        self.mentor, self.mentee, self.pair = group.pair(self.program, new_id()[:4])
        self.mark = {self.mentor.id: f"mentor-{new_id()[:8]}", self.mentee.id: f"mentee-{new_id()[:8]}"}
        self.messages = {person.id: self._write(person) for person in (self.mentor, self.mentee)}

    def _write(self, person: Person) -> str:
        words, pair = self.mark[person.id], self.pair
        step = person.get(f"{pair}/journey")["current_step_id"]
        person.post(f"{pair}/goals", {"text": f"{words} goal"})
        person.post(f"{pair}/check-ins", {"met": True, "rating": 7, "note": f"{words} note"})
        post = person.post(f"{pair}/steps/{step}/posts", {"text": f"{words} post"})["post_id"]
        person.post(f"{pair}/posts/{post}/comments", {"text": f"{words} comment"})
        return str(person.post(f"{pair}/messages", {"text": f"{words} message"})["message_id"])

    def reported(self) -> tuple[Person, str]:
        """The mentee reports the mentor's message; a moderator and the address of the case."""
        target = {"kind": "message", "id": self.messages[self.mentor.id]}
        text = f"{self.mark[self.mentee.id]} report"
        self.mentee.post("/v1/reports", {"target": target, "reason": "spam", "text": text, "to": "platform"})
        mo = self.group.moderator()

        def found() -> list[str]:
            items = mo.get("/v1/moderation/cases", limit=100)["items"]
            return [one["case_id"] for one in items if one["target_id"] == target["id"]]

        case = f"/v1/cases/{eventually(found, 'the case')[0]}"
        mo.act(case, f"{case}/assign")
        return mo, case

    def texts(self, reader: Person) -> list[str]:
        return [one["text"] for one in reader.get(f"{self.pair}/messages")["items"]]


@pytest.fixture
def two(group: Group) -> Two:
    return Two(group)


def taken(person: Person, form: str = "lines") -> httpx.Response:
    """A copy, asked for and taken."""
    export = person.post("/v1/me/exports")["export_id"]
    link = person.get(f"/v1/me/exports/{export}")["links"][form]
    answer = person.answer("GET", link)
    assert answer.status_code == 200, answer.text
    return answer


def copy_of(person: Person) -> list[Entry]:
    """The entries of a whole copy, taken as soon as it has what was done last."""
    lines = [orjson.loads(line) for line in taken(person).content.splitlines()]
    assert {said["status"] for said in lines[-1]["receipt"].values()} == {"done"}
    assert Counter(line["service"] for line in lines[1:-1]) == Counter(
        {name: said["entries"] for name, said in lines[-1]["receipt"].items() if said["entries"]}
    )
    return lines[1:-1]


def erase(person: Person) -> Callable[[], Entry]:
    """Erase the person; a look at the receipt, which needs nothing but its address."""
    asked = person.post("/v1/me/erasure")
    return lambda: dict(httpx.get(f"{person._api.http.base_url}".rstrip("/") + asked["receipt"], timeout=20).json())


def done(receipt: Callable[[], Entry], patience: float = 60.0) -> Entry:
    return dict(eventually(lambda: found if (found := receipt())["status"] == "done" else None, "erased", patience))


def test_a_copy_has_all_of_ones_own_and_nothing_of_others(two: Two) -> None:
    """PR-12: every word that a person wrote is in their copy; what others wrote, who reported them, and what
    moderators note is not. The page says the same, runs nothing, and is a file of their own."""
    mo, case = two.reported()
    act = {
        "action": "warn",
        "policies": ["p1"],
        "rationale": f"{two.mark[two.mentee.id]} rationale",
        "message": "Warned.",
    }
    mo.act(case, f"{case}/actions", act)
    eventually(lambda: two.mentor.get("/v1/me/statements")["items"], "the statement")
    for person in (two.mentor, two.mentee):
        eventually(lambda who=person: who.get("/v1/me/notifications")["items"], "a notification")
    mine, theirs = copy_of(two.mentor), copy_of(two.mentee)
    for copy, person, other in ((mine, two.mentor, two.mentee), (theirs, two.mentee, two.mentor)):
        text = orjson.dumps(copy).decode()
        for word in ("goal", "note", "post", "comment", "message"):
            assert f"{two.mark[person.id]} {word}" in text
        assert two.mark[other.id] not in text
        assert NOT_YOURS in text
        types = {one["type"] for one in copy}
        assert {"SignedUp", "PairIntroduced", "CommitmentAgreed", "NotificationRaised"} <= types
    told = {one["type"]: one["data"] for one in mine if one["service"] == "trust_safety"}
    assert told.keys() == {"ActionTaken"}
    assert told["ActionTaken"]["message"] == "Warned."
    assert "Warned." not in orjson.dumps(theirs).decode()
    assert f"{two.mark[two.mentee.id]} report" in orjson.dumps(theirs).decode()
    page = taken(two.mentor, "page")
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["content-disposition"].startswith("attachment")
    assert f"{two.mark[two.mentor.id]} message" in page.text
    assert two.mark[two.mentee.id] not in page.text
    assert all(f"<dt>{service}</dt>" in page.text for service in SOURCES)
    assert "<script" not in page.text
    answer = two.mentor.get("/v1/me/export")
    assert answer["missing"] == []
    assert {one["id"] for one in mine} <= {one["id"] for items in answer["services"].values() for one in items}


def test_a_copy_does_not_tell_a_block_from_any_other_end(new_group: Callable[[], Group]) -> None:
    """BL-04, PR-12: of whoever was blocked and whose pair just ended, the copies tell the same."""
    blocked, ended = Two(new_group()), Two(new_group())
    blocked.mentor.post("/v1/blocks", {"person_id": blocked.mentee.id})
    ended.mentor.post(f"{ended.pair}/end", {"reason": "mismatch"})
    assert _shapes(_copy_after_the_end(blocked)) == _shapes(_copy_after_the_end(ended))


def _copy_after_the_end(two: Two) -> list[Entry]:
    def told() -> bool:
        kinds = {one["kind"] for one in two.mentee.get("/v1/me/notifications", limit=100)["items"]}
        over = {"": "ended", "/messages": "ended", "/journey": "stopped"}
        return "pair-ended" in kinds and all(
            two.mentee.get(two.pair + of)["status"] == status for of, status in over.items()
        )

    eventually(told, "they are told, and it is over in every service")
    copy = copy_of(two.mentee)
    assert _with(copy, "PairEnded") is not None
    assert "block" not in orjson.dumps([one["data"] for one in copy]).decode()
    return copy


def _shapes(copy: list[Entry]) -> Counter[tuple[str, ...]]:
    """What kinds of entries there are and what they tell; how often they asked, and what was mailed, is by chance."""
    kept = (one for one in copy if one["service"] not in {"gateway", "notifications"})
    return Counter((one["service"], one["type"], *sorted(one["data"])) for one in kept)


def test_an_erasure_leaves_others_and_the_log_as_they_were(two: Two) -> None:
    """PR-07, PR-08, PR-09, PR-10, PR-11: the receipt names every service; A is removed, B and the evidence of an open
    case are readable; no key of A is left anywhere, nothing is parked, views rebuild, the chain verifies."""
    mentor, mentee = two.mentor, two.mentee
    mo, case = two.reported()
    eventually(lambda: mo.get(f"{case}/evidence")["items"][0]["status"] == "here", "the evidence")
    before = two.texts(mentee)
    receipt = done(erase(mentor))
    assert [one["service"] for one in receipt["services"]] == list(SERVICES)
    keys = {one["service"]: one["keys_destroyed"] for one in receipt["services"]}
    assert min(keys["conversations"], keys["matching"], keys["programs"]) >= 1
    assert receipt["kept"] == []  # that there is a case about them is not theirs to know
    assert mentor.id not in str(receipt)

    own, removed = f"{two.mark[mentee.id]} message", f"{two.mark[mentor.id]} message"
    assert {own, removed} == set(before)
    eventually(lambda: set(two.texts(mentee)) == {own, REMOVED}, "their words are removed", 40)
    assert f"{two.mark[mentee.id]} goal" in str(mentee.get("/v1/me/export"))
    [item] = mo.get(f"{case}/evidence")["items"]
    assert removed in str(item["messages"])

    with MongoClient[dict[str, Any]](two.group.system.instance.store_url(ADMIN)) as client:
        for service in SERVICES:
            held = client[f"{service}_keys"]["keys"].find({"owner": mentor.id})
            assert [key["_id"] for key in held if "wrapped" in key] == []
            assert client[service]["parked"].count_documents({}) == 0
        [completed] = [
            event
            for partition in client["gateway_log"].list_collection_names()
            for commit in client["gateway_log"][partition].find({"stream": f"rights-{mentor.id}"})
            for event in commit["events"]
            if event["type"] == "ErasureCompleted"
        ]
    assert [(hold["why"], hold["may_be_told"]) for hold in completed["data"]["holds"]] == [("open-case", False)]
    said = two.group.system.command("log", "replay", "--service", "conversations")
    assert "rebuilt and live views are the same" in said
    two.group.system.command("log", "verify", "--service", "conversations")


def test_an_erasure_outlasts_a_killed_eraser(two: Two) -> None:
    """PR-07: while a service hangs and is killed the receipt is partial and says which one; when it is back, it is
    done by itself, and a copy that was asked for before is gone."""
    two.mentor.post("/v1/me/exports")
    pid = next(
        one["pid"]
        for one in records.read(two.group.system.instance.state_file)["programs"]
        if one["name"] == "conversations"
    )
    os.kill(pid, signal.SIGSTOP)
    try:
        receipt = erase(two.mentor)

        def partial() -> Entry | None:
            found = receipt()
            waiting = [one["service"] for one in found.get("services", ()) if one["status"] == "pending"]
            return found if waiting == ["conversations"] else None

        assert eventually(partial, "all others are done")["status"] == "partial"
    finally:
        os.kill(pid, signal.SIGKILL)
    found = done(receipt)
    assert found["completed_at"] > found["requested_at"]
    eventually(lambda: REMOVED in two.texts(two.mentee), "their words are removed", 40)


def test_a_suspended_person_can_take_a_copy_and_be_forgotten(two: Two) -> None:
    """PR-13: of the suspended the copy has the reasons, and their erasure is seen through."""
    mo, case = two.reported()
    reasons = {"policies": ["p1"], "rationale": "r", "message": "Suspended."}
    mo.act(case, f"{case}/actions", {"action": "suspend", "until": FAR_OFF, **reasons})

    def refused() -> bool:
        return two.mentor.answer("GET", "/v1/templates").status_code in {401, 403}

    eventually(refused, "suspended")
    eventually(lambda: _again(two).get("/v1/me/statements")["items"], "the statement")
    person = _again(two)
    copy = eventually(lambda: _with(copy_of(person), "ActionTaken"), "the action")
    assert copy["data"]["message"] == "Suspended."
    done(erase(person))


def _again(two: Two) -> Person:
    """The mentor, signed in anew: tokens from before a suspension are over."""
    time.sleep(1.0)  # a token says the second in which it was made
    return two.group.someone(two.mentor.id, {two.group.id: "member"})


def _with(copy: list[Entry], kind: str) -> Entry | None:
    return next((one for one in copy if one["type"] == kind), None)
