"""What schemas are written with.

Every field of every event is classed (PR-01): `public`, `internal` (ids, states, times), `personal` or `content`.
Personal and content fields are sealed: the class, and whose key seals it, are declared where the field is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from shared.kernel.errors import Invalid
from shared.kernel.ids import has_controls

ID_LENGTH = 128
SCOPE_ENDS = "\x1f"
"""Between scope and owner in the id of a key: a sign that, unlike a slash, no id of a person holds."""
CLASSES = ("public", "internal", "personal", "content")


class Strict(Schema):
    """A shape that refuses unknown fields (SE-04)."""

    class Meta:
        unknown = RAISE


class EventSchema(Strict):
    """The data of one event type. The docstring is its entry in the catalogue.

    `audience` names the fields with the ids of the people whom a live stream may tell that it happened. `ends_person`
    and `ends_space` name a field with the id, or ids, of those whose keys are destroyed by whoever applies the event:
    a person's in all spaces, or everybody's in a space (a case, a report).
    """

    version: ClassVar[int] = 1
    audience: ClassVar[tuple[str, ...]] = ()
    ends_person: ClassVar[str | None] = None
    ends_space: ClassVar[str | None] = None


class PairEvent(EventSchema):
    """What every event about a pair says, so that no consumer needs to look anything up."""

    audience: ClassVar[tuple[str, ...]] = ("mentor_id", "mentee_id")

    pair_id = fields.String(required=True, metadata={"class": "internal"})
    program_id = fields.String(required=True, metadata={"class": "internal"})
    group_id = fields.String(required=True, metadata={"class": "internal"})
    mentor_id = fields.String(required=True, metadata={"class": "internal"})
    mentee_id = fields.String(required=True, metadata={"class": "internal"})


class Page(Strict):
    """Which part of a list: `cursor` is the `next` of the page before."""

    cursor = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=300))
    limit = fields.Integer(strict=True, load_default=50, validate=validate.Range(min=1, max=100))


@dataclass(frozen=True, slots=True)
class SealedField:
    """Which key seals a field: that of the person (or program, or case) named in the event's field `owner`,

    within the space named in the field `scope` where there is one (a pair: so that nobody's key opens two pairs).
    """

    name: str
    owner: str
    scope: str | None

    def key_id(self, data: Mapping[str, Any]) -> str:
        owner = str(data[self.owner])
        return f"{data[self.scope]}{SCOPE_ENDS}{owner}" if self.scope else owner


def ident(*, required: bool = True, **kwargs: Any) -> fields.String:
    """An id."""
    return fields.String(
        required=required, validate=validate.Length(min=1, max=ID_LENGTH), metadata={"class": "internal"}, **kwargs
    )


def given_ident(*, required: bool = True, **kwargs: Any) -> fields.String:
    """An id that a client may make up: a person's, which stands in clear and in ids of our own. Events take any."""
    return fields.String(
        required=required,
        validate=[validate.Length(min=1, max=ID_LENGTH), _no_controls],
        metadata={"class": "internal"},
        **kwargs,
    )


def word(*choices: str, required: bool = True, **kwargs: Any) -> fields.String:
    """One of a closed list of words, or, without choices, a short machine word."""
    rule = validate.OneOf(choices) if choices else validate.Length(min=1, max=80)
    return fields.String(required=required, validate=rule, metadata={"class": "internal"}, **kwargs)


def slug(*, required: bool = True, **kwargs: Any) -> fields.String:
    """A short id that people choose: small letters, digits and hyphens. It may name a field of a view."""
    rule = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,79}\Z", error="Use small letters, digits and hyphens, at most 80.")
    return fields.String(required=required, validate=rule, metadata={"class": "internal"}, **kwargs)


def moment(*, required: bool = True, **kwargs: Any) -> fields.String:
    """A moment as ISO 8601 text in UTC."""
    return fields.String(required=required, validate=validate.Length(max=40), metadata={"class": "internal"}, **kwargs)


def number(minimum: int, maximum: int, *, required: bool = True, **kwargs: Any) -> fields.Integer:
    """A whole number within bounds, both included. Text and booleans are refused."""
    return fields.Integer(
        required=required,
        strict=True,
        validate=[validate.Range(min=minimum, max=maximum), _not_a_truth_value],
        metadata={"class": "internal"},
        **kwargs,
    )


def flag(*, required: bool = True, **kwargs: Any) -> fields.Boolean:
    """True or false, and nothing that only looks like it."""
    return StrictBoolean(required=required, metadata={"class": "internal"}, **kwargs)


def text(maximum: int, *, minimum: int = 1, required: bool = True, **kwargs: Any) -> fields.String:
    """Free text in a command. Events seal it."""
    return fields.String(
        required=required,
        validate=[validate.Length(min=minimum, max=maximum), _printable],
        metadata={"class": "content"},
        **kwargs,
    )


def texts(maximum: int, of: int, *, required: bool = True, minimum: int = 0, **kwargs: Any) -> fields.List[Any]:
    """A list of at most `maximum` free texts of at most `of` characters each."""
    return fields.List(
        text(of),
        required=required,
        validate=validate.Length(min=minimum, max=maximum),
        metadata={"class": "content"},
        **kwargs,
    )


def sealed(kind: str, *, owner: str, scope: str | None = None, required: bool = True) -> fields.Raw:
    """A personal or content field of an event: any JSON, sealed before it reaches the log."""
    if kind not in {"personal", "content"}:
        raise ValueError(kind)
    return fields.Raw(required=required, allow_none=True, metadata={"class": kind, "owner": owner, "scope": scope})


def internal(*, required: bool = True, **kwargs: Any) -> fields.Raw:
    """Structured data of our own making: ids, numbers and words of closed lists only."""
    return fields.Raw(required=required, metadata={"class": "internal"}, **kwargs)


def sealed_fields(schema: type[EventSchema]) -> tuple[SealedField, ...]:
    """The fields of an event type that are sealed."""
    found = []
    for name, field in schema._declared_fields.items():  # noqa: SLF001 (the public way to list them needs an instance)
        if field.metadata.get("owner"):
            found.append(SealedField(name, field.metadata["owner"], field.metadata.get("scope")))
    return tuple(found)


def load(schema: Schema, data: Any) -> dict[str, Any]:
    """The validated input. Raises Invalid with one sentence per field; what was typed is never repeated in it."""
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        raise Invalid(errors=_named(error.messages_dict)) from None
    return dict(loaded)


class StrictBoolean(fields.Boolean):
    """JSON true and false only: marshmallow would also take "yes" and 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class StrictFloat(fields.Float):
    """A JSON number: marshmallow would also take a text of digits, however long, and true."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def _named(messages: Any) -> Any:
    """Messages with text for keys: places in a list are numbers, which JSON does not take as names."""
    if isinstance(messages, dict):
        return {str(name): _named(found) for name, found in messages.items()}
    return messages


def _not_a_truth_value(value: Any) -> None:
    if isinstance(value, bool):
        raise ValidationError("Not a valid integer.")


def _no_controls(value: str) -> None:
    if has_controls(value):
        raise ValidationError("Contains control characters.")


def _printable(value: str) -> None:
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValidationError("Contains characters that cannot be stored.")
