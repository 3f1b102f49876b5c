"""Sending, to a real SMTP server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.notifications.mail import SmtpCarrier, read_server
from services.notifications.postman import Postman
from shared.contracts.notifications_api import KINDS
from shared.eventlog import LogUnavailable
from shared.kernel.ids import couple
from shared.runtime.faults import Fault
from shared.testing.scenario import person
from tests.services.notifications.story import (
    OF_PAIR,
    PAIR,
    PUBLIC_URL,
    FreeLease,
    Mailbox,
    Story,
    carrier_to,
    free_port,
)


def test_sends_what_is_due_once(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-02: a mail goes out once, from the neutral sender to the person, and its outcome is recorded."""
    story.message()
    assert postman.round()
    story.settle()
    assert postman.round()

    assert [mail["To"] for mail in mailbox.taken] == ["ben@mail.example"]
    assert mailbox.senders == ["no-reply@mentors.example"]
    assert mailbox.taken[0]["From"] == "Notifications <no-reply@mentors.example>"
    assert story.outbox() == []
    assert len(story.made("NotificationDelivered")) == 1


def test_link_of_a_mail_unsubscribes(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-09: the token in the header switches that kind of mail off; it names no address."""
    story.message()
    postman.round()
    link = mailbox.taken[0]["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{PUBLIC_URL}/v1/unsubscribe/")
    assert mailbox.taken[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "@" not in link

    story.given("unsubscribe", {"token": link.rpartition("/")[2]}, person("anybody"))
    story.message("m2")
    assert postman.round()
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_mails_name_nobody(story: Story, postman: Postman, mailbox: Mailbox, locale: str) -> None:
    """NO-08: no mail of any kind holds an id, a name, a program, a group or a text, in head or body."""
    zoe = "canary.zoe"
    story.reach(zoe, email="reader@mail.example", locale=locale)
    about = {"program_id": "CANARYPROGRAM", "group_id": "CANARYGROUP", "name": "CANARYNAME", "text": "CANARYTEXT"}
    for kind in KINDS:
        story.given("raise_notification", {"person_id": zoe, "kind": kind, "cause": f"CANARY{kind}", "about": about})
    postman.round()

    assert len(mailbox.taken) == len(KINDS)
    for mail, raw in zip(mailbox.taken, mailbox.raw, strict=True):
        bodies = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
        said = raw.decode() + "".join(bodies) + str(mail["Subject"])
        assert "CANARY" not in said
        assert zoe not in said.lower()


_ACTS: dict[str, Callable[[Story], object]] = {
    "read": lambda story: story.given(
        "mark_notifications_read",
        {"person_id": "ben", "notification_ids": [story.inbox_of("ben")[0]["notification_id"]]},
        person("ben"),
    ),
    "deleted": lambda story: story.arrives(
        "conversations.MessageDeleted", {**OF_PAIR, "message_id": "m1", "sender_id": "ann"}
    ),
    "switched-off": lambda story: story.given(
        "change_preferences",
        {"person_id": "ben", "preferences": {"message-received": {"email": "off"}}},
        person("ben"),
    ),
    "pair-ended": lambda story: story.arrives("matching.PairEnded", {**OF_PAIR, "reason": "schedule", "by": "ben"}),
    "no-address": lambda story: story.reach("ben", email=None),
    "suspended": lambda story: story.arrives("trust_safety.PersonSuspended", {"person_id": "ben", "until": None}),
}


@pytest.mark.parametrize("why", _ACTS)
def test_checks_again_before_sending(story: Story, postman: Postman, mailbox: Mailbox, why: str) -> None:
    """NO-03: what no longer holds when its turn comes is dropped with the reason, not sent."""
    story.message()
    _ACTS[why](story)
    postman.round()
    story.settle()

    assert [mail["To"] for mail in mailbox.taken if mail["To"] == "ben@mail.example"] == []
    assert [dropped["why"] for dropped in story.made("NotificationDropped")] == [why]
    assert story.outbox() == []


def test_sender_suspended_drops_their_message(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-03: nothing of a suspended person's goes out; once the suspension is over by its date, it does."""
    story.message()
    story.arrives("trust_safety.PersonSuspended", {"person_id": "ann", "until": "2026-03-03T00:00:00.000Z"})
    postman.round()
    assert mailbox.taken == []

    story.clock.advance(days=2)
    story.message("m2")
    postman.round()
    assert len(mailbox.taken) == 1


def test_forgotten_person_gets_no_mail(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """PR-08: without the person's key there is no address to send to."""
    story.message()
    story.keys.destroy_owner("ben")
    postman.round()
    assert mailbox.taken == []
    assert [dropped["why"] for dropped in story.made("NotificationDropped")] == ["no-address"]


def test_block_holds_back_what_waited(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """BL-03: with the worker held, a message and then a block: the blocker gets no mail when it is let go."""
    story.message("m1", by="ann")
    story.block("ben", "ann")
    postman.round()
    assert [mail["To"] for mail in mailbox.taken] == ["ann@mail.example"]


def test_block_known_to_views_alone_holds_back(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """BL-03: the last look finds a block by itself, also where the inbox was not silenced yet."""
    story.message("m1", by="ann")
    story.views.documents["blocks"] = {f"{couple('ann', 'ben')}/ben": {"since": "x"}}
    postman.round()
    assert mailbox.taken == []
    assert [dropped["why"] for dropped in story.made("NotificationDropped")] == ["blocked"]


def test_critical_mail_reaches_the_suspended(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-04, NO-10: a statement of reasons is sent whatever stands against other mail, with no way to switch it off."""
    story.arrives("trust_safety.PersonSuspended", {"person_id": "ben", "until": None})
    about = {"case_id": "c", "pair_id": PAIR}
    data = {"person_id": "ben", "kind": "statement-of-reasons", "cause": "a", "about": about}
    story.given("raise_notification", data)
    postman.round()
    assert len(mailbox.taken) == 1
    assert mailbox.taken[0]["List-Unsubscribe"] is None


class _Dies:
    """The application of a worker that is killed right after the server took its mail."""

    def __init__(self, story: Story) -> None:
        app = story.app
        self.log, self.views, self.reads, self.clock = app.log, app.views, app.reads, app.clock

    def follow(self, name: str, data: Any, *, command_id: str) -> Any:
        raise KeyboardInterrupt

    def lease(self, name: str, seconds: float) -> FreeLease:
        return FreeLease()

    def look_ahead(self) -> bool:
        return False


def test_crash_after_sending_repeats_with_the_same_id(story: Story, carrier: SmtpCarrier, mailbox: Mailbox) -> None:
    """NO-02: killed between the server's OK and the record, the mail is handed over again with the same Message-ID."""
    story.message()
    with pytest.raises(KeyboardInterrupt):
        Postman(_Dies(story), carrier, PUBLIC_URL).round()
    Postman(story.app, carrier, PUBLIC_URL).round()  # type: ignore[arg-type]
    story.settle()

    assert len(mailbox.taken) == 2
    assert len({mail["Message-ID"] for mail in mailbox.taken}) == 1
    assert len(story.made("NotificationDelivered")) == 1
    assert story.outbox() == []


def test_log_away_after_sending_repeats_nothing(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-02: a worker that lives on while the log is away records later what it sent, and does not send it again."""
    story.message()
    follow, away = story.app.follow, [True]

    def flaky(*args: Any, **kwargs: Any) -> Any:
        if away:
            raise LogUnavailable
        return follow(*args, **kwargs)

    story.app.follow = flaky  # type: ignore[method-assign]
    with pytest.raises(LogUnavailable):
        postman.round()
    away.clear()
    postman.round()

    assert len(mailbox.taken) == 1
    assert len(story.made("NotificationDelivered")) == 1


def test_try_again_later_keeps_the_message_id(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """NO-13: after a 4xx the mail waits its minute, then goes out with the id it had."""
    mailbox.at_data.append("451 later")
    story.message()
    postman.round()
    story.settle()
    assert story.made("NotificationFailed")[0]["error"] == "smtp-451"
    postman.round()
    assert mailbox.taken == []

    story.clock.advance(seconds=70)
    postman.round()
    notification_id = story.inbox_of("ben")[0]["notification_id"]
    assert mailbox.taken[0]["Message-ID"] == f"<{notification_id}.email@mentors.example>"


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
def test_refusal_for_good_is_given_up(story: Story, postman: Postman, mailbox: Mailbox, where: str) -> None:
    """NO-13: a 5xx is final at once, and the next mail still goes out in the same round."""
    getattr(mailbox, where).append("550 no such user")
    story.message("m1", by="ann")
    story.clock.advance(seconds=1)
    story.message("m2", by="ben")
    assert postman.round()
    story.settle()

    assert [(failed["error"], failed["next_at"]) for failed in story.made("NotificationFailed")] == [("smtp-550", None)]
    assert [mail["To"] for mail in mailbox.taken] == ["ann@mail.example"]


def test_server_away_costs_one_try(story: Story) -> None:
    """NO-13: with nobody listening the round ends after one failure; the other mails keep their tries."""
    story.message("m1").message("m2")
    assert not Postman(story.app, carrier_to(free_port()), PUBLIC_URL).round()  # type: ignore[arg-type]
    story.settle()
    assert [failed["error"] for failed in story.made("NotificationFailed")] == ["unreachable"]
    assert sorted(intent["attempts"] for intent in story.outbox()) == [0, 1]


def test_server_that_hangs_times_out(story: Story) -> None:
    """NO-13: a server that takes the connection and says nothing is left after the time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        story.message()
        carrier = carrier_to(silent.getsockname()[1], timeout=0.2)
        assert not Postman(story.app, carrier, PUBLIC_URL).round()  # type: ignore[arg-type]
    assert story.made("NotificationFailed")[0]["error"] in {"timeout", "unreachable"}


def test_without_the_lease_nothing_is_sent(story: Story, carrier: SmtpCarrier, mailbox: Mailbox) -> None:
    """One worker at a time: who does not hold the lease sends nothing."""

    class Taken(FreeLease):
        def held(self) -> bool:
            return False

    story.app.lease = lambda *_: Taken()
    story.message()
    assert Postman(story.app, carrier, PUBLIC_URL).round()  # type: ignore[arg-type]
    assert mailbox.taken == []


def test_runs_until_stopped(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """The worker sends by itself, and ends when it is told to."""
    story.message()
    thread = threading.Thread(target=postman.run)
    thread.start()
    deadline = time.monotonic() + 40
    while not story.made("NotificationDelivered") and time.monotonic() < deadline:
        time.sleep(0.01)
    postman.stop()
    thread.join(40)
    assert not thread.is_alive()
    assert len(mailbox.taken) == 1


def test_server_addresses() -> None:
    """SMTP_URL names protocol, server, account and sender; what is unfit or unsafe is refused without showing it."""
    server = read_server("smtp+starttls://me:secret%2Fword@mx.example?from=notices@x.example", PUBLIC_URL)
    assert (server.host, server.port, server.starttls, server.tls) == ("mx.example", 587, True, False)
    assert (server.user, server.password, server.sender) == ("me", "secret/word", "notices@x.example")
    assert read_server("smtps://mx.example", PUBLIC_URL).sender == "no-reply@mentors.example"
    for unfit in (
        "http://mx.example",
        "smtp://me:secret-word@mx.example",
        "smtp://mx.example?from=a@b%0d%0aBcc:c@d",
        "smtp://mx.example?form=a@b",
    ):
        with pytest.raises(Fault) as fault:
            read_server(unfit, PUBLIC_URL)
        assert "secret-word" not in str(fault.value)


def test_many_go_out_in_one_round(story: Story, postman: Postman, mailbox: Mailbox) -> None:
    """A round goes on for as long as there is a full batch, and sends each mail once."""
    for number in range(60):
        story.message(f"m{number}")
    follow = story.app.follow

    def follow_and_show(*args: Any, **kwargs: Any) -> Any:
        done = follow(*args, **kwargs)
        story.settle()
        return done

    story.app.follow = follow_and_show  # type: ignore[method-assign]
    assert postman.round()
    assert len(mailbox.taken) == 60
    assert len({mail["Message-ID"] for mail in mailbox.taken}) == 60
