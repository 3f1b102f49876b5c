"""Events of the gateway: a person's use of their rights."""

from __future__ import annotations

from shared.contracts.base import EventSchema, ident


class PersonErased(EventSchema):
    """The person asked to be forgotten: every service destroys their keys."""

    person_id = ident()


class PersonExported(EventSchema):
    """The person took a copy of their data."""

    person_id = ident()
