"""What mails say, and what they can never say."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from services.notifications import letters
from services.notifications.letters import LANGUAGES, Letter, catalogue, compose, language_of
from shared.contracts.notifications_api import KINDS


def _letter(kind: str = "message-received", **changes: str | None) -> Letter:
    fields = {
        "kind": kind,
        "to": "ann@mail.example",
        "sender": "no-reply@mentors.example",
        "locale": "en",
        "message_id": "n1.email@mentors.example",
        "public_url": "https://mentors.example",
        "unsubscribe_url": "https://mentors.example/v1/unsubscribe/" + "t" * 300,
        **changes,
    }
    return Letter(written_at=datetime(2026, 3, 2, tzinfo=UTC), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_renders_in_every_language(kind: str, language: str) -> None:
    """NO-15: each mail has a text part and an HTML part that says its language and direction."""
    raw = compose(_letter(kind, locale=language)).as_bytes()
    read = message_from_bytes(raw, policy=policy.SMTP)
    text = read.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = read.get_body(("html",)).get_content()  # type: ignore[union-attr]
    words = catalogue(language)["kinds"][kind]

    assert read["Subject"] == words["subject"]
    assert read["Content-Language"] == language
    assert words["body"] in text
    assert "https://mentors.example" in text
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html
    assert "{{" not in text + html
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998
    HTMLParser().feed(html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_complete(language: str) -> None:
    """NO-15: every language has exactly the same strings, none of them empty, none with a place for a name."""
    texts, english = catalogue(language), catalogue("en")
    assert texts["kinds"].keys() == set(KINDS)
    assert texts["frame"].keys() == english["frame"].keys()
    words = [*texts["frame"].values(), *(word for kind in texts["kinds"].values() for word in kind.values())]
    assert all(kind.keys() == {"subject", "body"} for kind in texts["kinds"].values())
    assert all(word.strip() for word in words)
    assert not any(mark in word for word in words for mark in "{}%<>$")


def test_missing_string_stops_the_mail() -> None:
    """NO-15: a template never renders a hole."""
    template = letters._templates().get_template("mail.txt.j2")
    with pytest.raises(UndefinedError):
        template.render(greeting="Hello", url="u", open="o", settings="s")


def test_html_is_escaped() -> None:
    """NO-15: whatever is put into HTML is escaped."""
    html = compose(_letter(public_url="https://mentors.example/?a=1&b=<i>")).get_body(("html",))
    assert html is not None
    assert "a=1&amp;b=&lt;i&gt;" in html.get_content()


def test_headers_for_machines() -> None:
    """NO-09: RFC 8058 headers in one unbroken line; none of them where a kind cannot be switched off."""
    raw = compose(_letter()).as_bytes()
    assert b"\r\nList-Unsubscribe: <https://mentors.example/v1/unsubscribe/" + b"t" * 300 + b">\r\n" in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in raw
    assert b"Message-ID: <n1.email@mentors.example>\r\n" in raw
    assert b"List-Unsubscribe" not in compose(_letter(unsubscribe_url=None)).as_bytes()


@pytest.mark.parametrize(
    ("locale", "language"), [("ar-EG", "ar"), ("AR_eg", "ar"), ("en", "en"), ("de", "en"), (None, "en"), ("", "en")]
)
def test_language_follows_the_locale(locale: str | None, language: str) -> None:
    """The language is the locale's where we have it, else English."""
    assert language_of(locale) == language


@given(
    st.sampled_from(["to", "sender", "message_id", "unsubscribe_url", "locale"]),
    st.text(max_size=20),
    st.sampled_from(["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\r\n\r\n"]),
    st.text(max_size=20),
)
def test_headers_cannot_be_injected(field: str, before: str, line_break: str, after: str) -> None:
    """NO-16: whatever stands in a letter, no header and no body comes of it."""
    letter = _letter(**{field: f"{before}{line_break}Bcc: eve@mail.example{line_break}{after}"})
    try:
        raw = compose(letter).as_bytes()
    except ValueError:
        return
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert b"eve@mail.example" not in raw
