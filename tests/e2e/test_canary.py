"""PR-02: one word for each person and field, driven through the flow, is found nowhere it must not be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from shared.bus import topology
from shared.contracts.catalogue import SEALED, SERVICES
from shared.kernel.clock import SystemClock
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.sealing import REMOVED
from shared.privacy.wrapping import KeyFile
from shared.runtime.logs import ALLOWED
from shared.runtime.settings import Settings
from shared.views.parking import Parking
from tests.e2e import canary_places as places
from tests.e2e.canary_story import Canary, begin, everything_read, play
from tests.e2e.canary_words import BIRTH, MARK, Lookout, address, word
from tests.e2e.conftest import Group, eventually
from tests.support.system import System
from tests.support.world import until

MACHINE_MADE = {
    "trust_safety.ReportFiled.evidence_private",
    "trust_safety.ReportRepeated.evidence_private",
    "notifications.UnsubscribeSecretMade.secret",
    "matching.RecommendationsProposed.detail",
    "matching.RecommendationsEdited.detail",
}
"""Sealed fields that nobody writes words into."""


@dataclass
class Told:
    """The story once it is over: what was published meanwhile, what was heard on live streams."""

    story: Canary
    published: places.Eavesdropper
    ears: dict[str, places.Ear]


@pytest.fixture(scope="module")
def told(system: System) -> Iterator[Told]:
    if system.instance.broker() is None or system.instance.store() is None:
        pytest.skip("an outside broker or store is given")
    with (
        places.eavesdropping(system.instance) as published,
        httpx.Client(base_url=system.base_url, timeout=20) as client,
    ):
        story = begin(system, client)
        ears = {who: places.Ear(person) for who, person in story.people.items()}
        play(story)
        yield Told(story, published, ears)


def sweep(told: Told, folder: Path, lookout: Lookout) -> dict[str, list[str]]:
    """Every place with what was found there, if anything was."""
    instance = told.story.system.instance
    found: places.Found = {}
    for number, (exchange, properties, body) in enumerate(told.published.listen()):
        found[f"in flight on {exchange}, {number}"] = lookout.finds(properties) + lookout.finds(body)
    for number, body in enumerate(told.published.dead_letters()):
        found[f"dead letter {number}"] = lookout.finds(body)
    for who, ear in told.ears.items():
        found[f"live stream of {who}"] = lookout.finds(ear.heard)
    for problem in told.story.problems:
        head = repr(problem.headers).encode()
        found[f"{problem.status_code} of {problem.request.url.path}"] = lookout.finds(head + problem.content)
    found["metrics"] = lookout.finds(told.story.client.get("/metrics").content)
    for places_found in (
        places.databases(instance, lookout),
        places.files(instance, lookout),
        places.mails(instance, lookout),
        places.analysts_export(instance, folder, lookout),
    ):
        assert places_found
        found |= places_found
    return {place: words for place, words in found.items() if words}


@dataclass(frozen=True)
class Sealed:
    """A sealed field of an event of the story, opened with every key there is. `name`: `service.Type.field`."""

    name: str
    owner: str
    value: Any


def driven(told: Told) -> dict[str, Sealed]:
    """By event and field."""
    instance, story = told.story.system.instance, told.story
    everybodys = {"template_id", "step_id"}
    about = {id for name, id in story.ids.items() if name not in everybodys}
    about |= {person.id for person in story.people.values()}
    found: dict[str, Sealed] = {}
    with places.store_of(instance) as client:
        reader = places.Reader(client, instance)
        for event in places.events_of(instance):
            if about & {value for value in event.data.values() if isinstance(value, str)}:
                owners = {field.name: event.data[field.owner] for field in SEALED.get(event.name, ())}
                for field, value in reader.opened(event).items():
                    found[f"{event.id}.{field}"] = Sealed(f"{event.name}.{field}", owners[field], value)
    return found


def test_a_word_is_driven_into_every_sealed_field_of_every_event(told: Told) -> None:
    """PR-01, PR-02: what is looked for was in every personal and content field of every event type, for both people."""
    wanted = {f"{name}.{field.name}" for name, fields in SEALED.items() for field in fields}

    def look() -> dict[str, str]:
        words: dict[str, str] = {}
        for sealed in driven(told).values():
            words[sealed.name] = words.get(sealed.name, "") + json.dumps(sealed.value)
        return words

    def of_one(words: dict[str, str]) -> dict[str, list[str]]:
        own = {name: [who for who in ("may", "tom") if word(who, "") in words[name]] for name in wanted}
        return {name: who for name, who in own.items() if len(who) == 1}

    words = until(look, lambda found: wanted <= found.keys() and not of_one(found))
    assert {name for name in wanted - MACHINE_MADE if MARK not in words[name]} == set()


def test_its_readers_read_it(told: Told) -> None:
    """The words are there to be found: by the two, by the admin what is for admins, by others of the group nothing."""
    story = told.story
    by = {who: "".join(everything_read(story, who).values()) for who in ("ada", "eve", "mo")}
    fields = ("edited", "reported", "post", "comment", "goal-of-the-pair", "note", "name")
    until(
        lambda: "".join(everything_read(story, "tom").values()),
        lambda read: all(word("may", field) in read for field in fields),
    )
    for field in fields:
        assert (word("may", field) in by["ada"]) == (field == "name"), field
    assert word("may", "about") in by["ada"]
    assert word("may", "report") in story.mo.ask("GET", story.ids["case_of_tom"]).text
    assert word("may", "reported") not in by["mo"]
    assert not {who for who in ("may", "tom") if word(who, "") in by["eve"]}


def test_it_is_found_nowhere_else(told: Told, tmp_path: Path) -> None:
    """PR-02, PR-16, NO-08, SE-21: not in events, queues, dead letters, files, metrics, problems, streams, mails."""
    instance = told.story.system.instance
    eventually(lambda: [m for m in instance.mail.glob("*.eml") if address("may") in m.read_text()], "a mail")
    made = [sealed.value for sealed in driven(told).values() if sealed.name in MACHINE_MADE]
    secrets = [value["d"] if isinstance(value, dict) else value for value in made if "proposals" not in value]
    tokens = [person.token.rpartition(".")[2] for person in told.story.people.values() if person.token]
    lookout = Lookout(MARK, BIRTH, *secrets, *tokens)
    assert lookout.finds(f"it would be seen: {word('may', 'first')}".encode())
    assert len(told.story.problems) > 50
    eventually(lambda: all(b"data:" in told.ears[who].heard for who in ("may", "tom")), "live updates")
    assert any(exchange == topology.BATCHES for exchange, _, _ in told.published.listen())
    assert sweep(told, tmp_path / "export", lookout) == {}


def test_what_nobody_can_handle_is_put_aside_unread(told: Told, tmp_path: Path) -> None:
    """PR-02, BR-06: a real message that went astray is parked, or dead, as sealed as it was, and no log quotes it."""
    story, queue = told.story, topology.event_queue("notifications", 0)
    real = [
        body for exchange, _, body in told.published.listen() if b"MessageSent" in body and exchange == topology.EVENTS
    ]
    channel = told.published.channel
    channel.basic_publish("", queue, b"not a word of " + real[0])
    channel.basic_publish(topology.dead_queue("notifications"), "", real[0])
    with places.store_of(story.system.instance) as client:
        parked = client["notifications"]["parked"]
        try:
            [found] = eventually(lambda: list(parked.find({"body": {"$exists": True}})), "it is parked")
            eventually(lambda: real[0] in told.published.dead_letters(), "it is dead")
            assert sweep(told, tmp_path / "export", Lookout(MARK)) == {}
        finally:
            told.published.take_dead_letter(real[0])
            for found in parked.find({"body": {"$exists": True}}):
                Parking(client, "notifications").drop(found["_id"], "test", SystemClock())


def test_logs_are_json_of_known_fields(told: Told) -> None:
    """SE-21: every line that a process of ours has written is one JSON object with fields from the list alone."""
    odd: list[str] = []
    for file in told.story.system.instance.logs.glob("*.log"):
        for line in file.read_text().rpartition("\n")[0].splitlines():  # the last one may be on its way
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if not isinstance(entry, dict) or not entry.keys() <= ALLOWED:
                odd.append(f"{file.name}: {line}")
    assert odd == []


def test_after_an_erasure_nobody_reads_it(told: Told, tmp_path: Path) -> None:
    """PR-08, PR-09, PR-11, EV-05: no reader and no key is left of the erased; the other's words stay, and a case's."""
    story, instance, mine = told.story, told.story.system.instance, word("may", "")
    before = driven(told)
    receipt = story.may.do("POST", "/v1/me/erasure")["receipt"]
    until(lambda: story.client.get(receipt).json(), lambda found: found["status"] == "done")
    others = ("tom", "ada", "eve", "mo", "desk")
    until(lambda: "".join(everything_read(story, *others).values()), lambda read: mine not in read)
    messages = everything_read(story, "tom")["/v1/pairs/{pair_id}/messages tom"]
    assert word("tom", "edited") in messages
    assert REMOVED in messages
    assert mine not in story.tom.ask("GET", "/v1/me/export").text
    assert mine not in story.mo.ask("GET", story.ids["case_of_tom"]).text
    evidence = json.dumps(story.mo.get(f"{story.ids['case_of_may']}/evidence"))
    assert word("may", "reported") in evidence
    assert word("may", "aside") in evidence  # within five before it
    assert evidence.count(mine) == 2
    after = driven(told)
    for place, sealed in before.items():
        assert after[place].value == (REMOVED if sealed.owner == story.may.id else sealed.value), sealed.name
    with places.store_of(instance) as client:
        left = {"owner": story.may.id, "wrapped": {"$exists": True}}
        assert [name for name in SERVICES if client[f"{name}_keys"]["keys"].count_documents(left)] == []
    assert sweep(told, tmp_path / "export", Lookout(MARK, BIRTH)) == {}


def test_nothing_waits_in_a_queue_or_in_parking(system: System) -> None:
    """PR-09, I11: at rest the queues are empty and nothing is parked, whatever the other tests did."""
    instance = system.instance
    if instance.broker() is None:
        pytest.skip("an outside broker is given")

    def waiting() -> dict[str, int]:
        broker = instance.broker()
        assert broker is not None
        broker.recall()
        said = broker.ctl("list_queues", "-p", topology.VHOST, "name", "messages", "--no-table-headers", "-q")
        rows = (line.split("\t") for line in said.splitlines() if "\t" in line)
        return {name: int(count) for name, count in rows if int(count) and not name.startswith(("rpc-", "gateway."))}

    until(waiting, lambda found: not found)
    with places.store_of(instance) as client:
        parked = {name: [one["why"] for one in client[name]["parked"].find()] for name in SERVICES}
    assert {name: why for name, why in parked.items() if why} == {}


def test_no_other_service_can_open_a_message(group: Group) -> None:
    """EV-01: with every credential that its process is given, trust_safety gets no key of conversations."""
    instance = group.system.instance
    if instance.store() is None:
        pytest.skip("an outside store is given")
    mentor, _, pair = group.pair(group.program())
    mentor.post(f"{pair}/messages", {"text": "between us"})
    environment = instance.environment_for(("trust_safety",), 1, "smtp://127.0.0.1:25")
    assert [name for name in environment if "CONVERSATIONS" in name] == []
    settings = Settings.from_environment("trust_safety", environment)
    for url in (settings.mongo_url, settings.keys_mongo_url):
        with MongoClient(url) as client, pytest.raises(OperationFailure):
            client["conversations_keys"]["keys"].find_one()
    with places.store_of(instance) as everything:
        known = everything["conversations_keys"]["keys"].find_one({"wrapped": {"$exists": True}})
        assert known is not None
        for guess in ("conversations", "trust_safety"):
            stolen = MongoKeys(Registry(everything, "conversations"), KeyFile(settings.key_encryption_key_file, guess))
            with pytest.raises(ValueError, match="not what the stored keys were wrapped with"):
                stolen.for_opening(known["_id"])
