"""Sanctions side by side, and what they come to."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.trust_safety.domain import standing
from shared.kernel.actor import Actor
from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Event, NewEvent, Occasion
from tests.services.trust_safety.story import BEN, CLEO, MO, Story, acting

SOON, LATER = "2026-03-05T09:00:00.000Z", "2026-03-09T09:00:00.000Z"


def test_each_action_has_its_effect(story: Story) -> None:
    """TS-15: restrict, suspend and ban reach the platform, a removal its program, a warning nothing."""
    case_id = story.held()
    story.act(case_id, "warn", close=False)
    assert [event.type for event in story.events()] == ["ActionTaken"]
    story.act(case_id, "remove-from-program", close=False)
    story.then("PersonRemoved", person_id="ben", program_id="p1")
    story.act(case_id, "restrict", close=False, until=SOON)
    story.then("PersonRestricted", person_id="ben", until=SOON, case_id=case_id)
    story.act(case_id, "suspend", close=False, until=LATER)
    story.then("PersonSuspended", person_id="ben", until=LATER)
    story.act(case_id, "ban")
    story.then("PersonSuspended", person_id="ben", until=None)
    assert story.people()["ben"]["kind"] == "suspended"


def test_a_sanction_that_is_over_is_not_imposed_again(story: Story) -> None:
    """TS-16: an order that is heard again after its sanction was lifted changes nothing."""
    case_id = story.held()
    action_id = story.act(case_id, "suspend")
    story.act(case_id, "reinstate")
    order = {"person_id": "ben", "case_id": case_id, "action_id": action_id, "action": "suspend"}
    story.given("apply_sanction", order).nothing()
    assert story.people() == {}


def test_a_timed_sanction_ends_by_itself(story: Story) -> None:
    """TS-15: it stands a second before its end and is over at its end, also when the clock was away for days."""
    story.act(story.held(), "suspend", until=SOON)
    story.later(days=3, seconds=-1).nothing()
    assert "ben" in story.people()
    story.later(seconds=1).then("SanctionLifted", why="ended").then("PersonReinstated", person_id="ben")
    assert story.people() == {}
    assert [due["command"] for due in story.views.find("due", {})] == ["destroy_evidence"]
    story.act(story.held(target={"kind": "person", "id": "ben"}), "suspend", until=LATER)
    story.later(days=20).then("PersonReinstated", person_id="ben")


def test_a_suspension_ends_the_sessions_of_before(story: Story) -> None:
    """SE-09: the gateway is told since when tokens count: from the latest suspension or ban on, also after its end, and
    for as long as a token may live; a restriction ends no session."""
    story.act(story.held(), "restrict", close=False)
    assert _ended(story) == {}
    story.act(story.held(target={"kind": "person", "id": "ben"}), "suspend", until=SOON)
    at = story.clock.now()
    assert _ended(story) == {"ben": to_text(at)}
    story.clock.advance(hours=24)
    assert _ended(story) == {"ben": to_text(at)}
    story.clock.advance(hours=2)
    assert _ended(story) == {}
    assert "ben" in story.people()


def _ended(story: Story) -> Any:
    return story.ask("sanctioned", {}, Actor("system"))["sessions_ended"]


def test_what_is_left_stands_when_the_stronger_ends(story: Story) -> None:
    """TS-16: after the suspension the restriction still stands, and everybody is told so."""
    case_id = story.held()
    story.act(case_id, "suspend", close=False, until=SOON)
    story.act(case_id, "restrict", until=LATER)
    assert [event.type for event in story.events()] == ["ActionTaken", "CaseClosed", "SanctionImposed"]
    story.later(days=3).then("PersonRestricted", person_id="ben", until=LATER)
    assert story.people()["ben"]["kind"] == "restricted"
    story.later(days=4).then("PersonReinstated", person_id="ben")


def test_reinstating_ends_what_its_own_case_did(story: Story) -> None:
    """TS-16: a reinstatement, which may follow the end of a case, leaves the sanctions of other cases."""
    first = story.held()
    story.act(first, "ban")
    second = story.held(by=MO, target={"kind": "person", "id": "ben"})
    story.act(second, "restrict")
    story.act(first, "reinstate")
    story.then("SanctionLifted", case_id=first).then("PersonRestricted", person_id="ben", case_id=second)
    story.act(second, "reinstate")
    story.then("PersonReinstated", person_id="ben")


def test_one_sanction_of_a_case_can_be_lifted(story: Story) -> None:
    """TS-16: a reinstatement that names an action ends that one, and what else the case imposed stands."""
    case_id = story.held()
    warned = story.act(case_id, "warn", close=False)
    removed = story.act(case_id, "remove-from-program", close=False)
    banned = story.act(case_id, "ban")
    for wrong in (warned, "unknown"):
        command = {"case_id": case_id, **acting("reinstate", action_id=wrong)}
        story.when("act_on_case", command, MO).refused("nothing-to-lift")
    story.when("act_on_case", {"case_id": case_id, **acting("reinstate", action_id=banned)}, MO)
    story.then("ActionTaken", lifts=banned).then("SanctionLifted", action_id=banned).then("PersonReinstated")
    assert not [event for event in story.events() if event.type == "PersonReadmitted"]
    story.act(case_id, "reinstate", action_id=removed)
    story.then("PersonReadmitted", person_id="ben", program_id="p1")


def test_only_a_reinstatement_names_what_it_lifts(story: Story) -> None:
    """TS-16: neither another action, nor one that was taken against the other side of the pair."""
    target = {"kind": "pair", "id": _pair()}
    case_id = story.held(target=target)
    story.reported(by=BEN, target=target)
    banned = story.act(case_id, "ban", close=False, subject_id="ben")
    for action, subject in (("warn", "ben"), ("reinstate", "ada")):
        command = {"case_id": case_id, **acting(action, action_id=banned, subject_id=subject)}
        story.when("act_on_case", command, MO).refused("nothing-to-lift")


def test_a_suspended_person_can_still_report(story: Story) -> None:
    """TS-03: those who are suspended, and about those who are suspended, a report is taken."""
    story.act(story.held(), "ban")
    story.when("file_report", {"target": {"kind": "pair", "id": _pair()}, "reason": "hate"}, BEN).then("ReportFiled")
    story.when("file_report", {"target": {"kind": "person", "id": "ben"}, "reason": "hate"}, CLEO).then("ReportFiled")


def _pair() -> str:
    from tests.services.trust_safety.story import PAIR_ID

    return PAIR_ID


ACTIONS = ("restrict", "suspend", "ban", "remove-from-program")
MOMENTS = ("2026-03-03T00:00:00.000Z", "2026-03-04T00:00:00.000Z", "2026-03-05T00:00:00.000Z")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("impose"),
            st.sampled_from("abcde"),
            st.sampled_from(ACTIONS),
            st.sampled_from((None, *MOMENTS)),
            st.sampled_from("pq"),
        ),
        st.tuples(st.just("lift"), st.sampled_from("abcde")),
        st.tuples(st.just("end"), st.sampled_from("abcde"), st.sampled_from(MOMENTS)),
        st.tuples(st.just("shorten"), st.sampled_from("abcde"), st.sampled_from(MOMENTS)),
    ),
    max_size=20,
)


def _decided(state: standing.Standing, step: Any) -> list[NewEvent]:
    data: dict[str, Any] = {"person_id": "ben", "action_id": step[1]}
    moment = step[2] if step[0] in {"end", "shorten"} else MOMENTS[0]
    occasion = Occasion(from_text(moment), "c")
    match step:
        case ("impose", _, action, until, program):
            command = {**data, "case_id": "c", "action": action, "until": until, "program_id": program}
            return standing.apply_sanction(state, command, occasion)
        case ("lift", _):
            return standing.lift_sanctions(state, data, occasion)
        case ("end", _, _):
            return standing.end_sanction(state, data, occasion)
        case _:
            return standing.shorten_sanction(state, {**data, "until": step[2]}, occasion)


@given(STEPS)
def test_lifting_one_leaves_every_other(steps: list[Any]) -> None:
    """TS-16: in every sequence a sanction is over only by its own end or lifting, and what others were told last is
    what the sanctions that stand come to."""
    state, told, removed = standing.Standing(), None, set[str]()
    model: dict[str, tuple[str, str | None, str]] = {}
    known: set[str] = set()
    for step in steps:
        _play(model, known, step)
        for number, event in enumerate(_decided(state, step)):
            state = standing.evolve(state, _stored(event, number))
            match event.type:
                case "PersonSuspended" | "PersonRestricted" | "PersonReinstated":
                    told = (event.type, event.data.get("until"))
                case "PersonRemoved":
                    removed.add(event.data["program_id"])
                case "PersonReadmitted":
                    removed.remove(event.data["program_id"])
                case _:
                    pass
        assert {id: (one.action, one.until) for id, one in state.sanctions.items()} == {
            id: one[:2] for id, one in model.items()
        }
        assert (told or ("PersonReinstated", None)) == _expected(model)
        assert removed == {program for action, _, program in model.values() if action == "remove-from-program"}


def _play(model: dict[str, Any], known: set[str], step: Any) -> None:
    """The same in a few words."""
    kind, id = step[0], step[1]
    if kind == "impose" and id not in known:
        known.add(id)
        model[id] = step[2:]
    elif kind == "lift":
        model.pop(id, None)
    elif kind == "end" and id in model and model[id][1] and model[id][1] <= step[2]:
        del model[id]
    elif kind == "shorten" and id in model and (model[id][1] is None or model[id][1] > step[2]):
        model[id] = (model[id][0], step[2], model[id][2])


def _expected(model: dict[str, Any]) -> tuple[str, str | None]:
    for kind, actions in (("PersonSuspended", ("suspend", "ban")), ("PersonRestricted", ("restrict",))):
        ends = [until for action, until, _ in model.values() if action in actions]
        if ends:
            return kind, None if None in ends else max(ends)
    return "PersonReinstated", None


def _stored(event: NewEvent, number: int) -> Event:
    return Event(
        str(number), event.type, 1, event.data, "trust_safety", 0, 1, 0, 1, "s", 1, MOMENTS[0], "system", "c", None
    )
