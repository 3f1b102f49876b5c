"""Exports that grow: what came since, in the same folder, under the same pseudonyms (PR-15)."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.analytics.story import DAY, NEXT_DAY, message, sign_up


def _sign_up(story, people, day: str = DAY, **more: object) -> None:
    for number in people:
        name, data = sign_up(number)
        story.tell(f"roster-{number}", (name, {**data, **more}), by=f"person-{number}", day=day)


def _grow(mentorship, folder: Path, *more: object) -> dict:
    status, printed = mentorship("log", "export", "--out", folder, "--grow", folder.with_suffix(".key"), *more)
    assert status == 0, printed
    return json.loads((folder / "manifest.json").read_text())


def _rows(folder: Path) -> list[dict]:
    return [row for file in folder.rglob("*.parquet") for row in pq.ParquetFile(file).read().to_pylist()]


def test_increments_come_to_one_whole_export(mentorship, story, tmp_path) -> None:
    """After two increments there is as much of each type as in an export of all, and each thing has one name."""
    _sign_up(story, range(1, 7))
    first = _grow(mentorship, tmp_path / "growing", "--format", "parquet", "--time", "day")
    _sign_up(story, range(4, 10), day=NEXT_DAY)
    second = _grow(mentorship, tmp_path / "growing")
    third = _grow(mentorship, tmp_path / "growing")
    assert mentorship("log", "export", "--out", tmp_path / "whole", "--time", "day")[0] == 0
    whole = json.loads((tmp_path / "whole/manifest.json").read_text())
    assert (first["events"], second["events"]) == (6, 12)
    assert second["types"] == whole["types"]
    assert second["positions"] == whole["positions"]
    assert {**third, "made_at": 0} == {**second, "made_at": 0}
    rows = _rows(tmp_path / "growing")
    assert (len(rows), len({row["person_id"] for row in rows})) == (12, 9)
    assert second["files"][: len(first["files"])] == first["files"]


def test_what_was_withheld_comes_once_enough_people_share_it(mentorship, story, tmp_path) -> None:
    """PR-15: a group of four is not there; when a fifth joins, all five are, and nobody is there twice."""
    small = {"group_id": "chess", "program_id": "program-2"}
    _sign_up(story, range(1, 7))
    _sign_up(story, range(11, 15), **small)
    first = _grow(mentorship, tmp_path / "growing")
    _sign_up(story, [15], **small)
    second = _grow(mentorship, tmp_path / "growing")
    assert (first["events"], first["withheld"]["events"]) == (6, 4)
    assert (second["events"], second["withheld"]["events"]) == (11, 0)
    assert len({row["event_id"] for row in _rows(tmp_path / "growing")}) == 11


def test_two_exports_that_grow_share_no_name(mentorship, story, tmp_path) -> None:
    """PR-15: each has a key of its own, which only its owner may read and which lies in no export."""
    _sign_up(story, range(1, 7))
    people = []
    for name in ("one", "two"):
        _grow(mentorship, tmp_path / name)
        people.append({row["person_id"] for row in _rows(tmp_path / name)})
        assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600
    assert not people[0] & people[1]
    key = (tmp_path / "one.key").read_text().strip().encode()
    assert not any(key in path.read_bytes() for path in (tmp_path / "one").rglob("*.*") if path.is_file())


def test_what_a_killed_run_left_is_removed(mentorship, story, tmp_path) -> None:
    """A file that no manifest names is gone after the next increment; those it names are untouched."""
    _sign_up(story, range(1, 7))
    first = _grow(mentorship, tmp_path / "growing")
    stray = tmp_path / "growing/parquet/matching.SignedUp" / f"day={DAY}" / "part-00007.parquet"
    stray.write_bytes(b"half a file")
    _sign_up(story, range(1, 7), day=NEXT_DAY)
    second = _grow(mentorship, tmp_path / "growing")
    on_disk = {path.relative_to(tmp_path / "growing").as_posix() for path in (tmp_path / "growing").rglob("part-*")}
    assert on_disk == {file["path"] for file in second["files"]} > {file["path"] for file in first["files"]}


def test_a_first_run_killed_at_its_end_is_finished_by_the_next(mentorship, story, tmp_path) -> None:
    """What was whole and had its key, but no name yet, is named and grows."""
    _sign_up(story, range(1, 7))
    first = _grow(mentorship, tmp_path / "growing")
    (tmp_path / "growing").rename(tmp_path / "growing.partial")
    _sign_up(story, range(1, 7), day=NEXT_DAY)
    second = _grow(mentorship, tmp_path / "growing")
    assert (second["export_id"], second["events"]) == (first["export_id"], 2 * first["events"])


@pytest.mark.parametrize(
    ("key", "more", "why"),
    [
        ("other.key", (), "another export"),
        ("none.key", (), "is not there"),
        ("bad.key", (), "holds no key"),
        ("short.key", (), "holds no key"),
        ("growing/inside.key", (), "apart"),
        ("growing.key", ("--service", "matching"), "all of the services"),
        ("growing.key", ("--since-positions", "x"), "leave out"),
    ],
)
def test_an_export_grows_with_its_own_key_and_services_only(mentorship, story, tmp_path, key, more, why) -> None:
    """Anything else is refused in a sentence, and nothing changes."""
    _sign_up(story, range(1, 7))
    story.tell("couple-0", message(1))
    manifest = _grow(mentorship, tmp_path / "growing")
    (tmp_path / "other.key").write_text("ab" * 32)
    (tmp_path / "bad.key").write_text("no key")
    (tmp_path / "short.key").write_text("ab" * 31)
    status, printed = mentorship("log", "export", "--out", tmp_path / "growing", "--grow", tmp_path / key, *more)
    assert (status, why in printed) == (1, True), printed
    assert json.loads((tmp_path / "growing/manifest.json").read_text()) == manifest


def test_a_key_is_for_one_export(mentorship, story, tmp_path) -> None:
    """A new export is not begun with a key that is there already: both would share their names."""
    _sign_up(story, range(1, 7))
    _grow(mentorship, tmp_path / "growing")
    status, printed = mentorship("log", "export", "--out", tmp_path / "new", "--grow", tmp_path / "growing.key")
    assert (status, "a key of its own" in printed, (tmp_path / "new").exists()) == (1, True, False)


def test_what_was_whole_is_not_named_with_the_key_of_another(mentorship, story, tmp_path) -> None:
    """PR-15: what a killed first run left behind is finished with its own key only, and stays where it is."""
    _sign_up(story, range(1, 7))
    for name in ("one", "two"):
        _grow(mentorship, tmp_path / name)
    (tmp_path / "one").rename(tmp_path / "one.partial")
    status, printed = mentorship("log", "export", "--out", tmp_path / "one", "--grow", tmp_path / "two.key")
    assert (status, "a key of its own" in printed, (tmp_path / "one").exists()) == (1, True, False)


def test_an_export_whose_key_cannot_be_kept_is_none(mentorship, story, tmp_path) -> None:
    """An export that could never grow is not begun: the key is written before the folder gets its name."""
    _sign_up(story, range(1, 7))
    status, _ = mentorship("log", "export", "--out", tmp_path / "growing", "--grow", tmp_path / "nowhere/key")
    assert (status, (tmp_path / "growing").exists()) == (1, False)


def test_one_increment_at_a_time(mentorship, story, tmp_path) -> None:
    """While an export grows, a second run ends with a sentence and touches nothing."""
    _sign_up(story, range(1, 7))
    _grow(mentorship, tmp_path / "growing")
    with (tmp_path / "growing.key").open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        status, printed = mentorship("log", "export", "--out", tmp_path / "growing", "--grow", held.name)
    assert (status, "grows already" in printed) == (1, True)
