"""Tailing the logs."""

from __future__ import annotations

import itertools
import json
import threading

from shared.analytics.source import heads, opened
from shared.analytics.tail import follow
from tests.analytics.story import PRIVATE_WORD, message, sign_up


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


def test_an_empty_store_is_one_plain_sentence(mentorship, client) -> None:
    """There is nothing to tail before the system ran; looking makes no log either."""
    status, printed = mentorship("log", "tail")
    assert (status, len(printed.splitlines())) == (1, 1)
    assert "no event log" in printed
    assert "matching" not in client.list_database_names()
