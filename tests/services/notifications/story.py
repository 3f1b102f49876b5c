"""What other services say of two people in short, and a mailbox that stands for everybody's."""

from __future__ import annotations

import socket
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from services.notifications.mail import SmtpCarrier, read_server
from services.notifications.service import TABLE
from shared.kernel.events import Data
from shared.kernel.pairs import pair_id
from shared.testing.scenario import Scenario, person

PUBLIC_URL = "https://mentors.example"
ANN, BEN = person("ann"), person("ben")
PAIR = pair_id("prog", "ann", "ben", 1)
OF_PAIR = {"pair_id": PAIR, "program_id": "prog", "group_id": "soap", "mentor_id": "ann", "mentee_id": "ben"}


class Story(Scenario):
    """What other services say, in short; in every one ann is the mentor and ben the mentee."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.app.lease = lambda *_: FreeLease()
        self.reach("ann")
        self.reach("ben")

    def reach(self, who: str, **contact: Any) -> Story:
        """The token of a person says how to reach them."""
        data = {"person_id": who, "email": f"{who}@mail.example", "locale": "en", **contact}
        self.given("register_contact", data, person(who))
        return self

    def message(self, message_id: str = "m1", by: str = "ann") -> Story:
        data = {**OF_PAIR, "message_id": message_id, "sender_id": by, "commitment": "c", "text": "CANARY-TEXT"}
        self.arrives("conversations.MessageSent", data)
        return self

    def block(self, blocker: str, blocked: str) -> Story:
        """As conversations commits it: the request, then the end of the conversation."""
        self.arrives("conversations.BlockRequested", {"blocker_id": blocker, "blocked_id": blocked})
        self.arrives("conversations.ConversationClosed", {**OF_PAIR, "reason": "blocked"})
        return self

    def inbox_of(self, who: str) -> list[Data]:
        return list(self.ask("my_notifications", {}, person(who))["items"])

    def kinds_of(self, who: str) -> list[str]:
        return [item["kind"] for item in self.inbox_of(who)]

    def outbox(self) -> list[Data]:
        return self.views.find("outbox", {})

    def made(self, kind: str) -> list[Data]:
        """All events of a type, ever."""
        commits = self.log.feed(0, 0, 10_000)
        return [event.data for commit in commits for event in commit.events if event.type == kind]


class FreeLease:
    def held(self) -> bool:
        return True

    def release(self) -> None:
        return


class Mailbox:
    """What a server took, and what it answers next: `answers` are used up first, then everything is taken."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.at_recipient: list[str] = []
        self.at_data: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data.pop(0)
        self.raw.append(envelope.content)
        self.senders.append(envelope.mail_from)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.SMTP))
        return "250 OK"


def carrier_to(port: int, timeout: float = 5) -> SmtpCarrier:
    return SmtpCarrier(replace(read_server(f"smtp://127.0.0.1:{port}", PUBLIC_URL), timeout=timeout))


def free_port() -> int:
    """A port on the loopback that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
