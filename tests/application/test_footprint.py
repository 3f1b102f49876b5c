"""Whose copy says what, over every event type there is."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from shared.application import footprint
from shared.application.footprint import NOT_YOURS, UNREADABLE, Footprints, entry
from shared.contracts.catalogue import EVENTS, SEALED
from shared.contracts.footprint import OPENED, PEOPLE, TRUST_SAFETY, shares
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data, Event, NewCommit, StoredEvent
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import REMOVED, Sealer
from tests.architecture.write_examples import example

THINGS = {
    "action_id",
    "appeal_id",
    "batch_id",
    "case_id",
    "comment_id",
    "couple_id",
    "erasure_id",
    "evidence_event_id",
    "export_id",
    "goal_id",
    "group_id",
    "message_id",
    "message_ids",
    "notification_id",
    "notification_ids",
    "pair_id",
    "parent_run_id",
    "post_id",
    "program_id",
    "report_id",
    "report_ids",
    "review_id",
    "run_id",
    "signup_id",
    "step_id",
    "step_ids",
    "target_id",
    "template_id",
}
SEALER = Sealer(MemoryKeys())
WORDS = "words of their own"


def told(name: str) -> tuple[Data, Data]:
    """The data of an event of this type in which everybody is another person, and who is who by field."""
    data = example(name)
    if "action" in data:
        data["action"] = "warn" if name == "trust_safety.ActionTaken" else data["action"]
    who = {field: f"person-in-{field}" for field in PEOPLE & data.keys()}
    data |= {field: [person] if field.endswith("_ids") else person for field, person in who.items()}
    return data | {field.name: f"{WORDS} {field.name}" for field in SEALED[name]}, who


def event(name: str, data: Data, actor: str = "system") -> Event:
    service, _, kind = name.partition(".")
    sealed = SEALER.seal_event(name, "e1", data)
    return Event("e1", kind, 1, sealed, service, 0, 1, 0, 1, "s", 1, "2026-03-02T09:00:00.000Z", actor, "c", None)


EVERY = [(name, field) for name in sorted(EVENTS) for field in sorted(told(name)[1])]
"""Each event type with each field that names a person in it."""


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_id_names_a_person_or_a_thing(name: str) -> None:
    """PR-12: a new field with an id says which it is, so that copies neither miss a person nor show one."""
    ids = {field for field in told(name)[0] if field == "by" or field.endswith(("_id", "_ids"))}
    assert ids <= PEOPLE | THINGS


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_word_of_ones_own_is_in_the_copy(name: str) -> None:
    """PR-12: of every event type, each field sealed for a person is opened in that person's copy, and in no other's."""
    data, who = told(name)
    for sealed in SEALED[name]:
        if sealed.owner in PEOPLE:
            copy = entry(event(name, data), who[sealed.owner], SEALER.open)
            assert copy is not None
            assert copy["data"][sealed.name] == f"{WORDS} {sealed.name}"


@pytest.mark.parametrize(("name", "field"), EVERY)
def test_no_copy_has_the_words_of_others(name: str, field: str) -> None:
    """PR-12: a sealed field in a person's copy is theirs, or was written to them, or is marked as not theirs."""
    data, who = told(name)
    copy = entry(event(name, data), who[field], SEALER.open)
    for sealed in SEALED[name] if copy else ():
        if sealed.name in copy["data"] and copy["data"][sealed.name] != NOT_YOURS:
            to_them = any(field in share.who and sealed.name in share.opens for share in shares(name))
            assert sealed.owner == field or to_them


@pytest.mark.parametrize(("name", "field"), [one for one in EVERY if one[0].startswith("trust_safety.")])
def test_copies_tell_on_nobody(name: str, field: str) -> None:
    """PR-12, TS-17: nobody's copy names who reported them, who decided, or about whom they decided."""
    data, who = told(name)
    copy = entry(event(name, data), who[field], SEALER.open)
    found = {other for other, person in who.items() if copy and person in json.dumps(copy)} - {field}
    assert found <= ({"blocked_id"} if field == "blocker_id" else set())
    assert "rationale" not in json.dumps(copy)
    if field == "blocked_id":
        assert copy is None


def test_what_is_not_listed_of_trust_and_safety_is_nobodys() -> None:
    """PR-12: of trust and safety nothing is in a copy but what is listed; what is listed exists."""
    assert {f"trust_safety.{kind}" for kind in TRUST_SAFETY} <= EVENTS.keys()
    data, who = told("trust_safety.CaseOpened")
    assert (
        entry(event("trust_safety.CaseOpened", data, actor=who["subject_id"]), who["subject_id"], SEALER.open) is None
    )


def test_what_is_opened_for_others_is_sealed() -> None:
    """PR-12: every exception to "their own words" names a field that there is."""
    for name, fields in OPENED.items():
        assert set(fields) <= {sealed.name for sealed in SEALED[name]}


def test_a_block_looks_like_any_other_end() -> None:
    """BL-04: the copy of one of a pair says that it ended, and neither why nor through whom."""
    data, who = told("matching.PairEnded")
    copies = [
        entry(event("matching.PairEnded", {**data, "reason": reason, "by": by}), who["mentee_id"], SEALER.open)
        for reason, by in (("blocked", None), ("mismatch", who["mentor_id"]))
    ]
    assert copies[0] == copies[1] is not None
    for kind in ("conversations.ConversationClosed", "programs.JourneyStopped", "conversations.BlockRequested"):
        data, who = told(kind)
        assert entry(event(kind, data), who.get("mentee_id", who.get("blocked_id", "")), SEALER.open) is None


@pytest.mark.parametrize("name", sorted(name for name in EVENTS if "review_id" in told(name)[0]))
def test_a_review_looks_like_any_other_pause(name: str) -> None:
    """BL-04, TS-22: no copy of one of a pair says that a report had it held."""
    data, who = told(name)
    for field in ("mentor_id", "mentee_id"):
        copy = entry(event(name, data), who[field], SEALER.open) if field in who else None
        assert copy is None or not {"review_id", "reason"} & copy["data"].keys()


def test_lists_about_many_show_only_what_is_about_the_person() -> None:
    """PR-12: who ran a recommendation gets no list of others in their copy."""
    pairs = [{"mentor_id": "ada", "mentee_id": "ben", "score": 1}, {"mentor_id": "cy", "mentee_id": "di", "score": 2}]
    data = {**told("matching.RecommendationsProposed")[0], "pairs": pairs}
    copy = entry(event("matching.RecommendationsProposed", data, actor="ada"), "ada", SEALER.open)
    assert copy is not None
    assert copy["data"]["pairs"] == pairs[:1]
    assert copy["data"]["detail"] == NOT_YOURS


def test_destroyed_and_damaged_words_are_marked() -> None:
    """PR-12: what cannot be opened any more says why, and holds up nothing."""
    keys = MemoryKeys()
    sealer = Sealer(keys)
    data, who = told("conversations.MessageSent")
    sealed = sealer.seal_event("conversations.MessageSent", "e1", data)
    here = event("conversations.MessageSent", data)
    moved = Event(**{**{name: getattr(here, name) for name in Event.__slots__}, "data": sealed, "id": "e2"})
    copy = entry(moved, who["sender_id"], sealer.open)
    assert copy is not None and copy["data"]["text"] == UNREADABLE
    keys.destroy_owner(who["sender_id"])
    copy = entry(moved, who["sender_id"], sealer.open)
    assert copy is not None and copy["data"]["text"] == REMOVED


def log_with(people: list[str], partitions: int = 2) -> MemoryEventLog:
    log = MemoryEventLog("notifications", partitions)
    for n, person in enumerate(people):
        read = StoredEvent(f"e{n}", "NotificationRead", 1, {"person_id": person, "notification_ids": [str(n)]})
        now = "2026-03-02T09:00:00.000Z"
        log.append(NewCommit(f"inbox-{n}", 0, (read,), f"c{n}", f"c{n}", None, person, now))
    return log


def pages(footprints: Footprints, person: str) -> list[list[Data]]:
    found, place = [], None
    while True:
        page = json.loads(json.dumps(footprints.page(person, place)))
        found.append(page["items"])
        place = page["next"]
        if place is None:
            return found


@pytest.mark.parametrize(("commits", "size"), [(3, 10**6), (1000, 1)])
def test_pages_together_are_the_whole_copy(monkeypatch: pytest.MonkeyPatch, commits: int, size: int) -> None:
    """PR-12: over all partitions, however long or short pages are, each of the person's entries comes once."""
    monkeypatch.setattr(footprint, "_COMMITS", commits)
    monkeypatch.setattr(footprint, "_BYTES", size)
    log = log_with(["ada", "ben"] * 20)
    found = pages(Footprints(log, SEALER.open), "ada")
    items = [item for page in found for item in page]
    assert sorted(item["id"] for item in items) == sorted(f"e{n}" for n in range(0, 40, 2))
    assert len(found) > 10
    assert pages(Footprints(MemoryEventLog("notifications", 3), SEALER.open), "ada") == [[], [], []]


def test_one_page_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """PR-12: many copies at once cannot take a service's workers; who waits too long is told to come again."""
    monkeypatch.setattr(footprint, "_TURN_WITHIN", 0.05)
    footprints = Footprints(log_with(["ada"]), SEALER.open)
    reading, go_on = threading.Event(), threading.Event()
    inner = footprints._read

    def slow(*place: Any) -> Any:
        reading.set()
        go_on.wait(40)
        return inner(*place)

    monkeypatch.setattr(footprints, "_read", slow)
    first = threading.Thread(target=footprints.page, args=("ada", None))
    first.start()
    assert reading.wait(40)
    with pytest.raises(Unavailable):
        footprints.page("ben", None)
    go_on.set()
    first.join()
    assert footprints.page("ben", None)["items"] == []


@pytest.mark.parametrize("kind", ["AgeDisputed", "AgeConfirmed", "AgeReset"])
def test_what_is_decided_of_an_age_is_in_the_copy(kind: str) -> None:
    """PR-12, PR-18: the person whose age it is finds it among theirs, without the case."""
    (share,) = shares(f"trust_safety.{kind}")
    assert (share.who, share.tells("person_id"), share.tells("case_id")) == (("person_id",), True, False)


def test_whoever_is_given_reasons_has_them_in_the_copy() -> None:
    """PR-12, TS-13: also of what gives something back, such as `confirm-adult` and `reset-adult`."""
    (_, told) = shares("trust_safety.ActionTaken")
    assert {"confirm-adult", "reset-adult", "reinstate", "warn", "suspend"} <= told.when["action"]
