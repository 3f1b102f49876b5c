"""Answers that the gateway gives itself."""

from __future__ import annotations

from marshmallow import Schema, fields

from shared.contracts.trust_safety_answers import CaseAnswer


class Problem(Schema):
    """RFC 9457. `type` is stable; `errors` says per field what is wrong with it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    correlation_id = fields.String(required=True)
    errors = fields.Dict()


class Text(Schema):
    """Not JSON; see the media type."""


class Alive(Schema):
    alive = fields.Boolean(required=True)


class Readiness(Schema):
    """`parts`: what is needed to serve, and whether it is there."""

    ready = fields.Boolean(required=True)
    parts = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)


class Document(Schema):
    """An OpenAPI 3.1 document."""

    openapi = fields.String(required=True)
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)
    tags = fields.List(fields.Dict())
    servers = fields.List(fields.Dict())
    security = fields.List(fields.Dict())


class Export(Schema):
    """Everything that is kept about a person: service to a list of `{service, type, at, id, data}`. A service that is

    away is named in `missing`.
    """

    person_id = fields.String(required=True)
    services = fields.Dict(required=True)
    missing = fields.List(fields.String(), required=True)


class ExportAsked(Schema):
    export_id = fields.String(required=True)


class ExportOfService(Schema):
    """`status`: waiting, done, or missing."""

    service = fields.String(required=True)
    status = fields.String(required=True)
    entries = fields.Integer(required=True)


class ExportLinks(Schema):
    """Either of them can be used, once. They need a token of somebody who signed in at most 15 minutes ago."""

    lines = fields.String(required=True)
    page = fields.String(required=True)


class ExportState(Schema):
    """`status`: ready, taken, done, partial (a service was away) or expired. `links` are there while it is ready."""

    export_id = fields.String(required=True)
    status = fields.String(required=True)
    requested_at = fields.String(required=True)
    until = fields.String(required=True)
    services = fields.List(fields.Nested(ExportOfService), required=True)
    links = fields.Nested(ExportLinks, required=True, allow_none=True)


class Erased(Schema):
    """`receipt` is the address that says how far it is. It needs no token, and tells nothing about the person."""

    person_id = fields.String(required=True)
    erasure_id = fields.String(required=True)
    receipt = fields.String(required=True)


class ErasureOfService(Schema):
    """`status`: pending or done."""

    service = fields.String(required=True)
    status = fields.String(required=True)
    keys_destroyed = fields.Integer(required=True)


class Kept(Schema):
    service = fields.String(required=True)
    why = fields.String(required=True)
    until = fields.String(required=True, allow_none=True)


class Receipt(Schema):
    """`status`: pending, partial (some services are away) or done. `kept`: what is held, as far as it may be told."""

    status = fields.String(required=True)
    requested_at = fields.String(required=True)
    completed_at = fields.String(required=True, allow_none=True)
    services = fields.List(fields.Nested(ErasureOfService), required=True)
    kept = fields.List(fields.Nested(Kept), required=True)
    note = fields.String(required=True)


class SessionsOver(Schema):
    person_id = fields.String(required=True)


class AnyCase(CaseAnswer):
    """A case as whoever asks may see it: moderators all of it, triage no numbers from other cases, group admins neither
    texts nor who reported."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[object]) -> None:
        field_obj.required = field_name == "case_id"


class CaseDone(Schema):
    """The ids of what a command on a case was about."""

    case_id = fields.String(required=True)
    group_id = fields.String()
    action_id = fields.String()
    appeal_id = fields.String()
    subject_id = fields.String()
    assignee_id = fields.String()
