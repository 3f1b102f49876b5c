"""SE-23: no secret is in the repository, and none has a value by default."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a private JWK": re.compile(r'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"'),
    "a key of a cloud": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b"),
    "a token of a forge or registry": re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20}|pypi-[\w-]{50,}|xox[abp]-[\w-]{20,})\b"
    ),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "a password in an address": re.compile(
        r"\b(?:amqps?|mongodb(?:\+srv)?|smtps?|https?)://[^\s:/@\"'{}<>$]+:([^\s/@\"'{}<>$]{6,})@"
    ),
}
ASSIGNED = re.compile(r"(?i)(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']([^\s\"']{12,})[\"']")
MADE_UP = re.compile(r"[a-z]+(-[a-z]+)*(-\d)?")
"""Words of a language: how documents and tests write a password that is none."""

RANDOM = 4.0
"""Bits for each sign from which on a word looks as if nobody had thought of it."""


def tracked() -> list[Path]:
    """Every text of the repository as it stands, what is not yet committed included."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def found(text: str) -> Iterator[str]:
    for what, pattern in SECRETS.items():
        for match in pattern.finditer(text):
            if not (match.groups() and MADE_UP.fullmatch(match[match.lastindex or 0])):
                yield f"{what}: {match[0][:20]}…"
    for match in ASSIGNED.finditer(text):
        if randomness(match[1]) > RANDOM:
            yield f"an assigned secret: {match[0][:20]}…"


def randomness(word: str) -> float:
    counts = Counter(word)
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())


def test_the_repository_holds_no_secret() -> None:
    """SE-23: no tracked or new file holds a key, a token, or a password in an address."""
    spotted = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if path != Path(__file__):
            spotted += [f"{path.relative_to(ROOT)}: {what}" for what in found(text)]
    assert spotted == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN EC PRIVATE KEY-----",
        '{"kty": "EC", "d": "0tJf0eDVJtkIaK2RkhBZTuTqo1sSl8Bd0ZyQ1PjJr8M"}',
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "amqp://programs:kR8x2mQv91@rabbit:5672/mentorship",
        'PASSWORD = "kR8x2mQv91LpZ4w7TfB3"',
        "eyJhbGciOiJFUzI1NiJ9xyzab.eyJzdWIiOiJhbm4ifQxyzabcde.c2lnbmF0dXJlc2lnbmF0dXJl",
    ],
)
def test_the_scan_can_fail(text: str) -> None:
    """Each kind of secret is seen."""
    assert list(found(text))
