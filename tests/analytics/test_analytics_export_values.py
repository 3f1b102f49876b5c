"""What of an event's values is in an export, and who is counted behind them (PR-15)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.analytics.columns import row
from shared.analytics.export import export
from shared.analytics.pseudonyms import Pseudonyms, write_key
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.clock import SystemClock
from shared.kernel.events import NewCommit, StoredEvent
from tests.analytics.program_story import example
from tests.analytics.story import DAY, NEXT_DAY, Story, message, sign_up


@pytest.fixture
def story() -> Story:
    return Story({name: MemoryEventLog(name, 2) for name in ("matching", "conversations", "trust_safety", "gateway")})


def _exported(story: Story, folder: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The manifest, and the rows by event type."""
    manifest = export(story.logs, folder, ("jsonl",), SystemClock())
    rows = {name: [] for name in manifest["types"]}
    for file in manifest["files"]:
        rows[file["path"].split("/")[1]] += map(json.loads, (folder / file["path"]).read_text().splitlines())
    return manifest, rows


def _of(story: Story, name: str, **fields: Any) -> Any:
    """One event, told and read again."""
    story.tell("some-stream", example(name, **fields))
    [log] = [log for service, log in story.logs.items() if name.startswith(service)]
    [commit] = log.read_stream("some-stream")
    return commit.events[0]


def test_names_within_structures_are_names_of_one_export(story) -> None:
    """PR-15: in lists, in lists of objects and as keys, an id is a pseudonym; the words of schemas stay."""
    event = _of(story, "matching.PairsCreated", results=[{"mentor_id": "person-1", "person-2": ["person-3"]}])
    names = Pseudonyms()
    [found] = row(event, names)["results"]
    assert found == {"mentor_id": names.of("person-1"), names.of("person-2"): [names.of("person-3")]}


def test_no_number_is_as_good_as_a_name(story) -> None:
    """PR-15: among ids one digit of a number is left; the seed of a run, which an admin chose, is not there."""
    pairs = [{"mentor_id": "person-1", "score": 0.8731, "week": 48_213, "adult": True}]
    shown = row(_of(story, "matching.RecommendationsProposed", pairs=pairs, seed=1_907_354_812), Pseudonyms())
    [found] = shown["pairs"]
    assert (found["score"], found["week"], found["adult"]) == (0.9, 50_000, True)
    assert "1907354812" not in json.dumps(shown)


def test_numbers_of_two_streams_begin_anywhere_and_go_on_in_order(story) -> None:
    """PR-15: the number of an event in its stream tells its order, but not how long the stream is."""
    for stream in ("couple-0", "couple-1", "couple-0"):
        story.tell(stream, message(0))
    names = Pseudonyms()
    first, second = story.logs["conversations"].read_stream("couple-0")
    [other] = story.logs["conversations"].read_stream("couple-1")
    begins, follows, elsewhere = (row(one.events[0], names)["stream_seq"] for one in (first, second, other))
    assert follows == begins + 1
    assert len({begins, elsewhere, 1}) == 3


def test_the_system_is_no_person(story) -> None:
    """What services do of themselves can be told from what people do; whoever else acts has a pseudonym."""
    story.tell("some-stream", message(0), by="system")
    story.tell("some-stream", message(1), by="person-1")
    names = Pseudonyms()
    actors = [row(one.events[0], names)["actor"] for one in story.logs["conversations"].read_stream("some-stream")]
    assert actors == ["system", names.of("person-1")]


def test_a_small_program_of_a_large_group_is_withheld(story, tmp_path) -> None:
    """PR-15: it is not enough that enough people share the group."""
    for number in range(1, 11):
        program = "program-1" if number < 7 else "program-2"
        story.tell(f"roster-{number}", (sign_up(1)[0], {**sign_up(number)[1], "program_id": program}))
    manifest, rows = _exported(story, tmp_path / "out")
    assert (manifest["events"], manifest["withheld"]["events"]) == (6, 4)
    assert len({row["program_id"] for row in rows["matching.SignedUp"]}) == 1


def test_people_in_lists_are_counted_one_by_one(story, tmp_path) -> None:
    """PR-15: three people in seven different lists are three people."""
    people = ("person-1", "person-2", "person-3")
    lists = [[one for bit, one in enumerate(people) if number >> bit & 1] for number in range(1, 8)]
    for number, reporters in enumerate(lists):
        closed = example("trust_safety.CaseClosed", case_id=f"case-{number}", by="person-1", reporter_ids=reporters)
        story.tell(f"case-{number}", closed)
    assert _exported(story, tmp_path / "out")[0]["events"] == 0


def test_a_day_is_quiet_for_each_type_by_itself(story, tmp_path) -> None:
    """PR-15: one who signs up on a day on which many others write stands alone on it."""
    for number in range(1, 8):
        story.tell(f"roster-{number}", sign_up(number), day=DAY if number < 7 else NEXT_DAY)
        name, data = message(number)
        told = {**data, "sender_id": f"person-{number}", "mentor_id": f"person-{number}"}
        story.tell(f"couple-{number}", (name, told), day=NEXT_DAY)
    manifest, _ = _exported(story, tmp_path / "out")
    days = {tuple(file["path"].split("/")[1:3]) for file in manifest["files"]}
    assert days == {
        ("matching.SignedUp", f"day={DAY}"),
        ("matching.SignedUp", "day=few"),
        ("conversations.MessageSent", f"day={NEXT_DAY}"),
    }


def test_rows_are_not_in_the_order_of_the_log(story, tmp_path) -> None:
    """PR-15: where a row stands does not tell who came first (that it does by chance happens once in 10^47)."""
    for number in range(40):
        story.tell("roster-1", sign_up(number))
    manifest = export(story.logs, tmp_path / "out", ("jsonl",), SystemClock())
    [file] = manifest["files"]
    lines = (tmp_path / "out" / file["path"]).read_text().splitlines()
    seqs = [json.loads(line)["stream_seq"] for line in lines]
    assert len(seqs) == 40
    assert seqs != sorted(seqs)


def test_what_is_of_no_known_type_is_not_exported(story, tmp_path) -> None:
    """PR-15: of a type that is not in the catalogue nobody could say what is harmless."""
    for number in range(6):
        story.tell(f"roster-{number}", sign_up(number))
        future = StoredEvent(f"event-{number}", "FromTheFuture", 1, {"person_id": f"person-{number}"})
        known = f"c{number}", "c", None, f"person-{number}", f"{DAY}T10:00:00Z"
        story.logs["matching"].append(NewCommit(f"future-{number}", 0, (future,), *known))
    assert set(_exported(story, tmp_path / "out")[1]) == {"matching.SignedUp"}


def test_what_a_killed_export_left_is_in_no_other(story, tmp_path) -> None:
    """PR-15: half an export, with names of its own, does not become a part of the next one into the same place."""
    stray = tmp_path / "out.partial/jsonl/matching.SignedUp/day=few/part-00009.jsonl"
    stray.parent.mkdir(parents=True)
    stray.write_text("{}\n")
    for number in range(6):
        story.tell(f"roster-{number}", sign_up(number))
    manifest, _ = _exported(story, tmp_path / "out")
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("part-*")}
    assert there == {file["path"] for file in manifest["files"]}


def test_a_key_that_is_there_is_never_overwritten(tmp_path) -> None:
    """PR-15: of two exports that begin with one key file at once, the second fails, and the first can still grow."""
    write_key(tmp_path / "key", bytes(32))
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "key", bytes(range(32)))
    assert (tmp_path / "key").read_text() == "00" * 32 + "\n"
