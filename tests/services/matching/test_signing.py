"""Signing up for a program, changing one's mind, leaving."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.matching.domain.roster import Roster, Signup
from services.matching.domain.signing import expire_signup
from shared.application.application import Context
from shared.contracts import matching_api as api
from shared.kernel.clock import to_text
from shared.kernel.errors import Invalid, Stale
from shared.kernel.events import Occasion
from shared.testing.scenario import Scenario, person
from tests.services.matching.story import (
    ADMIN,
    OUTLINE,
    PLACE,
    PROGRAM,
    SETTINGS,
    STRANGER,
    Story,
    answers,
    couple_of_two,
)

MIA = person("mia")
SIGN_UP = {**PROGRAM, "role": "mentee", "adult": True, "answers": answers()}


def test_a_member_signs_up_and_what_they_say_is_sealed() -> None:
    """P-04: the event has the role in clear, and neither name nor answers."""
    story = Story().when("sign_up", {**SIGN_UP, "answers": answers(goal="my first loaf of soap")}, MIA)
    story.then("SignedUp", role="mentee", capacity=1, adult=True, person_id="mia")
    event = story.events()[0]
    assert "loaf of" not in str(event.data)
    assert "Mia" not in event.data.values()
    assert story.opened(event)["answers"]["goal"] == "my first loaf of soap"
    assert story.answer["signup_id"]


@pytest.mark.parametrize(("groups", "runs"), [({"soap": "admin"}, True), ({"soap": "member", "bees": "admin"}, False)])
def test_whether_who_joins_runs_the_group_is_told(groups: dict[str, str], runs: bool) -> None:
    """TS-09: by the token of that moment, when signing up, changing answers and resuming."""
    mia = replace(MIA, groups=groups)
    story = Story().when("sign_up", SIGN_UP, mia).then("SignedUp", admin=runs)
    story.when("change_signup", {**PROGRAM, "answers": answers()}, mia).then("SignupChanged", admin=runs)
    story.given("pause_signup", PROGRAM, mia)
    story.when("resume_signup", PROGRAM, mia).then("SignupResumed", admin=runs)


def test_the_reference_that_the_roster_keeps_is_the_one_that_opens() -> None:
    """The domain's reference and the application's are one."""
    from services.matching.domain.evolving import sealed
    from shared.privacy.sealing import reference

    event = Story().given("sign_up", SIGN_UP, MIA).events()[0]
    assert sealed(event, "answers", "person_id") == reference(event, "answers")


@pytest.mark.parametrize(("token", "said"), [(False, True), (True, False), (False, False)])
def test_only_adults_sign_up(token: bool, said: bool) -> None:
    """P-03: both the token and the person must say so."""
    minor = person("mia", adult=token)
    Story().when("sign_up", {**SIGN_UP, "adult": said}, minor).refused("adults-only")


def test_a_stranger_does_not_learn_of_the_program() -> None:
    """A foreign program answers like an unknown one."""
    story = Story()
    story.when("sign_up", SIGN_UP, STRANGER).refused("not-found")
    story.when("sign_up", {**SIGN_UP, "program_id": "none"}, MIA).refused("not-found")


def test_nobody_signs_up_twice() -> None:
    """One role for each person in a program."""
    Story().given("sign_up", SIGN_UP, MIA).when("sign_up", {**SIGN_UP, "role": "mentor"}, MIA).refused(
        "already-signed-up"
    )


def test_a_closed_program_takes_no_sign_ups() -> None:
    """P-02; what closed may open again."""
    story = Story().arrives("programs.ProgramClosed", PLACE).then("RosterClosed")
    story.when("sign_up", SIGN_UP, MIA).refused("program-not-open")
    story.arrives("programs.ProgramOpened", {**PLACE, "settings": SETTINGS}).then("RosterOpened")
    story.when("sign_up", SIGN_UP, MIA).then("SignedUp")


def test_new_settings_are_heeded_while_the_program_is_open() -> None:
    """And only then, and only if they are new."""
    story = Story()
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": SETTINGS}).nothing()
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": {**SETTINGS, "mentees_per_mentor": 1}})
    story.then("RosterRevised")


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": {"$ne": None}},
        {"topics": []},
        {"topics": ["x" * 61]},
        {"topics": ["x"] * 21},
        {"languages": []},
        {"languages": ["not a language"]},
        {"capacity": 0},
        {"capacity": True},
        {"capacity": 21},
        {"goal": "x" * 501},
        {"unknown": 1},
        {"do_not_pair": ["x"] * 51},
    ],
)
def test_answers_keep_their_bounds(wrong: dict[str, object]) -> None:
    """SE-04: the whole sign-up is refused, with the field named."""
    with pytest.raises(Invalid) as caught:
        Story().given("sign_up", {**SIGN_UP, "answers": {**answers(), **wrong}}, MIA)
    assert next(iter(wrong)) in caught.value.extra["errors"]["answers"]


def test_answers_are_changed_as_a_whole() -> None:
    """The member reads the new ones back."""
    story = Story()
    story.joins("max", "mentor", capacity=2, goal="old")
    story.when("change_signup", {**PROGRAM, "answers": answers(capacity=4)}, person("max")).then(
        "SignupChanged", capacity=4
    )
    found = story.asks("my_signup", person("max"))
    found.pop("_etag")
    assert not api.SignupAnswer().validate(found)
    assert found["answers"] == answers(capacity=4)
    assert (found["capacity"], found["name"]) == (4, "Max")


def test_answers_are_changed_as_they_were_read() -> None:
    """SE-14: a change for another version is refused; that of others on the roster is none of one's own."""
    story, who = Story(), person("max")
    story.joins("max", "mentor")
    change = {**PROGRAM, "answers": answers(capacity=4)}
    before = story.asks("my_signup", who)["_etag"]
    story.joins("mia", "mentee")
    done = story.app.execute("change_signup", change, Context(who, "one", "one", if_match=before))
    story.settle()
    assert done.etag == story.asks("my_signup", who)["_etag"] != before
    with pytest.raises(Stale):
        story.app.execute("change_signup", change, Context(who, "two", "two", if_match=before))


def test_pausing_and_resuming_twice_changes_nothing_more() -> None:
    """A paused sign-up is not paired, a resumed one is."""
    story = couple_of_two()
    story.when("pause_signup", PROGRAM, MIA).then("SignupPaused")
    story.when("pause_signup", PROGRAM, MIA).nothing()
    story.pairing("max", "mia").refused("signup-paused")
    story.when("resume_signup", PROGRAM, MIA).then("SignupResumed")
    story.when("resume_signup", PROGRAM, MIA).nothing()
    story.pairing("max", "mia").then("PairIntroduced")


def test_who_withdraws_leaves_their_pairs_too() -> None:
    """Nobody is paired with a person who has left; the one who is left waits anew and may be paired again."""
    story = couple_of_two()
    story.pairs("max", "mia")
    story.when("withdraw_signup", PROGRAM, person("max"))
    story.then("SignupWithdrawn", person_id="max").then("PairEnded", reason="other", by="max")
    story.then("SignupRenewed", person_id="mia")
    assert [one["id"] for one in story.views.find("due", {})] == ["p1/mia"]
    story.pairing("max", "mia").refused("not-signed-up")
    story.joins("moe", "mentor")
    story.pairing("moe", "mia").then("PairIntroduced")


def test_who_withdrew_may_come_back_in_another_role() -> None:
    """A new sign-up with a new id."""
    story = couple_of_two()
    first = story.view("signups", "p1/mia")["signup_id"]
    story.given("withdraw_signup", PROGRAM, MIA).joins("mia", "mentor")
    found = story.view("signups", "p1/mia")
    assert (found["role"], found["status"]) == ("mentor", "active")
    assert found["signup_id"] != first


def test_without_a_sign_up_there_is_nothing_to_pause() -> None:
    """A plain sentence, not a crash."""
    Story().when("pause_signup", PROGRAM, MIA).refused("not-signed-up")


def test_a_sign_up_that_waits_too_long_expires() -> None:
    """P-11: on its day and not before, and once."""
    story = couple_of_two()
    story.later(days=89).nothing()
    story.later(days=1).then("SignupExpired", person_id="mia").then("SignupExpired", person_id="max")
    story.later(days=100).nothing()
    assert story.views.find("due", {}) == []


def test_a_sign_up_in_use_is_asked_again_later() -> None:
    """P-11: who is in a pair does not expire; after the pair they wait a whole time again."""
    story = couple_of_two()
    pair_id = story.pairs("max", "mia")
    story.later(days=90).then("SignupRenewed", person_id="mia")
    story.later(days=80)
    story.given("end_pair", {"pair_id": pair_id, "reason": "planned-end"}, MIA)
    story.later(days=89).nothing()
    story.later(days=2).then("SignupExpired", person_id="mia")


def test_a_removed_person_leaves_and_stays_out_until_readmitted() -> None:
    """TS-15: a removal from one program."""
    story = couple_of_two()
    story.pairs("max", "mia")
    removal = {"person_id": "mia", "case_id": "c1", "program_id": "p1"}
    story.arrives("trust_safety.PersonRemoved", removal).then("SignupWithdrawn").then("PairEnded", by=None)
    story.when("sign_up", SIGN_UP, MIA).refused("removed-from-program")
    story.arrives("trust_safety.PersonReadmitted", removal)
    story.when("sign_up", SIGN_UP, MIA).then("SignedUp")


def test_who_is_gone_already_does_not_leave_again() -> None:
    """TS-15, P-23: a removal is written once, and of who had left there is nothing more to say."""
    story = couple_of_two()
    story.given("withdraw_signup", PROGRAM, MIA)
    removal = {"person_id": "mia", "case_id": "c1", "program_id": "p1"}
    story.arrives("trust_safety.PersonRemoved", removal)
    assert [event.type for event in story.events()] == ["PersonBarred"]
    story.arrives("trust_safety.PersonRemoved", {**removal, "case_id": "c2"}).nothing()
    story.arrives("gateway.PersonErased", {"person_id": "mia"}).nothing()


def test_a_timer_of_an_earlier_sign_up_or_before_its_time_ends_nothing() -> None:
    """P-11: timers may come late, twice, or from before somebody came back."""
    day = datetime(2026, 6, 1, tzinfo=UTC)
    mia = Signup("second", "mia", "mentee", 1, adult=True, since="", expires_at=to_text(day), answers=None)
    roster = Roster("p1", "soap", open=True, signups={"mia": mia})
    for signup_id, now, ends in (
        ("first", day, False),
        ("second", day - timedelta(seconds=1), False),
        ("second", day, True),
    ):
        timer = {"person_id": "mia", "signup_id": signup_id}
        assert bool(expire_signup(roster, timer, Occasion(now, "timer", MIA, {}))) is ends


def test_a_mentee_has_one_mentor_whatever_they_say() -> None:
    """Only mentors tell how many they can take."""
    story = Story()
    story.joins("mia", "mentee", capacity=3)
    assert story.view("signups", "p1/mia")["capacity"] == 1


def test_an_erased_person_leaves_every_program() -> None:
    """P-23: their pairs end, their words are gone, and nothing stumbles over it."""
    story = couple_of_two()
    story.pairs("max", "mia")
    story.keys.destroy_owner("mia")
    story.arrives("gateway.PersonErased", {"person_id": "mia"}).then("PairEnded", by=None)
    listed = story.asks("signups", role="mentee")["items"]
    assert (listed[0]["name"], listed[0]["answers"]) == ("[removed]", "[removed]")


def test_only_admins_list_sign_ups_and_wishes_stay_private() -> None:
    """The list of people one does not want is read by oneself alone."""
    story = Story()
    for name, wish in (("max", None), ("mia", None), ("moe", ["mia"])):
        story.joins(name, "mentor", do_not_pair=wish)
        story.later(seconds=1)
    page = story.asks("signups", limit=2)
    assert not api.SignupsAnswer().validate(page)
    rest = story.asks("signups", limit=2, cursor=page["next"])
    assert [one["name"] for one in page["items"] + rest["items"]] == ["Max", "Mia", "Moe"]
    assert "do_not_pair" not in str(rest)
    assert story.asks("my_signup", person("moe"))["answers"]["do_not_pair"] == ["mia"]
    assert story.asked_refused("signups", PROGRAM, MIA) == "forbidden"
    assert story.asked_refused("signups", PROGRAM, STRANGER) == "not-found"
    assert story.asked_refused("my_signup", PROGRAM, ADMIN) == "not-found"


def test_an_internal_command_is_nobodys_to_give() -> None:
    """Reactions and timers alone may open, expire, remove or part."""
    story = Story()
    for command in ("open_roster", "expire_signup", "remove_person", "part_couple"):
        story.when(command, PROGRAM, ADMIN).refused("not-found")


def test_reactions_change_nothing_the_second_time() -> None:
    """What runs twice is done once."""
    story: Scenario = Story()
    story.arrives("programs.ProgramOpened", {**PLACE, "settings": SETTINGS}).nothing()
    story.arrives("programs.ProgramClosed", PLACE).then("RosterClosed")
    story.arrives("programs.ProgramArchived", PLACE).nothing()
