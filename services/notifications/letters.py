"""Writes the mails. A letter is told its kind, its language and where to go, and nothing else: it cannot name anybody,

quote anything or say which program or group it is about (NO-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_HERE = Path(__file__).parent
LANGUAGES = ("en", "ar")
_FALLBACK = "en"

_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")
"""Long lines, so that a link in a header is not broken; and nothing that a server must be asked for first."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`message_id` is without brackets; `unsubscribe_url` is absent for what cannot be switched off."""

    kind: str
    to: str
    sender: str
    locale: str | None
    message_id: str
    written_at: datetime
    public_url: str
    unsubscribe_url: str | None


def compose(letter: Letter) -> EmailMessage:
    """The mail, as text and as HTML. Raises ValueError where a header would hold a line break (NO-16)."""
    language = language_of(letter.locale)
    texts = catalogue(language)
    words = {**texts["frame"], **texts["kinds"][letter.kind], "url": letter.public_url}
    message = EmailMessage(_POLICY)
    message["Message-ID"] = _one_line(f"<{letter.message_id}>")
    message["Date"] = letter.written_at
    message["From"] = Address(texts["frame"]["sender"], addr_spec=_one_line(letter.sender))
    message["To"] = Address(addr_spec=_one_line(letter.to))
    message["Subject"] = words["subject"]
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = _one_line(f"<{letter.unsubscribe_url}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    frame = {"lang": language, "dir": texts["dir"]}
    message.set_content(_templates().get_template("mail.txt.j2").render(words))
    message.add_alternative(_templates().get_template("mail.html.j2").render({**words, **frame}), subtype="html")
    message["Content-Language"] = language  # last, since making the parts moves such headers into the first of them
    return message


def language_of(locale: str | None) -> str:
    """The language to write in: that of the locale where there is one, else English."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else _FALLBACK


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """All strings of a language: `dir`, `frame` (around every mail) and `kinds` (subject and body of each)."""
    found: dict[str, Any] = yaml.safe_load((_HERE / "texts" / f"{language}.yaml").read_text(encoding="utf-8"))
    return found


def host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def _one_line(value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise ValueError("a header may hold printable ASCII only")
    return value


@cache
def _templates() -> Environment:
    """What is not known stops the mail; what is put into HTML is escaped (NO-15)."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html.j2"]),
        keep_trailing_newline=True,
    )
