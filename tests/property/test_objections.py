"""The hard rules as one table: two may be paired exactly where nothing on the list speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.profile import profile
from services.matching.domain.questions import Question
from services.matching.domain.roster import Roster, Settings, Signup
from services.matching.domain.rules import Known, objection
from shared.kernel.clock import to_text
from shared.kernel.events import Data
from shared.kernel.ids import couple

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
TWO = couple("max", "mia")
HARD = Question("kind", "choice", size=3, use="hard")
MORNING = [{"weekday": 2, "from": "09:00", "to": "12:00"}]
NOON = [{"weekday": 2, "from": "11:00", "to": "15:00"}]


def _of(who: str, **change: Any) -> Callable[[Data], None]:
    return lambda world: world["signups"][who].update(change)


def _says(who: str, **answers: Any) -> Callable[[Data], None]:
    return lambda world: world["answers"][who].update(answers)


def _with(name: str, value: Any) -> Callable[[Data], None]:
    return lambda world: world.update({name: value})


def _ended(days: int) -> str:
    return to_text(NOW - timedelta(days=days))


AGAINST: dict[str, tuple[Callable[[Data], None], set[str]]] = {
    "one withdrew": (_of("max", status="withdrawn"), {"not-signed-up"}),
    "one rests": (_of("mia", status="paused"), {"signup-paused"}),
    "one is no mentee": (_of("mia", role="mentor"), {"wrong-role"}),
    "one is no adult": (_of("max", adult=False), {"adults-only"}),
    "the mentee has a mentor": (_of("mia", current=1), {"mentee-already-paired"}),
    "the mentor is full": (_of("max", current=2), {"mentor-at-capacity"}),
    "the mentor is full elsewhere": (_with("load", {"max": 3}), {"mentor-busy-elsewhere"}),
    "one was removed": (_with("barred", {"mia"}), {"person-not-available"}),
    "one is sanctioned": (_with("standing", {"max": {"sanction": {"until": None}}}), {"person-not-available"}),
    "one's age is disputed": (_with("standing", {"mia": {"age_disputed": True}}), {"person-not-available"}),
    "one is under review": (_with("in_review", {"max"}), {"person-not-available"}),
    "one was erased": (_with("erased", {"mia"}), {"person-not-available"}),
    "one just came out of a pair": (_with("ended_at", {"mia": _ended(6)}), {"resting-after-a-pair"}),
    "they were a pair": (_with("met", {TWO}), {"former-pair"}),
    "one blocked the other": (_with("blocked", {TWO}), {"not-to-be-paired"}),
    "they are barred here": (_with("couples", {TWO}), {"not-to-be-paired"}),
    "one wishes not to": (_says("max", do_not_pair=["mia"]), {"not-to-be-paired"}),
    "they speak no language": (_says("mia", languages=["fr"]), {"no-shared-language"}),
    "their clocks are far apart": (_says("mia", timezone="Asia/Tokyo"), {"time-zones-too-far-apart"}),
    "they are free at other times": (_says("mia", hours=NOON), {"too-few-hours-in-common"}),
    "they reply otherwise": (_says("mia", replies={"kind": 2}), {"program-rule"}),
}
HARMLESS: dict[str, Callable[[Data], None]] = {
    "a pair long over": _with("ended_at", {"mia": _ended(7)}),
    "a sanction that is over": _with("standing", {"max": {"sanction": {"until": _ended(0)}}}),
    "another couple's block": _with("blocked", {couple("max", "mel")}),
    "no hours told": _says("mia", hours=[]),
    "no reply": _says("mia", replies={}),
    "a mentor with a place left": _of("max", current=1),
    "two pairs elsewhere": _with("load", {"max": 2}),
    "somebody else's review": _with("in_review", {"mel"}),
}


def _known(world: Data) -> Known:
    rules = Settings(
        mentees_per_mentor=2, hours_apart=3, questions=(HARD,), hours_shared=2, mentees_in_all=3, rematch_rest_days=7
    )
    roster = Roster("p1", "soap", open=True, settings=rules, met=world["met"], ended_at=world["ended_at"])
    roster.barred_couples, roster.barred_people = world["couples"], world["barred"]
    roster.signups = {name: Signup(**one) for name, one in world["signups"].items()}
    profiles = {
        name: profile(name, name, said, (HARD,))
        for name, said in world["answers"].items()
        if name not in world["erased"]
    }
    facts = {"profiles": profiles, **{name: world[name] for name in ("standing", "blocked", "load", "in_review")}}
    return Known.at(NOW, roster, facts)


def _world() -> Data:
    """Two whom nothing keeps apart."""
    said = {"topics": ["lye"], "languages": ["en"], "timezone": "UTC", "hours": MORNING, "replies": {"kind": 1}}
    one = {"adult": True, "since": "", "expires_at": "", "answers": None, "status": "active", "current": 0}
    people = {"max": ("mentor", 3), "mia": ("mentee", 1)}
    return {
        "signups": {
            name: {**one, "signup_id": name, "person_id": name, "role": role, "capacity": capacity}
            for name, (role, capacity) in people.items()
        },
        "answers": {name: dict(said) for name in people},
        **{name: set() for name in ("met", "couples", "barred", "blocked", "in_review", "erased")},
        **{name: {} for name in ("standing", "load", "ended_at")},
    }


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(sorted(HARMLESS)), max_size=3), st.lists(st.sampled_from(sorted(AGAINST)), max_size=3))
def test_two_are_paired_exactly_where_nothing_is_against_it(harmless: list[str], against: list[str]) -> None:
    """P-06, P-08: what is harmless changes nothing; of what is against it, one thing is named."""
    world = _world()
    for name in harmless:
        HARMLESS[name](world)
    for name in against:
        AGAINST[name][0](world)
    refusal = objection(_known(world), "max", "mia")
    assert (refusal is not None) == bool(against)
    assert refusal is None or refusal.slug in set().union(*(AGAINST[name][1] for name in against))


def test_every_rule_alone_keeps_two_apart() -> None:
    """Each of the list, by its own name; and nobody is their own mentor."""
    for name, (change, slugs) in AGAINST.items():
        world = _world()
        change(world)
        refusal = objection(_known(world), "max", "mia")
        assert refusal is not None, name
        assert {refusal.slug} == slugs, name
    himself = objection(_known(_world()), "max", "max")
    assert himself is not None
    assert himself.slug == "self-pairing"
