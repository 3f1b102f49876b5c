"""A notifications service in memory, and a real SMTP server on the loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from services.notifications.mail import SmtpCarrier
from services.notifications.postman import Postman
from tests.services.notifications.story import PUBLIC_URL, Mailbox, Story, carrier_to, free_port


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(scope="session")
def _smtp() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), server_hostname="mx.example", ready_timeout=5
    )
    controller.start()
    yield mailbox, controller.port
    controller.stop()


@pytest.fixture
def mailbox(_smtp: tuple[Mailbox, int]) -> Mailbox:
    mailbox, _ = _smtp
    mailbox.__init__()  # type: ignore[misc]
    return mailbox


@pytest.fixture
def carrier(mailbox: Mailbox, _smtp: tuple[Mailbox, int]) -> SmtpCarrier:
    return carrier_to(_smtp[1])


@pytest.fixture
def postman(story: Story, carrier: SmtpCarrier) -> Postman:
    return Postman(story.app, carrier, PUBLIC_URL)  # type: ignore[arg-type]
