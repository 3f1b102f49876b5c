"""Events of the gateway: a person's use of their rights."""

from __future__ import annotations

from shared.contracts.base import EventSchema, ident, internal, moment


class PersonErased(EventSchema):
    """The person asked to be forgotten: every service destroys their keys."""

    ends_person = "person_id"
    person_id = ident()


class ErasureCompleted(EventSchema):
    """Every service has said that no key of the person is left. `keys`: service → how many were destroyed.

    `holds`: what a case still keeps under a key of its own: list of {service, case_id, why, until, may_be_told}.
    """

    person_id = ident()
    erasure_id = ident()
    keys = internal()
    holds = internal()


class ExportRequested(EventSchema):
    """The person asked for a copy of their data, to be taken once, until `until`."""

    person_id = ident()
    export_id = ident()
    until = moment()


class PersonExported(EventSchema):
    """The person took a copy of their data: where it was asked for as `export_id`, its link is used up."""

    person_id = ident()
    export_id = ident(required=False, allow_none=True)


class ExportCompleted(EventSchema):
    """The copy went out to its end. `entries`: service → how many; `missing`: services that were away."""

    person_id = ident()
    export_id = ident()
    entries = internal()
    missing = internal()


class SessionsEnded(EventSchema):
    """The person signed out everywhere: tokens from before count no more."""

    person_id = ident()
