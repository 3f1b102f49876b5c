"""`mentorship log replay --into NAME`: scratch views, never those that services read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.analytics import replay, tables
from shared.analytics.source import heads
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Event
from shared.runtime.faults import Fault
from shared.views.changes import Change
from shared.views.parking import Parking
from shared.views.scratch import SCRATCH, Scratch
from tests.analytics.story import DAY, NEXT_DAY, PRIVATE_WORD, TABLE, Story, go_live, message, sign_up

REPLAY = ("log", "replay", "--into", "mine")


@pytest.fixture
def scratch(client: Any, own_store) -> Iterator[Any]:
    yield client[SCRATCH]
    client.drop_database(SCRATCH)


@pytest.fixture(autouse=True)
def small_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story's table in the place of the real service's."""
    from shared.analytics import replay_commands

    monkeypatch.setattr(replay_commands, "table", {"conversations": TABLE, "matching": tables.table("matching")}.get)


def documents(database: Any, prefix: str) -> dict[str, list[Any]]:
    """The views in a database by name, positions included."""
    names = sorted(name for name in database.list_collection_names() if name.startswith(prefix))
    return {name.removeprefix(prefix): list(database[name].find().sort("_id", 1)) for name in names}


def test_scratch_views_are_the_live_ones_which_stay_untouched(mentorship, client, story: Story, scratch) -> None:
    """P-25: the same documents and positions, in another database, by the operator's account; and gone on request."""
    story.tell_it_all()
    go_live(client, story)
    live = documents(client["conversations"], "view1_")
    status, printed = mentorship(*REPLAY, "--service", "conversations")
    assert (status, "messages 9, people 6" in printed) == (0, True), printed
    assert PRIVATE_WORD not in printed
    assert documents(scratch, "mine.conversations.") == live
    assert mentorship(*REPLAY, "--service", "conversations")[0] == 1
    assert mentorship(*REPLAY, "--drop")[0] == 0
    assert documents(scratch, "mine.") == {}
    assert documents(client["conversations"], "view1_") == live


def test_one_view_of_a_part_of_the_log(mentorship, story: Story, scratch) -> None:
    """P-25: from one point to another, by time or by position."""
    story.tell_it_all()
    chosen = ("--service", "conversations", "--views", "messages")
    assert mentorship(*REPLAY, *chosen, "--from", NEXT_DAY, "--to", f"{NEXT_DAY}T10:00:13Z")[0] == 0
    found = documents(scratch, "mine.conversations.")
    assert found.keys() == {"messages", "watermarks"}
    assert [one["_id"] for one in found["messages"]] == ["message-4", "message-5", "message-6"]
    assert mentorship(*REPLAY, "--drop")[0] == 0
    log = story.logs["conversations"]
    partition = max((0, 1), key=log.head)
    last = f"conversations/{partition}/{log.head(partition)}"
    assert mentorship(*REPLAY, *chosen, "--from", last, "--to", last)[0] == 0
    [commit] = log.feed(partition, log.head(partition) - 1)
    made = {event.data["message_id"] for event in commit.events if event.type == "MessageSent"}
    assert {one["_id"] for one in documents(scratch, "mine.conversations.")["messages"]} == made


def test_a_replay_that_was_stopped_goes_on_to_the_same_end(
    mentorship, client, story: Story, scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-25: Ctrl-C leaves whole batches; resumed, it ends where it was to end at first, whatever was appended since."""
    story.tell_it_all()
    go_live(client, story)
    live = documents(client["conversations"], "view1_")
    monkeypatch.setattr(replay, "_BATCH", 2)
    applied = iter(range(3))

    def stop(*_: object) -> list[Any]:
        if next(applied, None) is None:
            raise KeyboardInterrupt
        return original(*_)

    original = replay.Replay.changes
    monkeypatch.setattr(replay.Replay, "changes", stop)
    status, printed = mentorship(*REPLAY, "--service", "conversations")
    assert (status, "--resume` goes on" in printed) == (130, True), printed
    assert 0 < len(documents(scratch, "mine.conversations.")["people"]) < 6
    monkeypatch.setattr(replay.Replay, "changes", original)
    story.tell("roster-9", sign_up(9))
    story.tell("couple-0", message(100))
    assert mentorship(*REPLAY, "--resume")[0] == 0
    assert documents(scratch, "mine.conversations.") == live


def test_a_killed_replay_goes_on(mentorship, client, story: Story, scratch, own_store_url: str) -> None:
    """P-25: `kill -9` in the middle of a paced replay of a real service loses nothing and doubles nothing."""
    story.tell_it_all(messages=0)
    go_live(client, story, table=tables.table("matching"))
    live = documents(client["matching"], "view1_")
    paced = [*REPLAY, "--service", "matching", "--speed", "0.1"]
    child = subprocess.Popen(
        [sys.executable, "-m", "shared.cli", *paced], env={**os.environ, "MONGO_URL": own_store_url}
    )
    try:
        deadline = time.monotonic() + 60
        while not (begun := scratch["mine.matching.signups"].count_documents({})) and time.monotonic() < deadline:
            assert child.poll() is None
            time.sleep(0.05)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert 0 < begun < 6
    assert mentorship(*REPLAY, "--resume")[0] == 0
    found = documents(scratch, "mine.matching.")
    assert {view: found[view] for view in live if live[view]} == {view: live[view] for view in live if live[view]}


def test_what_was_left_by_a_replay_that_was_never_begun_is_not_mixed_in(mentorship, story: Story, scratch) -> None:
    """P-25: killed before it had a plan, it has nothing to go on with; its documents are gone with the next."""
    story.tell("couple-0", message(1))
    scratch["mine.conversations.messages"].insert_one({"_id": "left-over"})
    assert mentorship(*REPLAY, "--service", "conversations")[0] == 0
    assert [one["_id"] for one in documents(scratch, "mine.conversations.")["messages"]] == ["message-1"]


def test_speed_is_that_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """P-25: at 60, what was recorded within a minute takes a second; without a speed nothing waits."""
    now, naps = [100.0], []
    monkeypatch.setattr(replay.time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(replay.time, "sleep", sleep)
    log = MemoryEventLog("conversations", 1)
    story = Story({"conversations": log})
    story.tell("couple-0", message(1))
    story.tell("couple-0", message(2), day=NEXT_DAY)
    commits = log.read_stream("couple-0")
    assert [len(batch) for batch in replay.batches(commits, replay.Pace(60))] == [1, 1]
    assert sum(naps) == pytest.approx((24 * 3600 + 1) / 60)
    naps.clear()
    assert [len(batch) for batch in replay.batches(commits)] == [2]
    assert naps == []
    assert commits[0].events[0].recorded_at.startswith(DAY)


def test_an_event_that_no_view_can_be_made_of_is_named_unless_it_is_parked(client, story: Story) -> None:
    """P-25: where it is parked it is in no live view either; else nothing is left out in silence."""
    story.tell("couple-0", message(1))

    def broken(_: Event) -> list[Change]:
        raise KeyError

    table = replace(TABLE, views={"conversations.MessageSent": broken})
    work = replay.Replay(table, None, story.logs, Parking(client, "conversations"))
    [commit] = story.logs["conversations"].read_stream("couple-0")
    with pytest.raises(Fault, match=r"MessageSent fails \(KeyError\) at position 1"):
        work.changes([commit])
    client["conversations"]["parked"].insert_one({"_id": commit.events[0].id})
    assert work.changes([commit]) == []
    assert replace(work, table=TABLE).changes([commit]) == []


def test_two_replays_into_one_name_do_not_mix(client, story: Story, scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-25: the one that is overtaken ends with a sentence, and nothing is applied twice."""
    story.tell_it_all()
    monkeypatch.setattr(replay, "_BATCH", 1)
    work = replay.Replay(TABLE, None, story.logs, Parking(client, "conversations"))
    ends, one, other = heads(story.logs), *(Scratch(client, "mine", "conversations") for _ in range(2))
    with pytest.raises(Fault, match="Something else replays"):
        work.run(one, ends, replay.Pace(None), lambda _: work.run(other, ends, replay.Pace(None)))
    found = {document["_id"]: document.get("sent") for document in scratch["mine.conversations.people"].find()}
    assert found["person-1"] == 10


def test_what_a_replay_needs_is_said(mentorship, story: Story, scratch) -> None:
    """A part without a scratch name, a scratch name that was not begun, scratch views that should become live."""
    story.tell("couple-0", message(1))
    for arguments, said in (
        (("log", "replay", "--from", "3"), "--into"),
        ((*REPLAY, "--resume"), "No replay mine"),
        ((*REPLAY, "--service", "conversations", "--switch"), "never become live"),
        (REPLAY, "--service"),
    ):
        status, printed = mentorship(*arguments)
        assert (status, said in printed) == (1, True), printed
    assert documents(scratch, "mine.") == {}
