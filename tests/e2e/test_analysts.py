"""Every command of analysts beside a running system, each as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from shared.analytics.source import opened
from shared.analytics.tables import table
from shared.runtime.accounts import ADMIN
from shared.runtime.local.instance import PROJECT
from shared.views.rebuild import Rebuild
from tests.e2e.conftest import Group, eventually


def test_an_export_and_its_report(group: Group, tmp_path: Path) -> None:
    """What is in the logs now becomes files and a page, while the system goes on; what few share is left out."""
    group.pair(group.program())
    folder, page = str(tmp_path / "export"), tmp_path / "report.html"
    assert "pseudonyms of this export only" in group.system.command("log", "export", "--out", folder)
    manifest = json.loads((tmp_path / "export/manifest.json").read_text())
    assert "programs.ProgramCreated" in manifest["types"]
    assert manifest["withheld"]["events"] > 0
    group.system.command("log", "report", "--from-export", folder, "--out", str(page))
    text = page.read_text()
    assert "Mentorships: a report of" in text
    assert group.id not in text


def test_what_was(group: Group) -> None:
    """`as-of` of a stream, a document and a whole program; the program as it was before it was opened, too."""
    program = group.program()
    _, _, pair = group.pair(program)

    def was(*what: str) -> Any:
        return json.loads(group.system.command("log", "as-of", *what, "--json").splitlines()[0])

    def everything_there() -> bool:
        return pair.rpartition("/")[2] in json.dumps(was("program", program))

    eventually(everything_there, "the pair is in what was")
    document = json.dumps(was("view", "programs", "programs", program))
    assert program in document
    stream = [event for event in _tailed(group) if program in event["stream"] and event["type"] == "ProgramCreated"]
    events = json.dumps(was("stream", stream[0]["stream"]))
    assert "ProgramOpened" in events
    assert "ProgramOpened" not in json.dumps(was("stream", stream[0]["stream"], "--at", stream[0]["recorded_at"]))
    assert "Soap" not in document + events


def test_a_replay_beside_the_live_views(group: Group) -> None:
    """A part at a time into scratch views, resumed, dropped; the live views stay as they are."""
    group.program()
    name = f"mine-{group.id}"
    replay = ("log", "replay", "--into", name)
    first = group.system.command(*replay, "--service", "programs", "--speed", "1000000000")
    assert "commits replayed into scratch" in first
    assert "programs: 0 commits replayed" in group.system.command(*replay, "--resume")
    assert "dropped" in group.system.command(*replay, "--drop")
    assert "nothing of that name" in group.system.command(*replay, "--drop")


def test_generations_are_compared(group: Group) -> None:
    """`views diff` of the live generation and one that was rebuilt finds them the same."""
    with opened(group.system.instance.store_url(ADMIN)) as source:
        work = Rebuild(table("notifications"), source.client, source.logs)
        try:
            work.run()

            def level() -> bool:
                for _ in work.differences():
                    pass
                try:
                    return "are the same" in group.system.command("views", "diff", "notifications")
                except subprocess.CalledProcessError:
                    return False  # the service has gone on meanwhile

            eventually(level, "both stand at the same positions", 60)
        finally:
            work.abandon()
            work.close()


def test_a_tail_follows(group: Group) -> None:
    """After what was there comes what happens now, as JSON, until it is told to end."""
    before = group.program()
    command = [sys.executable, "-m", "shared.cli", "log", "tail", "--from", "1", "--follow", "--json"]
    tail = subprocess.Popen(
        [*command, "--service", "programs", "--data", str(group.system.data)],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(group.system.environment),
        cwd=PROJECT,
    )
    try:
        assert _next_about(before, tail)["type"] == "ProgramCreated"
        assert _next_about(group.program(), tail)["type"] == "ProgramCreated"
        tail.send_signal(signal.SIGTERM)  # Ctrl-C may be ignored by whatever started these tests
        tail.communicate(timeout=60)
    finally:
        tail.kill()
        tail.communicate()


def _next_about(program: str, tail: subprocess.Popen[str]) -> dict[str, Any]:
    assert tail.stdout is not None
    return next(event for line in tail.stdout if program in (event := json.loads(line))["stream"])


def _tailed(group: Group) -> list[dict[str, Any]]:
    lines = group.system.command("log", "tail", "--json", "--from", "1", "--service", "programs").splitlines()
    return [json.loads(line) for line in lines if line]
