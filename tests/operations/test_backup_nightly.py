"""`mentorship backup --keep`: which copies go, and which never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.analytics.backup import nightly
from shared.analytics.backup.files import Writer

NOW = datetime(2026, 3, 31, 1, 17, tzinfo=UTC)


def made(folder: Path, days_ago: float, *, whole: bool = True) -> Path:
    found = nightly.place(folder, NOW - timedelta(days=days_ago))
    writer = Writer(found, "logs", "then")
    writer.put("programs_log/log_0", [])
    if whole:
        writer.finish()
    return found


def test_old_backups_go_and_others_stay(tmp_path: Path) -> None:
    """Past their time, or interrupted and a day old; not what is young, may still be made, or is not ours."""
    old, interrupted = made(tmp_path, 30.1), made(tmp_path, 1.1, whole=False)
    kept = {made(tmp_path, 29.9), made(tmp_path, 0.5, whole=False), tmp_path / "lost+found", tmp_path / "note"}
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "note").touch()
    assert nightly.clear(tmp_path, NOW, timedelta(days=30)) == 2
    assert not old.exists()
    assert not interrupted.exists()
    assert set(tmp_path.iterdir()) == kept
    assert nightly.clear(tmp_path, NOW, timedelta(days=30)) == 0


def test_a_folder_that_is_not_there_yet_has_nothing_to_delete(tmp_path: Path) -> None:
    """The first night."""
    assert nightly.clear(tmp_path / "none", NOW, timedelta(days=30)) == 0
