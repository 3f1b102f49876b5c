"""Copies and erasures over four services in memory, through the gateway's own routes."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from services.gateway.rpc import Reply
from shared.application.footprint import NOT_YOURS, Footprints
from shared.kernel.actor import Actor
from shared.kernel.events import Data
from shared.privacy.sealing import REMOVED
from shared.runtime.erasure import erasure
from tests.services.trust_safety.story import ADA, BEN, MO
from tests.services.trust_safety.together import Together
from tests.support.gateway import Client, FakeServices, token

HERS, HIS = "words of ada", "words of ben"
HEARD = SimpleNamespace(watermark=lambda _source, _partition: 10**6)


def joined(services: FakeServices) -> Together:
    """The services behind the gateway are these four; matching has nothing to say."""
    world = Together()

    def footprint(asked: Data) -> Reply:
        if asked["service"] not in world.services:
            return Reply({"items": [], "next": None})
        service = world[asked["service"]]
        return Reply(Footprints(service.log, service.app.reads.open).page(asked["person_id"], asked["place"]))

    def erased(asked: Data) -> Reply:
        if asked["service"] not in world.services:
            return Reply({"done": True, "keys": 0})
        keys = world[asked["service"]].keys
        return Reply(erasure(keys, HEARD, asked["person_id"], asked["partition"], asked["position"]))

    services.replies |= {
        "footprint": footprint,
        "erasure": erased,
        "holds": lambda params: Reply(world["trust_safety"].ask("holds", params, Actor("system"))),
    }
    return world


def write(world: Together) -> str:
    """Both write wherever one can write; the id of ben's message."""
    step = world["programs"].ask("journey", world.pair, ADA)["current_step_id"]
    for who, words in ((ADA, HERS), (BEN, HIS)):
        world.does("programs.set_goal", {**world.pair, "text": f"{words}: goal"}, who)
        world.does("programs.give_feedback", {**world.pair, "rating": 3, "text": f"{words}: feedback"}, who)
        post = world.does("conversations.share_post", {**world.pair, "step_id": step, "text": f"{words}: post"}, who)
        comment = {"post_id": post["post_id"], "text": f"{words}: comment"}
        world.does("conversations.add_comment", {**world.pair, **comment}, who)
    world.writes(f"{HERS}: message", ADA)
    return world.writes(f"{HIS}: message", BEN)


def copy_of(client: Client, who: str) -> list[Data]:
    export = client.post("/v1/me/exports", headers=token(who)).json()["export_id"]
    link = client.get(f"/v1/me/exports/{export}", headers=token(who)).json()["links"]["lines"]
    lines = [json.loads(line) for line in client.get(link, headers=token(who)).text.splitlines()]
    assert {said["status"] for said in lines[-1]["receipt"].values()} == {"done"}
    return lines[1:-1]


def test_a_copy_has_every_word_of_ones_own_and_none_of_others(client: Client, services: FakeServices) -> None:
    """PR-12: what the person wrote anywhere is in their copy; of the other, of who reported them, and of what
    moderators note there is nothing."""
    world = joined(services)
    case_id = world.held({"kind": "message", "id": write(world)}, actor=ADA)
    world.acts(case_id, "warn", rationale="seen by colleagues", message="Please be kind.")
    hers, his = json.dumps(copy_of(client, "ada")), json.dumps(copy_of(client, "ben"))
    for word in ("goal", "post", "comment", "message"):
        assert f"{HERS}: {word}" in hers
        assert f"{HIS}: {word}" in his
    assert HIS not in hers
    assert HERS not in his
    assert NOT_YOURS in hers and NOT_YOURS in his
    assert "Please be kind." in his and "Please be kind." not in hers
    assert "ReportFiled" in hers and "ReportFiled" not in his
    assert not any("seen by colleagues" in copy or MO.id in copy.split('"') for copy in (hers, his))


def test_a_copy_does_not_tell_a_block_from_any_other_end(client: Client, services: FakeServices) -> None:
    """BL-04, PR-12: of whoever was blocked and whose pair just ended, the copies tell the same."""
    told = []
    for ends_by_a_block in (True, False):
        world = joined(services)
        write(world)
        end = {**world.pair, **world.told, "reason": "mismatch", "by": "ada"}
        if ends_by_a_block:
            world.does("conversations.block_person", {"person_id": "ben"}, ADA)
            end |= {"reason": "blocked", "by": None}
        world.tells("matching.PairEnded", end)
        copy = [one for one in copy_of(client, "ben") if one["service"] != "gateway"]
        assert "block" not in json.dumps(copy)
        assert any(one["data"].get("kind") == "pair-ended" for one in copy)
        told.append(Counter((one["service"], one["type"], *sorted(one["data"])) for one in copy))
    assert told[0] == told[1]


@pytest.mark.parametrize("held", [True, False])
def test_an_erasure_leaves_the_other_and_the_evidence(client: Client, services: FakeServices, held: bool) -> None:
    """PR-07, PR-10, PR-11: of two, the words of the one are removed everywhere, the other reads and copies their own as
    before, and what an open case was given stays with it."""
    world = joined(services)
    message_id = write(world)
    case_id = world.held({"kind": "message", "id": message_id}, actor=ADA) if held else ""
    before = json.dumps(copy_of(client, "ada"))
    world.erases("ben")
    receipt = client.get(client.post("/v1/me/erasure", headers=token("ben")).json()["receipt"]).json()
    assert receipt["status"] == "done"
    keys = {one["service"]: one["keys_destroyed"] for one in receipt["services"]}
    assert keys["conversations"] == keys["programs"] == 1
    assert receipt["kept"] == []
    texts = [one["text"] for one in world["conversations"].ask("messages", world.pair, ADA)["items"]]
    assert sorted(texts) == [REMOVED, f"{HERS}: message"]
    after = json.dumps(copy_of(client, "ada"))
    assert all(
        before.count(f"{HERS}: {word}") == after.count(f"{HERS}: {word}") for word in ("goal", "post", "message")
    )
    if held:
        assert f"{HIS}: message" in json.dumps(world.evidence(case_id))
