"""The whole mentorship flow over HTTP, as the demo plays it, and the log that it leaves to analysts."""

from __future__ import annotations

import json
from pathlib import Path

from shared.demo.__main__ import play
from shared.demo.story import CHAPTERS
from tests.support.system import System


def test_the_whole_flow_plays_from_sign_up_to_closing(system: System, tmp_path: Path) -> None:
    """Product flow 1 to 6: every chapter checks what it did; afterwards an analyst tails and exports the log."""
    sentences = play(system.instance, system.base_url)
    assert len(sentences) == len(CHAPTERS)

    tailed = [json.loads(line) for line in system.command("log", "tail", "--json", "--from", "1").splitlines()]
    assert {"ProgramCreated", "PairCreated", "StepCompleted", "MessageSent", "CaseClosed"} <= {
        event["type"] for event in tailed
    }
    system.command("log", "export", "--out", str(tmp_path / "export"), "--format", "both")
    manifest = json.loads((tmp_path / "export" / "manifest.json").read_text())
    assert manifest
    assert list((tmp_path / "export").rglob("*.parquet"))
    everything = b"".join(path.read_bytes() for path in (tmp_path / "export").rglob("*.jsonl"))
    assert list((tmp_path / "export").rglob("programs.StepCompleted"))
    assert everything
    assert b"sealed.1." not in everything


def test_views_rebuilt_from_zero_equal_the_live_ones(system: System) -> None:
    """I13: for every service, document by document, after everything that other tests did."""
    for service in ("programs", "matching", "conversations", "trust_safety", "notifications"):
        system.command("log", "replay", "--service", service)
