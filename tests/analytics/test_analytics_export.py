"""Exports for analysts (PR-15)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shared.analytics.columns import ENVELOPE, KNOWN_KEYS, all_columns, columns, data_columns
from shared.analytics.export import Export
from shared.contracts.catalogue import EVENTS
from tests.analytics.story import DAY, PRIVATE_WORD, message, sign_up


def _export(mentorship, folder: Path, *more: object) -> dict:
    status, printed = mentorship("log", "export", "--out", folder, *more)
    assert status == 0, printed
    return json.loads((folder / "manifest.json").read_text())


def _rows(folder: Path, name: str, form: str = "jsonl") -> list[dict]:
    files = sorted((folder / form / name).rglob(f"*.{form}"))
    if form == "jsonl":
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def test_no_sealed_field_and_no_person_leaves_the_house(mentorship, story, tmp_path) -> None:
    """Neither a private word, nor its ciphertext, nor a person's id is in any byte of an export."""
    story.tell_it_all()
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
    story.tell_it_all()
    _export(mentorship, tmp_path / "out")
    senders = {row["sender_id"] for row in _rows(tmp_path / "out", "conversations.MessageSent")}
    mentors = {row["mentor_id"] for row in _rows(tmp_path / "out", "conversations.MessageSent", "parquet")}
    people = {row["person_id"] for row in _rows(tmp_path / "out", "matching.SignedUp", "parquet")}
    assert senders == mentors
    assert len(senders) == 1
    assert senders < people
    assert len(people) == 6


def test_two_exports_share_no_name_of_anything(mentorship, story, tmp_path) -> None:
    """Ids of people, streams, events and messages of one export are nowhere in the other."""
    story.tell_it_all()
    names: list[set[str]] = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        _export(mentorship, folder, "--format", "jsonl")
        treated = [known.name for known in columns("conversations.MessageSent") if known.treatment == "pseudonym"]
        rows = _rows(folder, "conversations.MessageSent")
        names.append({row[name] for row in rows for name in treated if row[name] is not None})
    assert names[0]
    assert not names[0] & names[1]


def test_the_manifest_tells_the_truth(mentorship, story, tmp_path) -> None:
    """Positions, counts, columns and digests are those of the logs and files."""
    story.tell_it_all()
    manifest = _export(mentorship, tmp_path / "out")
    assert manifest["positions"] == {
        service: {str(p): log.head(p) for p in (0, 1)} for service, log in story.logs.items()
    }
    assert manifest["events"] == 17
    assert {name: found["events"] for name, found in manifest["types"].items()} == {
        "matching.SignedUp": 6,
        "conversations.MessageSent": 10,
        "conversations.MessageDeleted": 1,
    }
    on_disk = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("part-*")}
    assert {file["path"] for file in manifest["files"]} == on_disk
    for file in manifest["files"]:
        content = (tmp_path / "out" / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])
    for form in ("parquet", "jsonl"):
        assert sum(file["rows"] for file in manifest["files"] if file["path"].startswith(form)) == 17


def test_both_formats_hold_the_same_typed_rows_by_day(mentorship, story, tmp_path) -> None:
    """Parquet and JSON Lines agree, and a day's folder holds that day only."""
    story.tell_it_all()
    _export(mentorship, tmp_path / "out")
    as_json, as_parquet = (_rows(tmp_path / "out", "matching.SignedUp", form) for form in ("jsonl", "parquet"))
    key = lambda row: row["event_id"]  # noqa: E731
    assert sorted(as_json, key=key) == sorted(as_parquet, key=key)
    assert {type(row["capacity"]) for row in as_parquet} == {int}
    assert {row["recorded_hour"] for row in as_parquet} == {"2026-03-01T10:00Z"}
    days = {path.name for path in (tmp_path / "out/parquet/conversations.MessageSent").iterdir()}
    assert days == {"day=2026-03-01", "day=2026-03-02"}


def test_an_export_since_another_has_only_what_came_after(mentorship, story, tmp_path) -> None:
    """The positions in a manifest are where the next export begins."""
    story.tell_it_all()
    _export(mentorship, tmp_path / "one")
    story.tell("couple-7", message(7))
    manifest = _export(mentorship, tmp_path / "two", "--since-positions", tmp_path / "one/manifest.json")
    assert manifest["events"] == 1
    assert manifest["since"]["matching"] == manifest["positions"]["matching"]


def test_memory_is_bounded_by_a_number_of_rows(story, tmp_path, monkeypatch) -> None:
    """Full buffers go to disk as further parts, and nothing is lost by it."""
    from shared.analytics import export as module
    from shared.kernel.clock import SystemClock

    monkeypatch.setattr(module, "_HELD_ROWS", 3)
    story.tell_it_all()
    held = []
    job = Export(story.logs, tmp_path / "out", ("jsonl",), SystemClock())
    upto = module.heads(story.logs)
    manifest = job.run({}, upto, lambda _: held.append(sum(map(len, job._rows.values()))))
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
