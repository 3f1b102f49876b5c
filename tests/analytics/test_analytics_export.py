"""Exports for analysts (PR-15)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shared.analytics.columns import ENVELOPE, KNOWN_KEYS, all_columns, columns, data_columns
from shared.analytics.crowds import LEAST
from shared.analytics.export import FORMATS, Export
from shared.contracts.catalogue import EVENTS
from shared.contracts.footprint import PEOPLE
from shared.kernel.pairs import pair_id
from tests.analytics.story import DAY, NEXT_DAY, PRIVATE_WORD, message, sign_up

PAIRS = 3


def _export(mentorship, folder: Path, *more: object) -> dict:
    status, printed = mentorship("log", "export", "--out", folder, *more)
    assert status == 0, printed
    return json.loads((folder / "manifest.json").read_text())


def _between(pair: int, number: int, **more: object) -> tuple[str, dict]:
    """A message in one of three pairs, from the mentor."""
    mentor, mentee = f"person-{2 * pair + 1}", f"person-{2 * pair + 2}"
    name, data = message(number)
    who = {"pair_id": pair_id("program-1", mentor, mentee, 1), "mentor_id": mentor, "mentee_id": mentee}
    return name, {**data, **who, "sender_id": mentor, **more}


def _tell(story, people: int = 6, messages: int = 9) -> None:
    """Six people, three pairs, and one pair that talks on a day on which nobody else does."""
    for number in range(1, people + 1):
        story.tell(f"roster-{number}", sign_up(number), by=f"person-{number}")
    for number in range(messages):
        story.tell(
            f"couple-{number % PAIRS}", _between(number % PAIRS, number), by=f"person-{2 * (number % PAIRS) + 1}"
        )
    story.tell("couple-0", _between(0, 99), _between(0, 100), day=NEXT_DAY)


def _rows(folder: Path, name: str, form: str = "jsonl") -> list[dict]:
    files = sorted((folder / form / name).rglob(f"*.{form}"))
    if form == "jsonl":
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def test_no_sealed_field_and_no_person_leaves_the_house(mentorship, story, tmp_path) -> None:
    """PR-15: no private word, no ciphertext, no person's id and no minute is in any byte of an export."""
    _tell(story)
    _export(mentorship, tmp_path / "out")
    for file in (tmp_path / "out").rglob("*.*"):
        if file.is_dir():
            continue
        content = file.read_bytes()
        if file.suffix == ".parquet":
            content = repr(pq.ParquetFile(file).read().to_pylist()).encode()
        for word in (
            PRIVATE_WORD,
            "sealed.1",
            "person-1",
            "person-2",
            "couple-0",
            "signup-1",
            "digest-of-it",
            f"{DAY}T09:17",
        ):
            assert word.encode() not in content, (file, word)


def test_one_id_has_one_name_within_an_export(mentorship, story, tmp_path) -> None:
    """A person can be followed through services, columns and formats of one export."""
    _tell(story)
    _export(mentorship, tmp_path / "out")
    senders = {row["sender_id"] for row in _rows(tmp_path / "out", "conversations.MessageSent")}
    mentors = {row["mentor_id"] for row in _rows(tmp_path / "out", "conversations.MessageSent", "parquet")}
    people = {row["person_id"] for row in _rows(tmp_path / "out", "matching.SignedUp", "parquet")}
    assert senders == mentors
    assert len(senders) == PAIRS
    assert senders < people
    assert len(people) == 6


def test_two_exports_share_no_name_of_anything(mentorship, story, tmp_path) -> None:
    """PR-15: whatever column two exports are joined on, no value leads to fewer than five people."""
    _tell(story)
    exports = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        manifest = _export(mentorship, folder, "--format", "jsonl")
        exports.append({name: _rows(folder, name) for name in manifest["types"]})
    assert exports[0].keys() == exports[1].keys() >= {"matching.SignedUp", "conversations.MessageSent"}
    for name in exports[0]:
        for known in columns(name):
            crowds = [_crowds(rows[name], known.name) for rows in exports]
            for value in crowds[0].keys() & crowds[1].keys():
                assert known.treatment in {"kept", "hour"}, (name, known.name)
                assert min(len(crowd[value]) for crowd in crowds) >= LEAST, (name, known.name, value)


def _crowds(rows: list[dict], column: str) -> dict[str, set[str]]:
    """By each value of a column, who is behind it."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row[column] is not None:
            people = {row[field] for field in PEOPLE if row.get(field)}
            found.setdefault(json.dumps(row[column]), set()).update(people)
    return found


def test_what_few_people_share_is_not_in_an_export(mentorship, story, tmp_path) -> None:
    """PR-15: small groups, rare types, rare words and quiet days are withheld, and only their number is told."""
    _tell(story)
    small = {"group_id": "chess", "program_id": "program-2"}
    for number in range(11, 15):
        story.tell(f"roster-{number}", (sign_up(1)[0], {**sign_up(number)[1], **small}))
    story.tell("roster-7", (sign_up(7)[0], {**sign_up(7)[1], "capacity": 17}))
    gone = {field: value for field, value in _between(0, 0)[1].items() if field not in {"text", "commitment"}}
    story.tell("couple-0", ("conversations.MessageDeleted", gone))
    manifest = _export(mentorship, tmp_path / "out", "--format", "jsonl")
    assert manifest["withheld"] == {"fewer_people_than": LEAST, "events": 5}
    assert set(manifest["types"]) == {"matching.SignedUp", "conversations.MessageSent"}
    signed_up = _rows(tmp_path / "out", "matching.SignedUp")
    assert len(signed_up) == 7
    assert len({row["group_id"] for row in signed_up}) == 1
    assert {row["capacity"] for row in signed_up} == {3, None}
    days = {path.name for path in (tmp_path / "out/jsonl/conversations.MessageSent").iterdir()}
    assert days == {f"day={DAY}", "day=few"}


@pytest.mark.parametrize(("time", "shown"), [("hour", f"{DAY}T10:00Z"), ("day", DAY), ("month", DAY[:7])])
def test_times_are_as_coarse_as_asked_for(mentorship, story, tmp_path, time, shown) -> None:
    """PR-15: no moment and no folder is finer than the hour, day or month that was asked for."""
    _tell(story)
    _export(mentorship, tmp_path / "out", "--format", "jsonl", "--time", time)
    assert {row["recorded_hour"] for row in _rows(tmp_path / "out", "matching.SignedUp")} == {shown}
    assert {row["expires_at"] for row in _rows(tmp_path / "out", "matching.SignedUp")} == {shown.replace("T10", "T09")}
    assert [path.name for path in (tmp_path / "out/jsonl/matching.SignedUp").iterdir()] == [f"day={shown[:10]}"]


def test_analysts_get_no_spreadsheet() -> None:
    """PR-21: analysts get no CSV, in which a cell could be a formula."""
    assert {form for forms in FORMATS.values() for form in forms} == {"parquet", "jsonl"}


def test_the_manifest_tells_the_truth(mentorship, story, tmp_path) -> None:
    """Positions, counts, columns and digests are those of the logs and files."""
    _tell(story)
    manifest = _export(mentorship, tmp_path / "out")
    assert manifest["positions"] == {
        service: {str(p): log.head(p) for p in (0, 1)} for service, log in story.logs.items()
    }
    assert manifest["events"] == 17
    assert {name: found["events"] for name, found in manifest["types"].items()} == {
        "matching.SignedUp": 6,
        "conversations.MessageSent": 11,
    }
    on_disk = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("part-*")}
    assert {file["path"] for file in manifest["files"]} == on_disk
    for file in manifest["files"]:
        content = (tmp_path / "out" / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])
    modes = {path.stat().st_mode for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert len(modes) == 1, "whoever may read the files may read what names them"
    for form in ("parquet", "jsonl"):
        assert sum(file["rows"] for file in manifest["files"] if file["path"].startswith(form)) == 17


def test_both_formats_hold_the_same_typed_rows_by_day(mentorship, story, tmp_path) -> None:
    """Parquet and JSON Lines agree, and a day's folder holds that day only."""
    _tell(story)
    _export(mentorship, tmp_path / "out")
    as_json, as_parquet = (_rows(tmp_path / "out", "matching.SignedUp", form) for form in ("jsonl", "parquet"))
    key = lambda row: row["event_id"]  # noqa: E731
    assert sorted(as_json, key=key) == sorted(as_parquet, key=key)
    assert {type(row["capacity"]) for row in as_parquet} == {int}
    assert {row["recorded_hour"] for row in as_parquet} == {"2026-03-01T10:00Z"}
    days = {path.name for path in (tmp_path / "out/parquet/conversations.MessageSent").iterdir()}
    assert days == {"day=2026-03-01", "day=few"}


def test_an_export_since_another_has_only_what_came_after(mentorship, story, tmp_path) -> None:
    """The positions in a manifest are where the next export begins."""
    _tell(story)
    _export(mentorship, tmp_path / "one")
    for pair in range(PAIRS):
        story.tell(f"couple-{pair}", _between(pair, 7))
    manifest = _export(mentorship, tmp_path / "two", "--since-positions", tmp_path / "one/manifest.json")
    assert (manifest["events"], manifest["withheld"]["events"]) == (PAIRS, 0)
    assert manifest["since"]["matching"] == manifest["positions"]["matching"]


def test_memory_is_bounded_by_a_number_of_rows(story, tmp_path, monkeypatch) -> None:
    """Full buffers go to disk as further parts, and nothing is lost by it."""
    from shared.analytics import export as module
    from shared.kernel.clock import SystemClock

    monkeypatch.setattr(module, "_HELD_ROWS", 3)
    _tell(story)
    held = []
    job = Export(story.logs, tmp_path / "out", ("jsonl",), SystemClock())
    upto = module.heads(story.logs)
    manifest = job.run({}, upto, lambda _: held.append(sum(map(len, job._rows.values()))))
    job.publish()
    assert max(held) <= 3
    assert manifest["events"] == sum(len(_rows(tmp_path / "out", name)) for name in manifest["types"]) == 17


def test_a_folder_with_something_in_it_is_left_alone(mentorship, story, tmp_path) -> None:
    """An export never mixes with another one, nor overwrites anything."""
    story.tell("roster-1", sign_up(1))
    (tmp_path / "mine").write_text("mine")
    status, printed = mentorship("log", "export", "--out", tmp_path)
    assert (status, [path.name for path in tmp_path.iterdir()]) == (1, ["mine"])
    assert "not empty" in printed


def test_a_manifest_that_is_none_is_refused(mentorship, story, tmp_path) -> None:
    """Whatever --since-positions names is checked before anything is written."""
    story.tell("roster-1", sign_up(1))
    (tmp_path / "positions").write_text('{"positions": [1]}')
    status, _ = mentorship("log", "export", "--out", tmp_path / "out", "--since-positions", tmp_path / "positions")
    assert (status, (tmp_path / "out").exists()) == (1, False)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_type_has_safe_and_distinct_columns(name) -> None:
    """No sealed field has a column, what looks like an id is a pseudonym, and no name occurs twice."""
    names = [known.name for known in columns(name)]
    assert len(names) == len(set(names))
    declared = EVENTS[name]._declared_fields
    for known in data_columns(name):
        assert declared[known.name].metadata["class"] in {"internal", "public"}
        if known.name.endswith(("_id", "_ids")) or known.name == "by":
            assert known.treatment == "pseudonym" or known.name in {"template_id", "step_id", "step_ids"}
    assert {known.name for known in all_columns(name)} == set(declared)
    assert not {known.name for known in ENVELOPE} & KNOWN_KEYS
