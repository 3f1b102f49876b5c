"""Notices follow after an act, exactly once, whatever is killed in between (TS-14)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.application import Context
from shared.kernel.ids import new_id
from tests.services.trust_safety.story import ADA, BEN, MO, acting
from tests.services.trust_safety.together import Together


def _kinds(world: Together, who: Any) -> list[str]:
    return [item["kind"] for item in world["notifications"].ask("my_notifications", {}, who)["items"]]


@pytest.mark.parametrize("views_survive", [True, False])
@pytest.mark.parametrize("victims", [("trust_safety",), ("notifications",), ("trust_safety", "notifications")])
def test_a_kill_between_the_act_and_the_notice(victims: tuple[str, ...], views_survive: bool) -> None:
    """TS-14: the act is in the log and nothing else has happened when the process dies; after the restart there is
    exactly one notice for the person, one outcome for the reporter, and one sanction."""
    world = Together()
    case_id = world.held({"kind": "pair", "id": world.pair["pair_id"]})
    act = {"case_id": case_id, **acting("suspend")}
    world["trust_safety"].app.execute("act_on_case", act, Context(MO, new_id(), new_id()))
    for victim in victims:
        world.restarts(victim, views_survive=views_survive)
    world.flow()
    world.delivers_again("notifications")
    world.flow()
    assert _kinds(world, BEN).count("statement-of-reasons") == 1
    assert _kinds(world, ADA).count("case-outcome") == 1
    assert len(world.all("trust_safety", "SanctionImposed")) == 1
    [taken], [closed] = world.all("trust_safety", "ActionTaken"), world.all("trust_safety", "CaseClosed")
    assert taken.position == closed.position
