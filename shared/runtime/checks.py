"""What makes an address safe to use. Each check gives the value back, or raises Fault without showing it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from shared.runtime.faults import Fault

_SHORTEST_PASSWORD = 8
_WELL_KNOWN = frozenset(
    {"guest", "password", "changeme", "change-me", "secret", "rabbitmq", "mongodb", "admin", "mentorship"}
)


def amqp_url(url: str) -> str:
    """A named user with a real password, and a vhost of our own (BR-03)."""
    parts = _parts("AMQP_URL", url, ("amqp", "amqps"))
    if not parts.username or parts.username == "guest":
        raise Fault("AMQP_URL must name a user of its own, not guest: amqp://user:password@host:5672/mentorship.")
    if unquote(parts.path.lstrip("/")) in {"", "/"}:
        raise Fault("AMQP_URL must name a virtual host of its own: add /mentorship at its end.")
    _password("AMQP_URL", parts, needed=True)
    return url


def mongo_url(url: str, name: str = "MONGO_URL") -> str:
    """A user with a real password, except on this machine."""
    first_member = re.sub(r",[^/?]*", "", url)
    parts = _parts(name, first_member, ("mongodb", "mongodb+srv"))
    _password(name, parts, needed=not is_loopback(parts.hostname))
    return url


def smtp_url(url: str) -> str:
    """`smtp://` (plain), `smtp+starttls://` or `smtps://`; a password needs one of the latter outside this machine."""
    parts = _parts("SMTP_URL", url, ("smtp", "smtp+starttls", "smtps"))
    if parts.password and parts.scheme == "smtp" and not is_loopback(parts.hostname):
        raise Fault("SMTP_URL would send its password in the clear: use smtps:// or smtp+starttls://.")
    return url


def https_url(name: str, url: str) -> str:
    """`https://`, or `http://` on this machine."""
    parts = _parts(name, url, ("https", "http"))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Fault(f"{name} must start with https:// (http:// is for this machine only).")
    return url


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _parts(name: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    allowed = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise Fault(f"{name} is not usable: it must be an address that starts with {allowed}.")
    return parts


def _password(name: str, parts: SplitResult, *, needed: bool) -> None:
    password = unquote(parts.password or "")
    if not password and not needed:
        return
    weak = len(password) < _SHORTEST_PASSWORD or password.lower() in _WELL_KNOWN
    if weak or password == unquote(parts.username or ""):
        raise Fault(f"{name} needs a password of {_SHORTEST_PASSWORD} characters or more that nobody can guess.")
