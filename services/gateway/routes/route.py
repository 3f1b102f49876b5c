"""What one row of the route table says, and the short words to write rows with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from marshmallow import Schema, fields


class Who(StrEnum):
    """Whom a route is for. The services decide by their policies; this says it to readers and to the access test."""

    ANYBODY = "anybody, without a token"
    PERSON = "every signed-in person"
    SELF = "the person, about themselves"
    MEMBER = "members of the group"
    ADULT_MEMBER = "members of the group who are 18 or older"
    ADMIN = "admins of the group"
    PAIR = "the two of the pair"
    PAIR_OR_ADMIN = "the two of the pair and admins of the group"
    PARTICIPANT = "whoever takes part in what it is about"
    ADMIN_OR_MODERATOR = "admins of the group and moderators"
    ADMIN_OR_DESK = "admins of the group, moderators and triage"
    MODERATOR = "moderators"
    DESK = "moderators and triage"
    SANCTIONED = "the person concerned"
    AUDITOR = "owners and operators of the system"


OWN_DATA = frozenset({Who.PERSON, Who.SELF, Who.MEMBER, Who.PAIR, Who.PAIR_OR_ADMIN, Who.SANCTIONED, Who.PARTICIPANT})
"""Reads by these go on while trust_safety is away (SE-19); nothing is changed then, nobody else's data is read."""


class Does(StrEnum):
    """How a route is answered."""

    COMMAND = "command"
    QUERY = "query"
    OWN = "own"
    """By the gateway itself."""


@dataclass(frozen=True, slots=True)
class Then:
    """A question asked after the command, at the position of its commit; its answer is the route's."""

    query: str
    request: type[Schema]


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `request` is the schema of the command or query behind it, path parameters included."""

    method: str
    path: str
    who: Who
    summary: str
    does: Does
    service: str
    name: str
    request: type[Schema]
    answer: type[Schema]
    status: int = 200
    edits: bool = False
    """An edit that would overwrite: it must come with If-Match."""
    me: tuple[str, ...] = ()
    """Fields that the gateway fills with the person's own id; nobody can send them."""
    then: Then | None = None
    barriers: tuple[str, ...] = ()
    """Who has to know of it before the answer goes out (within 2 s): `service.query`, a query that takes nothing."""
    even_suspended: bool = False
    """Open to suspended people, and whatever the state of trust_safety (SE-09, SE-19)."""
    unlimited: bool = False
    """However often it is asked, the gateway keeps nobody from a block or a report (BL-08)."""
    at_once: bool = False
    """Done whatever its service has yet to hear of: nothing that is away holds a block up (BL-11)."""
    per_minute: int | None = None
    """How often a person may ask, where it costs more than others (SE-16)."""
    any_body: bool = False
    """The body says nothing and may be anything (one-click unsubscribe sends a form)."""
    media: str = "application/json"

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def path_fields(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def given_fields(self) -> frozenset[str]:
        """Fields that do not come from the query string or the body."""
        return frozenset((*self.path_fields, *self.me))

    @property
    def open_fields(self) -> dict[str, fields.Field[Any]]:
        """Fields that come from the query string of a query, or from the body of a command."""
        given = self.given_fields
        return {name: field for name, field in fields_of(self.request).items() if name not in given}

    @property
    def in_query(self) -> bool:
        return self.does is Does.QUERY or self.method == "GET"


PROGRAMS_KNOW = "programs.templates"
MATCHING_KNOWS = "matching.my_pairs"
CONVERSATIONS_KNOW = "conversations.my_blocks"
NOTIFICATIONS_KNOW = "notifications.my_preferences"
"""Barriers: so that what a command makes possible elsewhere is possible when its answer comes."""


@cache
def fields_of(schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    """The fields of a schema by name."""
    return dict(schema().fields)


def query(
    path: str, asks: str, who: Who, summary: str, request: type[Schema], answer: type[Schema], **more: Any
) -> Route:
    """`GET path` answered by the query `service.name`."""
    service, _, name = asks.partition(".")
    return Route("GET", path, who, summary, Does.QUERY, service, name, request, answer, **more)


def command(
    address: str, does: str, who: Who, summary: str, request: type[Schema], answer: type[Schema], **more: Any
) -> Route:
    """`METHOD path` done by the command `service.name`."""
    method, _, path = address.partition(" ")
    service, _, name = does.partition(".")
    return Route(method, path, who, summary, Does.COMMAND, service, name, request, answer, **more)


def own(address: str, name: str, who: Who, summary: str, answer: type[Schema], **more: Any) -> Route:
    """`METHOD path` answered by the gateway itself."""
    method, _, path = address.partition(" ")
    return Route(method, path, who, summary, Does.OWN, "gateway", name, Schema, answer, **more)
