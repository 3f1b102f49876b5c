"""Tailing the logs."""

from __future__ import annotations

import argparse
import itertools
import json
import threading
import time
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from shared.analytics import tail
from shared.analytics.points import Point, point
from shared.analytics.source import heads, opened
from shared.analytics.tail import follow, of_stream
from shared.eventlog import LogUnavailable
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.clock import to_text
from shared.kernel.events import Commit, NewCommit, StoredEvent
from tests.analytics.story import DAY, NEXT_DAY, PRIVATE_WORD, Story, message, sign_up


def test_tail_shows_both_logs_in_the_order_of_time(mentorship, story) -> None:
    """Without a choice, the end of every log is shown as one sequence."""
    story.tell_it_all()
    status, printed = mentorship("log", "tail", "--from", 1)
    times = [line.split()[0] for line in printed.splitlines()]
    assert (status, len(times), times) == (0, 17, sorted(times))


def test_tail_keeps_to_service_type_stream_and_position(mentorship, story) -> None:
    """Each option narrows what is shown."""
    story.tell_it_all()
    assert len(mentorship("log", "tail", "--service", "matching", "--from", 1)[1].splitlines()) == 6
    assert len(mentorship("log", "tail", "--type", "MessageDeleted", "--from", 1)[1].splitlines()) == 1
    assert len(mentorship("log", "tail", "--stream", "couple-0")[1].splitlines()) == 5
    head = story.logs["matching"].head(0)
    last = mentorship("log", "tail", "--service", "matching", "--from", head)[1].splitlines()
    assert f"0/{head}" in last[-1] or f"0/{head}" in last[0]


def test_tail_as_json_leaves_sealed_fields_out(mentorship, story) -> None:
    """An operator sees whole envelopes, and of private words not even the ciphertext."""
    story.tell("roster-1", sign_up(1))
    _, printed = mentorship("log", "tail", "--json")
    envelope = json.loads(printed)
    assert envelope["data"]["person_id"] == "person-1"
    assert not {"name", "answers"} & envelope["data"].keys()
    assert PRIVATE_WORD not in printed
    assert "sealed." not in printed


def test_tail_shows_nothing_of_what_it_does_not_know(mentorship, story) -> None:
    """PR-02: of an event type that is not in the catalogue nobody knows what is private, so its data is not shown."""
    future = StoredEvent("event-1", "FromTheFuture", 1, {"words": PRIVATE_WORD})
    story.logs["matching"].append(NewCommit("roster-1", 0, (future,), "c", "c", None, "person-1", f"{DAY}T10:00:00Z"))
    envelope = json.loads(mentorship("log", "tail", "--json")[1])
    assert (envelope["type"], envelope["data"]) == ("FromTheFuture", {})


def test_tail_keeps_to_a_time(mentorship, story) -> None:
    """P-25: from one moment to another, both included, found without reading what lies before."""
    story.tell_it_all()
    everything = mentorship("log", "tail", "--from", 1)[1].splitlines()
    times = {
        ("--after", NEXT_DAY): lambda at: at >= NEXT_DAY,
        ("--before", f"{DAY}T10:00:03+00:00"): lambda at: at <= f"{DAY}T10:00:03.000Z",
        ("--after", f"{DAY}T12:00:07+02:00", "--before", NEXT_DAY): lambda at: f"{DAY}T10:00:07" < at < NEXT_DAY,
        ("--after", "1s"): lambda at: False,
    }
    for options, wanted in times.items():
        printed = mentorship("log", "tail", "--from", 1, *options)[1].splitlines()
        assert printed == [line for line in everything if wanted(line.split()[0])], options
    assert len(mentorship("log", "tail", "--stream", "couple-0", "--after", NEXT_DAY)[1].splitlines()) == 3
    assert mentorship("log", "tail", "--follow", "--before", NEXT_DAY)[0] == 1


def test_a_line_of_json_is_one_line_whatever_is_in_it(mentorship, story) -> None:
    """P-25: no sign that some reader takes for the end of a line, or a terminal for an order, is written as itself."""
    signs = [chr(code) for code in range(0x3000) if unicodedata.category(chr(code)) in {"Cc", "Zl", "Zp"}]
    stream = "couple-" + "".join(sign for sign in signs if sign != "\x00")
    story.tell(stream, message(1))
    _, printed = mentorship("log", "tail", "--json")
    assert printed.splitlines() == printed.split("\n")[:-1]
    assert not any(sign in printed[:-1] for sign in signs)
    assert json.loads(printed)["stream"] == stream
    _, printed = mentorship("log", "tail")
    assert not any(sign in printed[:-1] for sign in signs)


def test_tail_shows_no_evidence(mentorship, story) -> None:
    """Encrypted evidence is a sign, as in every command for analysts."""
    words = {"message_ids": ["m"], "evidence": "eyJhbGciOiJFQ0RILUVTIn0..a.b.c"}
    ids = ("case_id", "report_id", "pair_id", "message_id", "reporter_id", "subject_id")
    story.tell("couple-0", ("conversations.EvidenceDisclosed", {**dict.fromkeys(ids, "some"), **words}))
    _, printed = mentorship("log", "tail", "--json")
    assert json.loads(printed)["data"]["evidence"] == "[sealed]"


def test_points_are_written_as_people_write_them(monkeypatch) -> None:
    """A position, one of a partition, a moment, how long ago; anything else is refused with an example."""
    assert point("120") == Point(position=120)
    assert point("matching/0/120") == Point(position=120, place=("matching", 0))
    assert point("2h") == Point(ago=timedelta(hours=2))
    moment = point("2026-03-01T12:00+02:00").moment
    assert moment
    assert to_text(moment) == "2026-03-01T10:00:00.000Z"
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert point("2026-03-01T12:00").moment == datetime(2026, 3, 1, 12, tzinfo=UTC), "UTC, wherever it is written"
    monkeypatch.undo()
    time.tzset()
    for text in ("0", "-1", "matching/0", "yesterday", "2 hours"):
        with pytest.raises(argparse.ArgumentTypeError):
            point(text)


def test_following_misses_nothing_that_others_append(own_store_url, story) -> None:
    """Whoever follows from a position gets every later event once, in the order of each partition."""
    story.tell("couple-0", message(0))
    with opened(own_store_url) as source:
        after = heads(source.logs)
        writer = threading.Thread(target=lambda: [story.tell(f"couple-{n % 4}", message(n)) for n in range(1, 30)])
        writer.start()
        seen = list(itertools.islice(follow(source.logs, after), 29))
        writer.join()
    assert sorted(event.data["message_id"] for event in seen) == sorted(f"message-{n}" for n in range(1, 30))
    for partition in (0, 1):
        positions = [event.position for event in seen if event.partition == partition]
        assert positions == sorted(positions)


def test_without_a_choice_the_end_of_each_partition_is_shown(mentorship, story) -> None:
    """P-25: the last ten commits of each, not the whole log."""
    for number in range(12):
        story.tell("couple-0", message(number))
    shown = [json.loads(line)["data"]["message_id"] for line in mentorship("log", "tail", "--json")[1].splitlines()]
    assert shown == [f"message-{number}" for number in range(2, 12)]


def test_following_outlasts_a_store_that_is_away(monkeypatch) -> None:
    """P-25: it says once that it waits, and goes on where it was."""
    away = iter([True, True, False, True])

    class Sometimes(MemoryEventLog):
        def feed(self, *which: int) -> list[Commit]:
            if next(away, False):
                raise LogUnavailable("The store is away.")
            return super().feed(*which)

    monkeypatch.setattr(tail, "_PAUSE", 0)
    log, said = Sometimes("conversations"), []
    told = follow({"conversations": log}, {("conversations", 0): 0}, said.append)
    for number in (1, 2):
        Story({"conversations": log}).tell(f"couple-{number}", message(number))
        assert next(told).data["message_id"] == f"message-{number}"
    assert len(said) == 2


def test_what_is_appended_meanwhile_is_left_to_the_following(story) -> None:
    """P-25: a stream is shown up to where following goes on, so that nothing is told twice."""
    for number in range(3):
        story.tell("couple-0", message(number))
    log = story.logs["conversations"]
    place = "conversations", log.partition_of("couple-0")
    shown = of_stream({"conversations": log}, "couple-0", {place: 2})
    told = follow({"conversations": log}, {(place[0], 0): 0, (place[0], 1): 0, place: 2})
    assert [event.data["message_id"] for event in (*shown, next(told))] == ["message-0", "message-1", "message-2"]


def test_an_empty_store_is_one_plain_sentence(mentorship, client) -> None:
    """There is nothing to tail before the system ran; looking makes no log either."""
    status, printed = mentorship("log", "tail")
    assert (status, len(printed.splitlines())) == (1, 1)
    assert "no event log" in printed
    assert "matching" not in client.list_database_names()
