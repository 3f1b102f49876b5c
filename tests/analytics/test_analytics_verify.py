"""`mentorship log verify` over a store that somebody altered by hand."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import pytest
from bson import Int64, encode

from shared.analytics import verify
from shared.eventlog.chain import Link, genesis
from shared.eventlog.documents import FIELDS
from shared.eventlog.place import log_database
from shared.kernel.ids import derive
from tests.analytics.story import PRIVATE_WORD, Story, message

LOG = "conversations"


@pytest.fixture
def place(client, story) -> tuple[Any, int]:
    """The collection of the partition in which most was said, and its number."""
    story.tell_it_all()
    partition = max((0, 1), key=story.logs[LOG].head)
    assert story.logs[LOG].head(partition) >= 6
    return client[log_database(LOG)][f"log_{partition}"], partition


def event_at(collection: Any, position: int) -> str:
    return collection.find_one({"_id": position})["events"][0]["id"]


def rewrite(collection: Any, partition: int, changed: dict[int, dict[str, Any]]) -> None:
    """Make the log anew, with other commits at some positions and a chain that fits, as one who knows how would."""
    documents = list(collection.find().sort("_id", 1))
    commits = [{name: changed.get(d["_id"], d)[name] for name in d if name in FIELDS} for d in documents]
    links = list(itertools.accumulate(map(encode, commits), Link.to, initial=Link(0, genesis(LOG, partition))))[1:]
    chained = zip(links, commits, strict=True)
    collection.delete_many({})
    collection.insert_many([{"_id": Int64(link.position), **commit, "chain": link.digest} for link, commit in chained])


def test_a_sound_log_is_said_to_be_one(mentorship, place, tmp_path) -> None:
    """BR-12: exit status 0, and a line per partition with its last position and the end of its chain."""
    collection, partition = place
    last = collection.find_one(sort=[("_id", -1)])
    status, printed = mentorship("log", "verify")
    assert (status, len(printed.splitlines())) == (0, 4), printed
    assert f"{LOG}, partition {partition}: positions 1 to {last['_id']}" in printed
    assert last["chain"].hex() in printed
    heads = tmp_path / "heads.jsonl"
    assert len(mentorship("log", "verify", "--heads", heads)[1].splitlines()) == 4
    status, printed = mentorship("log", "verify", "--service", LOG, "--heads", heads)
    assert (status, len(printed.splitlines())) == (0, 2), printed


@pytest.mark.parametrize("field", ["events.0.data.commitment", "recorded_at", "actor"])
def test_one_altered_byte_names_its_event(mentorship, place, field: str) -> None:
    """BR-12: the first altered commit is named with service, partition, position and event, and not what is in it."""
    collection, partition = place
    for position in (6, 4):
        collection.update_one({"_id": position}, {"$set": {field: "sOmething"}})
    status, printed = mentorship("log", "verify")
    assert status == 1
    [line] = [line for line in printed.splitlines() if " is not " in line]
    assert line.startswith(f"{LOG}, partition {partition}: position 4 (event {event_at(collection, 4)}) is not"), line
    assert not any(word in printed for word in ("sOmething", "sealed.", PRIVATE_WORD))


def test_a_commit_that_is_gone_is_named_by_its_place(mentorship, place) -> None:
    """BR-12: a deleted commit is a position that is missing."""
    collection, partition = place
    collection.delete_one({"_id": 3})
    status, printed = mentorship("log", "verify", "--service", LOG)
    assert (status, f"partition {partition}: position 3 is missing" in printed) == (1, True), printed


def test_two_commits_that_changed_places_are_seen(mentorship, place) -> None:
    """BR-12: the first of two swapped commits is named."""
    collection, partition = place
    two, four = collection.find_one({"_id": 2}), collection.find_one({"_id": 4})
    collection.delete_many({"_id": {"$in": [2, 4]}})
    collection.insert_many([two | {"_id": Int64(4)}, four | {"_id": Int64(2)}])
    status, printed = mentorship("log", "verify")
    assert status == 1
    assert f"partition {partition}: position 2 (event {four['events'][0]['id']}) is not" in printed


def test_an_end_that_was_kept_finds_a_log_that_was_made_anew(mentorship, place, tmp_path) -> None:
    """BR-12: a tail rewritten with its chain is sound in itself, and misses the end that was kept elsewhere."""
    collection, partition = place
    heads = tmp_path / "heads.jsonl"
    assert mentorship("log", "verify", "--heads", heads)[0] == 0
    before = heads.read_text()
    last = collection.find_one(sort=[("_id", -1)])
    assert {"service": LOG, "partition": partition, "position": last["_id"], "chain": last["chain"].hex()} in [
        json.loads(line) for line in before.splitlines()
    ]
    rewrite(collection, partition, {4: collection.find_one({"_id": 4}) | {"recorded_at": "2026-03-01T10:59:00.000Z"}})

    assert mentorship("log", "verify")[0] == 0
    status, printed = mentorship("log", "verify", "--heads", heads)
    assert status == 1
    assert f"{LOG}, partition {partition}: position {last['_id']} (event" in printed
    assert heads.read_text() == before


def test_an_end_that_was_cut_off_or_a_log_that_is_gone_is_missed(mentorship, client, place, tmp_path) -> None:
    """BR-12: commits taken from the end, and whole logs taken away, are missed where their ends were kept."""
    collection, partition = place
    heads = tmp_path / "heads.jsonl"
    assert mentorship("log", "verify", "--heads", heads)[0] == 0
    last = collection.find_one(sort=[("_id", -1)])["_id"]
    collection.delete_one({"_id": last})
    client.drop_database(log_database("matching"))

    assert mentorship("log", "verify")[0] == 0
    status, printed = mentorship("log", "verify", "--heads", heads)
    assert status == 1
    assert f"{LOG}, partition {partition}: position {last} is missing" in printed
    assert "matching, partition 0: position 1 is missing" in printed


def test_ends_are_added_as_the_log_grows(mentorship, story: Story, tmp_path) -> None:
    """BR-12: each run adds the ends that are new, and all of them are looked for again."""
    heads = tmp_path / "heads.jsonl"
    for number in range(3):
        story.tell("couple-0", message(number))
        for _ in range(2):
            assert mentorship("log", "verify", "--heads", heads)[0] == 0
    assert [json.loads(line)["position"] for line in heads.read_text().splitlines()] == [1, 2, 3]
    heads.write_text(heads.read_text() + '{"service": "conv')
    assert mentorship("log", "verify", "--heads", heads)[0] == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"commitment": 7}, "does not keep the schema of conversations.MessageSent"),
        ({"text": "said in clear"}, "is not sealed in text"),
    ],
    ids=["schema", "sealed"],
)
def test_a_log_with_a_chain_is_still_read(mentorship, place, changed: dict[str, Any], said: str) -> None:
    """BR-12, PR-02: what keeps the chain but not its schema, or is not sealed, is named as well."""
    collection, partition = place
    found = collection.find_one({"_id": 2})
    found["events"][0]["data"] |= changed
    rewrite(collection, partition, {2: found})
    status, printed = mentorship("log", "verify")
    assert (status, f"position 2 (event {event_at(collection, 2)}) {said}" in printed) == (1, True), printed
    assert "in clear" not in printed


@pytest.mark.parametrize("changed", [{"type": "FromTheFuture"}, {"v": 99}], ids=["type", "version"])
def test_an_event_that_nobody_knows_is_named(mentorship, place, changed: dict[str, Any]) -> None:
    """BR-12: what is in no catalogue cannot be checked, so it is not called sound."""
    collection, partition = place
    found = collection.find_one({"_id": 2})
    found["events"][0] |= changed
    rewrite(collection, partition, {2: found})
    status, printed = mentorship("log", "verify")
    assert (status, f"position 2 (event {event_at(collection, 2)}) is of a type or version" in printed) == (1, True)


@pytest.mark.parametrize("known", [1, 1000])
def test_streams_go_on_one_by_one(mentorship, place, monkeypatch: pytest.MonkeyPatch, known: int) -> None:
    """BR-12: a commit that is not the next of its stream is named, however few streams are held in memory."""
    monkeypatch.setattr(verify, "_STREAMS_KEPT", known)
    assert mentorship("log", "verify")[0] == 0
    collection, partition = place
    last = collection.find_one({"seq": {"$gt": 1}}, sort=[("_id", -1)])
    rewrite(collection, partition, {last["_id"]: last | {"seq": last["seq"] + 1}})
    status, printed = mentorship("log", "verify")
    assert (status, f"position {last['_id']} (event" in printed, "next of its stream" in printed) == (1, True, True)


def test_two_commits_of_a_stream_that_changed_places_are_seen(mentorship, place, monkeypatch) -> None:
    """BR-12: also where the chain was made anew and neither of the two is remembered."""
    monkeypatch.setattr(verify, "_STREAMS_KEPT", 1)
    collection, partition = place
    second = collection.find_one({"seq": 2}, sort=[("_id", -1)])
    first = collection.find_one({"stream": second["stream"], "seq": 1})
    rewrite(collection, partition, {first["_id"]: second, second["_id"]: first})
    status, printed = mentorship("log", "verify")
    assert (status, f"position {first['_id']} (event" in printed, "next of its stream" in printed) == (1, True, True)


def test_an_event_of_another_command_is_named(mentorship, place) -> None:
    """BR-12: ids of events follow from their command, so that none can be slipped in."""
    collection, partition = place
    found = collection.find_one({"_id": 2})
    found["events"][0]["id"] = derive("forged", 0)
    rewrite(collection, partition, {2: found})
    status, printed = mentorship("log", "verify")
    assert (status, f"position 2 (event {derive('forged', 0)}) has" in printed) == (1, True), printed


def test_a_forgotten_person_leaves_the_chain_whole(mentorship, story: Story, place) -> None:
    """BR-12, PR-08: the chain is over sealed data, so that destroyed keys alter nothing."""
    destroyed = story.sealer._keys.destroy_owner("person-1")
    assert destroyed
    assert mentorship("log", "verify")[0] == 0


def test_a_log_is_checked_while_it_grows(mentorship, story: Story) -> None:
    """BR-12: what is appended in the middle of a check disturbs it in nothing."""
    story.tell("couple-0", message(0))
    finish = threading.Event()

    def write() -> None:
        for number in itertools.count(1):
            story.tell(f"couple-{number % 5}", message(number))
            if finish.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        checks = [mentorship("log", "verify") for _ in range(3)]
    finally:
        finish.set()
        writer.join()
    assert [status for status, _ in checks] == [0, 0, 0], checks


def test_a_check_that_was_stopped_goes_on(mentorship, story: Story, place, tmp_path, monkeypatch) -> None:
    """BR-12: what was checked is kept; resumed, only what comes behind it is read, and an altered one found."""
    collection, partition = place
    heads = tmp_path / "heads.jsonl"
    checked: list[int] = []
    original = verify._check

    def stop(commit, streams) -> None:
        if (commit.service, commit.partition, commit.position) == (LOG, partition, 4) and 4 not in checked:
            checked.append(4)
            raise KeyboardInterrupt
        original(commit, streams)

    monkeypatch.setattr(verify, "_check", stop)
    assert mentorship("log", "verify", "--service", LOG, "--heads", heads)[0] == 130
    assert {"service": LOG, "partition": partition, "position": 3} in [
        {name: line[name] for name in ("service", "partition", "position")}
        for line in map(json.loads, heads.read_text().splitlines())
    ]
    status, printed = mentorship("log", "verify", "--service", LOG, "--heads", heads, "--resume")
    assert (status, f"partition {partition}: positions 4 to" in printed) == (0, True), printed
    story.tell("couple-0", message(200))
    story.tell("couple-1", message(201))
    story.tell("couple-2", message(202))
    last = collection.find_one(sort=[("_id", -1)])["_id"]
    collection.update_one({"_id": last}, {"$set": {"actor": "sOmebody"}})
    status, printed = mentorship("log", "verify", "--service", LOG, "--heads", heads, "--resume")
    assert (status, f"position {last} (event {event_at(collection, last)}) is not" in printed) == (1, True), printed


def test_a_check_that_was_stopped_keeps_nothing_that_it_had_yet_to_doubt(
    mentorship, place, tmp_path, monkeypatch
) -> None:
    """BR-12: short of an end that was kept, a log that was made anew looks sound: nothing of it is kept."""
    collection, partition = place
    heads = tmp_path / "heads.jsonl"
    assert mentorship("log", "verify", "--heads", heads)[0] == 0
    before = heads.read_text()
    rewrite(collection, partition, {2: collection.find_one({"_id": 2}) | {"recorded_at": "2026-03-01T10:59:00.000Z"}})
    original = verify._check

    def stop(commit, streams) -> None:
        if (commit.service, commit.partition, commit.position) == (LOG, partition, 4):
            raise KeyboardInterrupt
        original(commit, streams)

    monkeypatch.setattr(verify, "_check", stop)
    assert mentorship("log", "verify", "--service", LOG, "--heads", heads)[0] == 130
    assert heads.read_text() == before


def test_resuming_misses_an_end_that_is_gone(mentorship, place, tmp_path) -> None:
    """BR-12: where a check goes on, the commit that it goes on from must be there as it was."""
    collection, partition = place
    heads = tmp_path / "heads.jsonl"
    assert mentorship("log", "verify", "--heads", heads)[0] == 0
    last = collection.find_one(sort=[("_id", -1)])["_id"]
    collection.delete_one({"_id": last})
    status, printed = mentorship("log", "verify", "--heads", heads, "--resume")
    assert (status, f"partition {partition}: position {last} is not the one" in printed) == (1, True), printed
    assert mentorship("log", "verify", "--resume")[0] == 1
