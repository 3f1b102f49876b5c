"""The whole mentorship flow over HTTP, as the demo plays it, and the log that it leaves to analysts."""

from __future__ import annotations

import json

from shared.demo.__main__ import play
from shared.demo.story import CHAPTERS
from tests.support.system import System


def test_the_whole_flow_plays_from_sign_up_to_closing(system: System) -> None:
    """Product flow 1 to 6: every chapter checks what it did; afterwards an analyst tails and exports the log."""
    _, sentences = play(system.instance, system.base_url)
    assert len(sentences) == len(CHAPTERS)

    tailed = [json.loads(line) for line in system.command("log", "tail", "--json", "--from", "1").split("\n") if line]
    assert {"ProgramCreated", "PairCreated", "StepCompleted", "MessageSent", "CaseClosed"} <= {
        event["type"] for event in tailed
    }
    [export] = (system.data / "exports").iterdir()
    assert json.loads((export / "manifest.json").read_text())
    for kind in ("parquet", "jsonl"):
        found = list((export / kind).rglob(f"*.{kind}"))
        assert found
        assert all(b"sealed.1." not in path.read_bytes() for path in found)


def test_views_rebuilt_from_zero_equal_the_live_ones(system: System) -> None:
    """I13: for every service, document by document, after everything that other tests did."""
    for service in ("programs", "matching", "conversations", "trust_safety", "notifications"):
        system.command("log", "replay", "--service", service)
