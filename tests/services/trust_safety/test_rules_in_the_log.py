"""What no log of ours ever holds, whatever a decision says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from services.trust_safety.service import TABLE
from shared.application.application import Application, Context
from shared.application.table import no_facts
from shared.contracts.catalogue import VALIDATORS
from shared.contracts.trust_safety import ACTIONS, CONCERN_NOBODY
from shared.eventlog import EventLog
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import NewEvent
from shared.kernel.ids import new_id
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from tests.services.trust_safety.story import MO, Story

WHOLE = {
    "case_id": "c",
    "queue": "platform",
    "group_id": None,
    "action_id": "a",
    "subject_id": "ben",
    "by": "mo",
    "policies": ["respect"],
    "rationale": "three times",
    "message": "Please be kind.",
}


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.real)])
def log(request: pytest.FixtureRequest) -> Any:
    """The log in both adapters."""
    if request.param == "memory":
        yield MemoryEventLog("trust_safety", 1)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    client.drop_database(log_database("trust_safety"))
    found = MongoEventLog(client, "trust_safety", 1)
    yield found
    found.close()
    client.drop_database(log_database("trust_safety"))
    client.close()


def _appends(log: EventLog, story: Story, data: dict[str, Any]) -> None:
    """A decision that forgot its rules."""
    handler = TABLE.commands["assign_case"]
    own = {"allow": lambda *_: None, "facts": no_facts, "version": None}
    broken = replace(handler, **own, decide=lambda *_: [NewEvent("ActionTaken", data)])
    table = replace(TABLE, commands={"assign_case": broken})
    app = Application(table, log, Sealer(MemoryKeys()), story.views, story.clock)
    app.execute("assign_case", {"case_id": f"c.{new_id()}"}, Context(MO, new_id(), new_id()))


def test_no_action_is_appended_without_its_reasons(story: Story, log: EventLog) -> None:
    """TS-13: the last gate before the log refuses it, too, in both adapters; a whole one passes."""
    head = log.head(0)
    for missing, empty in product(("policies", "rationale", "message", "subject_id"), (None, "", [])):
        with pytest.raises(ValueError, match="ActionTaken does not keep its schema"):
            _appends(log, story, {**WHOLE, "action": "warn", missing: empty})
    assert log.head(0) == head
    _appends(log, story, {**WHOLE, "action": "warn"})
    assert log.head(0) == head + 1


@pytest.mark.parametrize("action", ACTIONS)
def test_the_rule_knows_every_action(action: str) -> None:
    """TS-13: only what concerns nobody goes without: a note, a dismissal, and letting a pair go on."""
    bare = {**WHOLE, "action": action, "policies": [], "message": None, "subject_id": None}
    assert (VALIDATORS["trust_safety.ActionTaken"].validate(bare) == {}) == (action in CONCERN_NOBODY)
