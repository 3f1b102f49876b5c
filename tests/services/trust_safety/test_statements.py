"""Statements of reasons, word for word, in both languages; and what never stands in one (TS-17)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from services.notifications.letters import Letter, compose
from services.trust_safety.statements import LANGUAGES, catalogue
from shared.contracts.trust_safety import ACTIONS, CONCERN_NOBODY
from tests.services.trust_safety.story import ADA, BEN, CANARY, MO, Story

GOLDEN = Path(__file__).parent / "golden"
UNTIL = "2026-03-16T09:00:00Z"


def _told(story: Story) -> None:
    """Ben was reported by Ada, suspended for two weeks, and warned."""
    case_id = story.held(text=CANARY)
    story.act(case_id, "warn", close=False, message="Insults do not belong here.")
    story.clock.advance(minutes=1)
    policies = ["respect", "safety-4.2"]
    story.act(case_id, "suspend", until=UNTIL, policies=policies, message="You threatened somebody.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_statements_word_for_word(story: Story, language: str) -> None:
    """TS-17: fact, policy, scope, duration, that no machine decided, and how to object, as the golden file has them."""
    _told(story)
    found = story.ask("my_statements", {"language": language}, BEN)["items"]
    assert "\n\n".join(one["text"] for one in found) + "\n" == (GOLDEN / f"statements.{language}.txt").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_word_for_word(language: str) -> None:
    """TS-17, NO-08: the mail says that there is a decision, where to read the reasons and that one can object; not a
    word of what it is about."""
    written = datetime(2026, 3, 2, tzinfo=UTC)
    letter = Letter(
        "statement-of-reasons",
        "ben@mail.example",
        "no-reply@mentors.example",
        language,
        "n1.email@mentors.example",
        written,
        "https://mentors.example",
        None,
    )
    mail = compose(letter)
    body = mail.get_body(("plain",))
    assert body
    said = [mail["Subject"], "", *body.get_content().splitlines()]
    assert said == (GOLDEN / f"mail.{language}.txt").read_text().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_reporter_stands_in_one(story: Story, language: str) -> None:
    """TS-17: neither who reported nor what they wrote, nor the message, pair or program that was reported, nor who
    decided, in any field of what the person reads."""
    _told(story)
    said = json.dumps(story.ask("my_statements", {"language": language}, BEN), ensure_ascii=False)
    report = story.ask("my_reports", {}, ADA)["items"][0]
    names = (*(f'"{word}"' for word in ("ada", "mo", "m2", "message", "pair")), CANARY, report["report_id"])
    assert [name for name in names if name in said.replace('"message":', "")] == []
    assert all(MO.id not in one["text"].split() for one in json.loads(said)["items"])


def test_both_languages_say_the_same_things() -> None:
    """TS-17: each has every string, none empty, with the same places in it."""
    english, other = (_flat(catalogue(language)) for language in LANGUAGES)
    assert english.keys() == other.keys()
    assert {name: _places(text) for name, text in english.items()} == {n: _places(t) for n, t in other.items()}
    assert set(catalogue("en")["actions"]) == set(ACTIONS) - set(CONCERN_NOBODY)


def _flat(texts: Any, path: str = "") -> dict[str, str]:
    if not isinstance(texts, dict):
        return {path: texts or ""}
    return {name: text for key, value in texts.items() for name, text in _flat(value, f"{path}/{key}").items()}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_braces_in_a_message_are_just_braces(story: Story) -> None:
    """What a moderator writes is text, and never asks for anything."""
    case_id = story.held()
    story.act(case_id, "warn", message="{policies} {0.__class__}")
    assert "{policies} {0.__class__}" in story.ask("my_statements", {}, BEN)["items"][0]["text"]


@pytest.mark.parametrize(
    ("days", "appeal", "line"),
    [(0, "open", "You can object until 2026-08-29"), (181, "too-late", "The time to object was over on 2026-08-29")],
)
def test_it_says_until_when_one_can_object(story: Story, days: int, appeal: str, line: str) -> None:
    """TS-17, TS-19: the day that the person was told stands, and the statement says when it is over."""
    story.act(story.held(), "warn")
    story.clock.advance(days=days)
    statement = story.ask("my_statements", {}, BEN)["items"][0]
    assert statement["appeal"] == appeal
    assert line in statement["text"]
