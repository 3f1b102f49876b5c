"""EV-04: every way to change what was disclosed is seen, also where conversations itself or its operator did it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey

from services.conversations.evidence import commit_to
from shared.kernel.events import Data
from tests.services.trust_safety.story import MO, PAIR, Story

IDS = ["m1", "m2", "m3", "m4"]
Change = Callable[[list[Data]], None]


def _edited(story: Story, message_id: str, text: str) -> None:
    known = story.texts[message_id]
    committed = commit_to(known["sender_id"], message_id, text)
    told = {"message_id": message_id, "sender_id": known["sender_id"], "commitment": committed["commitment"]}
    story.arrives("conversations.MessageEdited", {**PAIR, **told, "text": text})
    known["versions"].append({**committed, "text": text, "at": "2026-03-02T09:00:00.000Z"})


def _seen(story: Story, window: list[Data]) -> list[bool]:
    """What `verified` says of each message, after conversations has disclosed this window for a report on m2."""
    case_id = story.reported()
    story.disclosed(window)
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    messages = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["messages"]
    return [message["verified"] for message in messages]


def _window(story: Story, ids: list[str] = IDS) -> list[Data]:
    return [copy.deepcopy(story.texts[message_id]) for message_id in ids]


def test_what_was_said_is_proven(story: Story) -> None:
    """EV-04: the whole window, and a shorter one without a hole, with every version."""
    _edited(story, "m2", "better")
    assert _seen(story, _window(story)) == [True] * 4
    again = Story()
    assert _seen(again, _window(again, ["m2", "m3"])) == [True] * 2


def test_more_than_was_asked_for_is_not_proven(story: Story) -> None:
    """EV-03: five messages after the reported one are evidence; with a sixth the disclosure is not what it may be."""
    after = ["m5", "m6", "m7", "m8"]
    for message_id in after:
        story.writes(message_id, "ada")
    assert _seen(story, _window(story, [*IDS, *after])) == [False] * 8


def test_a_commitment_to_words_of_another_proves_nothing(story: Story) -> None:
    """EV-04: the sender whom the log names, the commitment and the disclosure have to agree, all three."""
    committed = commit_to("ada", "m5", "hm")
    told = {"message_id": "m5", "sender_id": "ben", "commitment": committed["commitment"]}
    story.arrives("conversations.MessageSent", {**PAIR, **told, "text": "hm"})
    story.texts["m5"] = {"message_id": "m5", "sender_id": "ada", "versions": [{**committed, "text": "hm"}]}
    assert _seen(story, _window(story, [*IDS, "m5"])) == [True, True, True, True, False]


def test_what_was_sent_later_is_not_proven(story: Story) -> None:
    """EV-04: a message of which nothing stood in the log when it was disclosed proves nothing by having no version."""
    case_id = story.reported()
    story.disclosed([*_window(story), {"message_id": "m5", "sender_id": "ada", "versions": []}])
    story.writes("m5", "ada")
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    messages = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["messages"]
    assert [message["verified"] for message in messages] == [True, True, True, True, False]


def _swap(items: list[Any], one: int, other: int) -> None:
    items[one], items[other] = items[other], items[one]


OF_THE_WINDOW: dict[str, Change] = {
    "a hole": lambda window: window.pop(2),  # type: ignore[dict-item,return-value]
    "another order": lambda window: _swap(window, 0, 2),
    "twice the same": lambda window: window.insert(1, copy.deepcopy(window[0])),
    "without the reported one": lambda window: window.pop(1),  # type: ignore[dict-item,return-value]
    "one that was never sent": lambda window: window.append({**copy.deepcopy(window[0]), "message_id": "made-up"}),
    "one without an id": lambda window: window[0].pop("message_id"),
}


@pytest.mark.parametrize("change", OF_THE_WINDOW)
def test_a_changed_window_proves_nothing(story: Story, change: str) -> None:
    """EV-04: also where the list of ids was changed along, so that the event agrees with itself."""
    window = _window(story)
    OF_THE_WINDOW[change](window)
    ids = [str(message.get("message_id")) for message in window]
    case_id = story.reported()
    _disclose(story, window, ids)
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    messages = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["messages"]
    assert [message["verified"] for message in messages] == [False] * len(window)


def _disclose(story: Story, window: list[Data], ids: list[str]) -> None:
    report = next(event for event in story.events() if event.type == "ReportFiled")
    names = {name: report.data[name] for name in ("case_id", "report_id", "pair_id", "reporter_id", "subject_id")}
    key = OKPKey.import_key(report.data["evidence_key"])
    sealed = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, orjson.dumps(window), key)
    data = {**names, "message_id": "m2", "message_ids": ids, "evidence": sealed}
    story.arrives("conversations.EvidenceDisclosed", data)


OF_A_MESSAGE: dict[str, Callable[[Data], object]] = {
    "author": lambda message: message.update(sender_id="ada"),
    "no author": lambda message: message.pop("sender_id"),
    "salt": lambda message: message["versions"][0].update(salt="0" * 32),
    "no salt": lambda message: message["versions"][0].update(salt=None),
    "no versions": lambda message: message.update(versions=[]),
    "first version left out": lambda message: message["versions"].pop(0),
    "last version left out": lambda message: message["versions"].pop(),
    "versions in another order": lambda message: message["versions"].reverse(),
    "a version twice": lambda message: message["versions"].append(message["versions"][0]),
    "no text": lambda message: message["versions"][0].pop("text"),
    "removed": lambda message: message["versions"][0].update(text="[removed]", salt=None),
}


@pytest.mark.parametrize("change", OF_A_MESSAGE)
def test_a_changed_message_is_not_proven(story: Story, change: str) -> None:
    """EV-04, EV-05: author, salt and every version, none left out; the messages beside it stay proven."""
    _edited(story, "m2", "better")
    window = _window(story)
    OF_A_MESSAGE[change](window[1])
    assert _seen(story, window) == [True, False, True, True]


@settings(max_examples=40)
@given(st.data())
def test_a_changed_byte_is_not_proven(data: st.DataObject) -> None:
    """EV-04: whichever byte of whichever text."""
    story = Story()
    window = _window(story)
    place = data.draw(st.integers(0, 3))
    text = window[place]["versions"][0]["text"].encode()
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.integers(0, 127).filter(lambda byte: byte != text[at]))
    window[place]["versions"][0]["text"] = (text[:at] + bytes([other]) + text[at + 1 :]).decode()
    assert _seen(story, window) == [index != place for index in range(4)]


def test_a_later_edit_and_deletion_change_nothing(story: Story) -> None:
    """EV-05: what the author does after the disclosure does not make it look altered."""
    case_id = story.reported()
    story.disclosed()
    _edited(story, "m2", "I never said that")
    story.arrives("conversations.MessageDeleted", {**PAIR, "message_id": "m2", "sender_id": "ben"})
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    messages = story.ask("evidence", {"case_id": case_id}, MO)["items"][0]["messages"]
    assert all(message["verified"] for message in messages)
