"""PR-02: one marker for each personal or free-text field, driven through the flow, is found nowhere it must not be."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from pymongo import MongoClient

from shared.bus import topology
from shared.contracts.catalogue import SERVICES
from shared.kernel.ids import new_id
from shared.privacy.keys import MongoKeys, read_master
from shared.runtime.settings import Settings
from tests.e2e.conftest import ANSWERS, Group, eventually

MARK = f"canary{new_id()[:8]}"


def marker(field: str) -> str:
    return f"{MARK}-{field}"


@pytest.fixture(scope="module")
def driven() -> dict[str, Any]:
    return {}


def drive(group: Group) -> dict[str, Any]:
    """Every field in which a person can write, and every personal claim, once."""
    admin, api = group.admin, group.api
    texts = {"title": marker("title"), "description": marker("description")}
    words = {"purpose": "p", "mentor_prompt": "m", "mentee_prompt": "n"}
    first, last = {"id": "one", "week": 1, "title": marker("step")}, {"id": "end", "week": 2, "title": "e"}
    steps = [{**first, **words}, {**last, **words, "closing": True}]
    body = {"template_id": "skill-development", **texts, "steps": steps}
    program = admin.post(f"/v1/groups/{group.id}/programs", body)["program_id"]
    admin.post(f"/v1/programs/{program}/open")
    personal = {"name": marker("name"), "email": f"{marker('email')}@example.org"}
    mentor = group.member("may", **personal)
    mentee = group.member("tom", **personal)
    told = {**ANSWERS, "goal": marker("goal"), "about": marker("about"), "topics": [marker("topic")]}
    for person, role in ((mentor, "mentor"), (mentee, "mentee")):
        answers = {**told, "needs": [marker("topic")]}
        person.post(f"/v1/programs/{program}/signups", {"role": role, "adult": True, "answers": answers})
    admin.post(f"/v1/programs/{program}/recommendations", {})
    pairing = {"mentor_id": mentor.id, "mentee_id": mentee.id, "introduction": marker("introduction")}
    pair = f"/v1/pairs/{admin.post(f'/v1/programs/{program}/pairs', pairing)['pair_id']}"
    for side in (mentor, mentee):
        side.post(f"{pair}/agree")
    message = mentor.post(f"{pair}/messages", {"text": marker("message")})["message_id"]
    post = mentor.post(f"{pair}/steps/one/posts", {"text": marker("post")})["post_id"]
    mentee.post(f"{pair}/posts/{post}/comments", {"text": marker("comment")})
    mentee.post(f"{pair}/goals", {"text": marker("pair-goal")})
    mentee.post(f"{pair}/check-ins", {"met": True, "note": marker("note")})
    report = {
        "target": {"kind": "message", "id": message},
        "reason": "other",
        "text": marker("report"),
        "to": "platform",
    }
    mentee.post("/v1/reports", report)
    mo = group.moderator()
    cases = lambda: [c for c in mo.get("/v1/moderation/cases", limit=100)["items"] if c["target_id"] == message]  # noqa: E731
    case = f"/v1/cases/{eventually(cases, 'the case')[0]['case_id']}"
    mo.post(f"{case}/assign")
    words = {"rationale": marker("rationale"), "message": marker("statement")}
    mo.post(f"{case}/actions", {"action": "warn", "policies": ["p1"], **words})
    mo.post(f"{case}/close")
    mentee.refused(lambda: mentee.post(f"{pair}/messages", {"text": [marker("refused")]}))
    mentee.refused(lambda: mentee.post(f"{pair}/nowhere", {marker("unknown"): marker("unknown")}))
    mails = lambda: [m for m in group.system.instance.mail.glob("*.eml") if marker("email") in m.read_text()]  # noqa: E731
    eventually(mails, "a mail")
    return {"pair": pair, "mentee": mentee, "message": message, "api": api}


def test_the_marker_is_read_by_its_readers_and_found_nowhere_else(group: Group) -> None:
    """PR-02, EV-01, NO-08: not in events, queues, dead letters, logs, metrics, problems, mails or any database."""
    story = drive(group)
    mentee = story["mentee"]
    assert mentee.get(f"{story['pair']}/messages")["items"][0]["text"] == marker("message")

    found: list[str] = []
    client: MongoClient[dict[str, Any]] = MongoClient(group.system.instance.store_url("programs"))
    databases = [name for name in client.list_database_names() if name not in {"admin", "config", "local"}]
    assert set(SERVICES) <= set(databases)
    for database in databases:
        for collection in client[database].list_collection_names():
            for document in client[database][collection].find():
                if MARK in str(document):
                    found.append(f"{database}.{collection}")
    client.close()
    for log in group.system.instance.logs.glob("*.log"):
        if MARK in log.read_text(errors="replace"):
            found.append(log.name)
    metrics = group.api.http.get("/metrics").text
    problem = group.api.http.post("/v1/reports", json={"reason": marker("anonymous")}).text
    for mail in group.system.instance.mail.glob("*.eml"):
        text = "\n".join(
            line for line in mail.read_text().splitlines() if not line.lower().startswith(("to:", "x-rcptto"))
        )
        if MARK in text.replace(f"{marker('email')}@example.org", ""):
            found.append(mail.name)
    assert MARK not in metrics
    assert MARK not in problem
    assert found == []


def test_nothing_waits_in_a_queue_or_in_parking(group: Group) -> None:
    """I11: at rest the queues of events are empty and nothing is parked, whatever the other tests did."""
    instance = group.system.instance
    if instance.broker() is None:
        pytest.skip("an outside broker is given")

    def waiting() -> dict[str, int]:
        broker = instance.broker()
        assert broker is not None
        broker.recall()
        said = broker.ctl("list_queues", "-p", topology.VHOST, "name", "messages", "--no-table-headers", "-q")
        text = said.stdout if isinstance(said, subprocess.CompletedProcess) else said
        rows = (line.split("\t") for line in str(text).splitlines() if "\t" in line)
        return {name: int(count) for name, count in rows if int(count) and not name.startswith(("rpc-", "gateway."))}

    eventually(lambda: not waiting(), f"queues are empty: {waiting()}")
    client: MongoClient[dict[str, Any]] = MongoClient(instance.store_url("programs"))
    parked = {name: [p["why"] for p in client[name]["parked"].find()] for name in SERVICES}
    client.close()
    assert {name: why for name, why in parked.items() if why} == {}


def test_no_other_service_can_open_a_message(group: Group) -> None:
    """EV-01: with every credential that its process is given, trust_safety gets no key of conversations."""
    instance = group.system.instance
    mentor, _, pair = group.pair(group.program())
    mentor.post(f"{pair}/messages", {"text": "between us"})
    environment = instance.environment_for(("trust_safety",), 1, "smtp://127.0.0.1:25")
    keys = {name for name in environment if "KEY" in name}
    assert not any("CONVERSATIONS" in name for name in keys)
    client: MongoClient[dict[str, Any]] = MongoClient(instance.store_url("trust_safety"))
    known = client["conversations_keys"]["keys"].find_one({"wrapped": {"$exists": True}}) or {}
    settings = Settings.from_environment("trust_safety", environment)
    for guess in ("conversations", "trust_safety"):
        stolen = MongoKeys(client, "conversations", read_master(settings.key_encryption_key_file, guess))
        with pytest.raises(ValueError, match="not what the stored keys were wrapped with"):
            stolen.for_opening(known["_id"])
    client.close()
