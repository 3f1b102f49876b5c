"""Whatever is asked of a roster in whatever order, no place is given twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain import batches, opening, pairing, publishing, recommending, rolling, signing
from services.matching.domain.evolving import evolve
from services.matching.domain.profile import profile
from services.matching.domain.roster import Roster
from services.matching.solver import solve
from shared.contracts.catalogue import VALIDATORS
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.clock import to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, Event, Occasion
from shared.kernel.ids import couple
from shared.kernel.pairs import pair_id

PEOPLE = ["ann", "bob", "cid", "dot", "eve"]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROLLS = {"rolling": {"every_days": 1, "publish": True}, "rematch_rest_days": 0}
SAID = {"topics": ["lye"], "languages": ["en"], "timezone": "UTC"}
who = st.sampled_from(PEOPLE)
two = st.fixed_dictionaries({"mentor_id": who, "mentee_id": who, "introduce": st.booleans()})
a_pair = st.builds(
    lambda one, n: {"pair_id": pair_id("p1", one["mentor_id"], one["mentee_id"], n)}, two, st.integers(1, 2)
)


def step(decide: Any, actor: st.SearchStrategy[str], data: st.SearchStrategy[Data]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(decide), actor, data)


NOTHING = st.just({"program_id": "p1"})
ADMIN = st.just("admin")
answers = st.integers(1, 3).map(lambda capacity: {**SAID, "capacity": capacity})
STEPS = st.one_of(
    step(signing.sign_up, who, st.fixed_dictionaries(
        {"role": st.sampled_from(["mentor", "mentee"]), "adult": st.just(True), "answers": answers})),
    step(signing.change_signup, who, st.fixed_dictionaries({"answers": answers})),
    step(signing.pause_signup, who, NOTHING),
    step(signing.resume_signup, who, NOTHING),
    step(signing.withdraw_signup, who, NOTHING),
    step(signing.expire_signup, ADMIN, st.fixed_dictionaries({"person_id": who, "signup_id": st.just("any")})),
    step(signing.remove_signup, ADMIN, st.fixed_dictionaries({"person_id": who, "signup_id": st.just("any")})),
    step(signing.remove_person, ADMIN, st.fixed_dictionaries({"person_id": who, "barred": st.booleans()})),
    step(signing.readmit_person, ADMIN, st.fixed_dictionaries({"person_id": who})),
    step(pairing.create_pair, ADMIN, two),
    step(pairing.create_pair, ADMIN, two),
    step(pairing.create_pairs, ADMIN, st.fixed_dictionaries({"pairs": st.lists(two, min_size=1, max_size=6)})),
    step(recommending.recommend, ADMIN, st.just({})),
    step(publishing.publish_recommendations, ADMIN, st.fixed_dictionaries(
        {"run_id": st.just("the last"), "introduce": st.booleans()})),
    step(publishing.edit_recommendations, ADMIN, st.fixed_dictionaries(
        {"run_id": st.just("the last"), "remove": st.just([]), "add": st.lists(two, min_size=1, max_size=2)})),
    step(batches.undo_publication, ADMIN, st.just({"batch_id": "the last"})),
    step(batches.introduce_batch, ADMIN, st.just({"batch_id": "the last"})),
    step(pairing.expire_draft, ADMIN, a_pair),
    step(rolling.run_recommendations, ADMIN, NOTHING),
    step(pairing.introduce_pair, ADMIN, a_pair),
    step(pairing.end_pair, who, a_pair.map(lambda pair: {**pair, "reason": "schedule"})),
    step(pairing.pause_pair, who, a_pair),
    step(pairing.resume_pair, who, a_pair),
    step(pairing.part_couple, ADMIN, two.map(lambda one: {"couple_id": couple(one["mentor_id"], one["mentee_id"])})),
    step(opening.close_roster, ADMIN, NOTHING),
    step(opening.open_roster, ADMIN, st.integers(1, 3).map(
        lambda most: {"program_id": "p1", "group_id": "soap", "settings": {**ROLLS, "mentees_per_mentor": most}})),
    step(None, ADMIN, two.map(lambda one: {"couple_id": couple(one["mentor_id"], one["mentee_id"])})),
)  # fmt: skip


class World:
    """The roster of a program, driven by decisions as the application drives it."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.now = START
        self.seq = 0
        self.blocked: set[str] = set()
        self.batch = "none"
        self.do(opening.open_roster, "admin", {"program_id": "p1", "group_id": "soap", "settings": ROLLS})
        for name, role in zip(PEOPLE, ("mentor", "mentor", "mentee", "mentee", "mentee"), strict=True):
            self.do(signing.sign_up, name, {"role": role, "adult": True, "answers": {**SAID, "capacity": 2}})

    def do(self, decide: Any, actor: str, data: Data) -> None:
        self.seq += 1
        self.now += timedelta(hours=7)
        if decide is None:  # a block that this service knows of, and its roster does not yet
            self.blocked.add(data["couple_id"])
            return
        if data.get("run_id") == "the last":
            data = {**data, "run_id": next(reversed(self.roster.runs), "none")}
        if data.get("batch_id") == "the last":
            data = {**data, "batch_id": self.batch}
        if data.get("signup_id") == "any":
            signup = self.roster.signups.get(data["person_id"])
            data = {**data, "signup_id": signup.signup_id if signup else "none"}
        if "pair_id" in data and data["pair_id"] not in self.roster.pairs:
            return
        person = SYSTEM if actor == "admin" else Actor(actor, adult=True)
        profiles = {name: profile(name, name, SAID) for name in self.roster.signups}
        facts = {"profiles": profiles, "standing": {}, "blocked": set(self.blocked), "solve": solve}
        facts |= {"introduction": None, "introductions": {}}
        before = repr(self.roster)
        try:
            events = decide(self.roster, data, Occasion(self.now, f"command {self.seq}", person, facts))
        except Refusal:
            events = []
        assert repr(self.roster) == before, "a decision changed the state"
        for index, made in enumerate(events):
            assert not VALIDATORS[f"matching.{made.type}"].validate(made.data)
            self.take(made.type, made.data, index)

    def take(self, kind: str, data: Data, index: int) -> None:
        id = f"event {self.seq}.{index}"
        at = to_text(self.now)
        event = Event(id, kind, 1, data, "matching", 0, self.seq, index, 1, "roster-p1", self.seq, at, "x", id, None)
        self.roster = evolve(self.roster, event)
        if kind == "PairsCreated":
            self.batch = data["batch_id"]
        self.look(kind, data)

    def look(self, kind: str, data: Data) -> None:
        """After every event: who has which pairs."""
        current = [pair for pair in self.roster.pairs.values() if pair.is_current]
        for name, signup in self.roster.signups.items():
            own = [pair for pair in current if name in pair.people]
            assert signup.current == len(own)
            if signup.role == "mentee":
                assert len(own) <= 1, "a second mentor"
            if kind == "PairCreated" and name == data["mentor_id"]:
                assert len(own) <= min(signup.capacity, self.roster.settings.mentees_per_mentor), "over capacity"
        if kind in {"PairCreated", "PairIntroduced"}:
            two_people = couple(data["mentor_id"], data["mentee_id"])
            assert two_people not in self.roster.barred_couples
            assert two_people not in self.blocked
            assert self.roster.open
            assert data["mentor_id"] != data["mentee_id"]
            assert (two_people in self.roster.met) == (kind == "PairIntroduced")
            assert all(self.roster.signups[data[side]].status == "active" for side in ("mentor_id", "mentee_id"))


def settled(world: World) -> None:
    """Between commands: whoever has a pair is signed up, and no barred couple has one."""
    for pair in world.roster.pairs.values():
        if pair.is_current:
            assert all(world.roster.signups[name].stands for name in pair.people)
            assert pair.couple not in world.roster.barred_couples


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, min_size=10, max_size=60))
def test_no_sequence_of_commands_gives_a_place_twice(steps: list[Any]) -> None:
    """P-11: capacity, one mentor for a mentee, no former or barred couple, whatever is asked in whatever order."""
    world = World()
    for decide, actor, data in steps:
        world.do(decide, actor, data)
        settled(world)
