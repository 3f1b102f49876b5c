"""SE-12: what people write is text, kept and given back as it was written; to every part of the system it is opaque."""

from __future__ import annotations

import pytest

from tests.services.conversations.test_couple import MENTEE, MENTOR, Story
from tests.services.conversations.test_disclosing import opened, report

CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert`1`>",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "</textarea><iframe srcdoc='<b>'>",
    "&lt;b&gt; &amp; &#x3c;i&#x3e;",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "{'$where': 'sleep(1000)'} {\"$ne\": null}",
    "'; DROP TABLE messages; --",
    "data:text/html;base64,PHNjcmlwdD4=",
    "line\r\nSet-Cookie: a=b\r\n\r\nbody",
    "**bold** _it_ `code` # head\n- list\n> quote",
    "\u202egnp.exe \u200b\u2066 zero\u200dwidth",
    "[removed]",
    '{"text": "x", "salt": "y"}',
    "  spaces and\ttabs  ",
]


@pytest.mark.parametrize("text", CORPUS)
def test_text_comes_back_as_it_was_written(text: str) -> None:
    """SE-12: messages, edits, posts, comments and evidence: nothing is stripped, escaped, rendered or looked up."""
    story = Story()
    message = {**story.pair, "message_id": story.sends(MENTOR, text)}
    assert [one["text"] for one in story.read()] == [text]
    story.given("edit_message", {**message, "text": f"again {text}"}, MENTOR)
    assert [one["text"] for one in story.read()] == [f"again {text}"]
    post = story.given("share_post", {**story.pair, "step_id": "one", "text": text}, MENTOR).answer["post_id"]
    story.given("add_comment", {**story.pair, "post_id": post, "text": text}, MENTEE)
    [found] = story.ask("posts", {**story.pair, "step_id": "one"}, MENTEE)["items"]
    assert (found["text"], found["comments"][0]["text"]) == (text, text)
    story.arrives("trust_safety.ReportFiled", report(message["message_id"]))
    [evidence] = opened(story)
    assert [version["text"] for version in evidence["versions"]] == [text, f"again {text}"]
