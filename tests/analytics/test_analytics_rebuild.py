"""Rebuilding views from position zero."""

from __future__ import annotations

import pytest

from shared.eventlog.mongo import connect
from shared.kernel.clock import SystemClock
from shared.views.compare import NotLevel, compare
from shared.views.generations import generations, live_generation, make_live
from shared.views.parking import Parking
from shared.views.rebuild import Rebuild, RebuildFailed, rebuild
from tests.analytics.story import TABLE, go_live, message, sign_up


def test_rebuilt_views_are_the_live_ones(client, story) -> None:
    """Replayed source by source and in other batches, every document comes out the same, byte for byte."""
    story.tell_it_all()
    go_live(client, story)
    report = rebuild(TABLE, client, story.logs)
    assert (report.generation, report.events, report.skipped) == (2, 17, 0)
    assert list(compare(client, "conversations", 1, 2)) == []
    assert generations(client, "conversations")[2] == {"messages": 9, "people": 6}
    assert live_generation(client, "conversations") == 1


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda people: people.update_one({"_id": "person-1"}, {"$inc": {"sent": 1}}), "person-1: differs in sent"),
        (lambda people: people.delete_one({"_id": "person-3"}), "person-3: only in generation 2"),
        (lambda people: people.insert_one({"_id": "person-0"}), "person-0: only in generation 1"),
        (lambda people: people.update_one({"_id": "person-2"}, {"$set": {"role": "x"}}), "person-2: differs in role"),
    ],
)
def test_a_tampered_live_view_is_reported(client, story, tamper, expected) -> None:
    """What was changed, removed or added by hand is found, and only that."""
    story.tell_it_all()
    go_live(client, story)
    tamper(client["conversations"]["view1_people"])
    rebuild(TABLE, client, story.logs)
    assert [str(found) for found in compare(client, "conversations", 1, 2)] == [f"people {expected}"]


def test_a_rebuild_compares_at_one_moment_while_the_service_goes_on(client, story) -> None:
    """Events that are applied after the rebuild are caught up before it compares."""
    story.tell_it_all()
    go_live(client, story)
    work = Rebuild(TABLE, client, story.logs)
    work.run()
    story.tell("couple-1", message(50))
    go_live(client, story)
    with pytest.raises(NotLevel):
        list(compare(client, "conversations", 1, 2))
    assert list(work.differences()) == []
    work.close()


def test_parked_and_dropped_events_are_left_out_like_in_the_live_views(client, story) -> None:
    """An event that could not be applied, and those that wait behind it, do not appear by a rebuild."""
    story.tell_it_all()

    def refuse_one(event) -> None:
        if event.data.get("message_id") == "message-3":
            raise ValueError

    go_live(client, story, refuse_one)
    parking = Parking(client, "conversations")
    first, *_ = parking.all()
    assert parking.drop(first["_id"], "ada", SystemClock())["why"] == "ValueError"
    report = rebuild(TABLE, client, story.logs)
    assert report.skipped == 1 + len(list(parking.all())) == 4
    assert list(compare(client, "conversations", 1, 2)) == []


def test_switching_makes_the_rebuilt_generation_live(client, story) -> None:
    """After a switch a worker that starts reads the rebuilt views and goes on from where they stand."""
    story.tell_it_all()
    go_live(client, story)
    work = Rebuild(TABLE, client, story.logs)
    work.run()
    work.switch()
    work.close()
    story.tell("couple-1", message(51))
    assert go_live(client, story).generation == 2
    assert client["conversations"]["view2_messages"].count_documents({}) == 10
    assert client["conversations"]["view1_messages"].count_documents({}) == 9


def test_a_switch_is_refused_when_a_parked_event_was_applied_meanwhile(client, story) -> None:
    """Otherwise that event would be in neither generation."""
    story.tell("couple-0", message(1))

    def refuse(_) -> None:
        raise ValueError

    store = go_live(client, story, refuse)
    work = Rebuild(TABLE, client, story.logs)
    work.run()
    [parked] = Parking(client, "conversations").all()
    store.unpark(parked["_id"], [])
    with pytest.raises(RebuildFailed):
        work.switch()
    work.close()
    assert live_generation(client, "conversations") == 1


def test_a_rebuild_that_was_killed_leaves_nothing_in_the_way(client, story) -> None:
    """The next rebuild begins from zero, whatever an earlier one left."""
    story.tell_it_all()
    go_live(client, story)
    client["conversations"]["view2_people"].insert_one({"_id": "left-over"})
    rebuild(TABLE, client, story.logs)
    assert list(compare(client, "conversations", 1, 2)) == []


def test_two_rebuilds_at_once_do_not_mix(client, story, own_store_url) -> None:
    """The second is told to wait."""
    story.tell("couple-0", message(1))
    go_live(client, story)
    first = Rebuild(TABLE, client, story.logs)
    first.run()
    with connect(own_store_url) as other, pytest.raises(RebuildFailed, match="Another rebuild"):
        rebuild(TABLE, other, story.logs)
    first.close()
    rebuild(TABLE, client, story.logs)


def test_old_generations_go_but_the_one_before_the_live_one_stays(client, story) -> None:
    """Workers that have not been restarted since the switch still have their views."""
    story.tell("couple-0", message(1))
    go_live(client, story)
    for generation in (2, 3):
        rebuild(TABLE, client, story.logs)
        make_live(client, "conversations", generation, generation - 1)
    rebuild(TABLE, client, story.logs)
    assert sorted(generations(client, "conversations")) == [2, 3, 4]


def test_a_view_that_fails_names_the_event(client, story) -> None:
    """The sentence says where in the log, and holds nothing of what the event says."""
    story.tell("roster-1", sign_up(1))
    go_live(client, story)

    def broken(event) -> list:
        raise KeyError(event.data["person_id"])

    from dataclasses import replace

    table = replace(TABLE, views={"matching.SignedUp": broken})
    with pytest.raises(RebuildFailed, match=r"matching.SignedUp fails \(KeyError\) at position 1") as failed:
        rebuild(table, client, story.logs)
    assert "person-1" not in str(failed.value)
