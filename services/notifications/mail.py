"""Sends by SMTP. The settings are read once, when the worker is made."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from services.notifications.carrier import NotTaken
from services.notifications.letters import host_of
from services.notifications.postman import Host, Postman
from shared.runtime import checks
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings

_TIMEOUT = 10.0
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes. `sender` is a plain address; `timeout` is in seconds, for the connection and each answer."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool
    sender: str
    timeout: float = _TIMEOUT


def read_server(smtp_url: str, public_url: str) -> Server:
    """From `smtp://`, `smtp+starttls://` or `smtps://`, then `[user:password@]host[:port][?from=address]`.

    Raises Fault with a sentence that says what to set.
    """
    url = urlsplit(checks.smtp_url(smtp_url))
    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    sender = options.pop("from", f"no-reply@{host_of(public_url)}")
    if options or not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", sender):
        raise Fault("SMTP_URL may end in ?from= with one plain address, and in nothing else.")
    return Server(
        url.hostname or "",
        url.port or _PORTS[url.scheme],
        unquote(url.username) if url.username else None,
        unquote(url.password) if url.password else None,
        url.scheme == "smtps",
        url.scheme == "smtp+starttls",
        sender,
    )


class SmtpCarrier:
    """One connection, kept for as long as there is something to send (see `Carrier`)."""

    def __init__(self, server: Server) -> None:
        self.sender = server.sender
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def carry(self, message: EmailMessage, to: str) -> None:
        try:
            connection = self._connection = self._connection or self._connect()
            connection.send_message(message, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[to][0]) from None
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError) as error:
            self.close()
            raise NotTaken(f"smtp-{error.smtp_code}", away=True) from None
        except smtplib.SMTPResponseException as error:
            self.close()
            raise _refused(error.smtp_code) from None
        except TimeoutError:
            self.close()
            raise NotTaken("timeout", away=True) from None
        except (OSError, smtplib.SMTPException):
            self.close()
            raise NotTaken("unreachable", away=True) from None

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        name = host_of(f"//{server.sender.rpartition('@')[2]}")
        connection = (
            smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.timeout, context=context)
            if server.tls
            else smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)
        )
        try:
            if server.starttls:
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


def _refused(code: int) -> NotTaken:
    return NotTaken(f"smtp-{code}", final=500 <= code < 600, away=code == 421)


def make_worker(host: Host) -> Postman:
    """The worker of Table.workers. Raises Fault where a setting is missing or unfit."""
    settings = Settings.from_environment("notifications")
    carrier = SmtpCarrier(read_server(settings.smtp_url, settings.public_url))
    return Postman(host, carrier, settings.public_url)
