"""Who hears of recommendations that nobody asked for."""

from __future__ import annotations

from typing import Any

from services.notifications.postman import Postman
from shared.contracts.notifications_api import NotificationsAnswer
from shared.kernel.events import Data, Event
from shared.testing.scenario import person
from tests.services.notifications.story import Mailbox, Story

PLACE = {"program_id": "prog", "group_id": "soap"}
OUTLINE = {
    **PLACE,
    "template_id": "skill-development",
    "guide_version": 1,
    "step_ids": ["one"],
    "settings": {},
    "title": "CANARY",
    "guide": [],
}
RUN = "matching.RecommendationsProposed"
TWO = [{"mentor_id": "max", "mentee_id": mentee, "score": 0.5} for mentee in ("mia", "eve")]


def run(program_id: str = "prog", **more: Any) -> Data:
    made = {"run_id": "run", "fairness": 0.25, "inputs_hash": "h", "pairs": TWO, "detail": {}, "by_schedule": True}
    return {**PLACE, **made, "program_id": program_id, **more}


def administered(story: Story) -> Story:
    """Ann made the program; ben has made a run of it by hand."""
    story.arrives("programs.ProgramCreated", OUTLINE, actor="ann")
    story.arrives("programs.ProgramOpened", {**PLACE, "settings": {}}, actor="ann")
    story.arrives(RUN, run(by_schedule=False), actor="ben")
    return story


def test_a_run_by_hand_is_no_news(story: Story) -> None:
    """Who asked for it reads it as the answer."""
    administered(story)

    assert story.made("NotificationRaised") == []


def test_the_admins_hear_how_many_proposals_wait(story: Story) -> None:
    """P-08: whoever has administered the program, with ids and a number; mentors and mentees hear nothing."""
    administered(story).arrives(RUN, run())

    for who in ("ann", "ben"):
        answer = story.ask("my_notifications", {}, person(who))
        assert NotificationsAnswer().validate(answer) == {}
        [entry] = answer["items"]
        assert (entry["kind"], entry["count"]) == ("proposals-waiting", 2)
        assert entry["about"] == {**PLACE, "run_id": "run"}
    assert {raised["person_id"] for raised in story.made("NotificationRaised")} == {"ann", "ben"}


def test_what_was_published_by_schedule_is_told_as_that(story: Story) -> None:
    """Nobody is asked for a decision that the program has taken."""
    administered(story).arrives(RUN, run(published=1))

    assert story.kinds_of("ann") == ["proposals-published"]
    assert story.inbox_of("ann")[0]["count"] == 1


def test_a_run_that_proposes_nobody_is_no_news(story: Story) -> None:
    """There is nothing to decide."""
    administered(story).arrives(RUN, run(pairs=[]))

    assert story.made("NotificationRaised") == []


def test_proposals_are_told_once_a_day_and_program(story: Story) -> None:
    """NO-01: neither twice for one event, nor again on that day; each program and each day has its own."""
    administered(story).arrives("programs.ProgramCreated", {**OUTLINE, "program_id": "other"}, actor="ann")
    where: Any = ("matching", 0, 1, 0, 1, "s", 1, "2026-03-02T09:00:00.000Z", "system", "c", None)
    for _ in range(2):
        story.app.react(Event("e1", "RecommendationsProposed", 1, run(), *where))
        story.settle()
    story.arrives(RUN, run(run_id="again"))
    assert story.kinds_of("ann") == ["proposals-waiting"]

    story.arrives(RUN, run(program_id="other"))
    story.later(days=1)
    story.arrives(RUN, run(run_id="tomorrow"))
    assert sorted(entry["about"]["run_id"] for entry in story.inbox_of("ann")) == ["run", "run", "tomorrow"]


def test_the_mail_says_only_that_there_are_proposals(story: Story, mailbox: Mailbox, postman: Postman) -> None:
    """NO-04, NO-08: no number and no program; whoever wants no mail has the inbox alone."""
    preferences = {"proposals-waiting": {"email": "off"}}
    story.given("change_preferences", {"person_id": "ben", "preferences": preferences}, person("ben"))
    administered(story).arrives(RUN, run())
    postman.round()

    [mail] = mailbox.taken
    assert (mail["To"], mail["Subject"]) == ("ann@mail.example", "Proposals are waiting for you")
    assert story.kinds_of("ben") == ["proposals-waiting"]
