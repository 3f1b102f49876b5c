"""What people say of themselves when they sign up. All of it is sealed with their own key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from shared.contracts.base import Strict, given_ident, number, slug, text, texts
from shared.contracts.questions import MOST

_WINDOWS = 42
_PLACES = 20
_LONGEST_REPLY = 2000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")
_FROM = re.compile(r"([01][0-9]|2[0-3]):(00|15|30|45)\Z")
_TO = re.compile(r"(([01][0-9]|2[0-3]):(00|15|30|45)|24:00)\Z")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _a_zone(value: str) -> None:
    if value not in _zones():
        raise ValidationError("Name a time zone of the IANA database, like Europe/Berlin.")


def _clock(shape: re.Pattern[str]) -> fields.String:
    rule = validate.Regexp(shape, error="Write a quarter of an hour, like 17:00 or 17:45.")
    return fields.String(required=True, validate=[validate.Length(max=5), rule], metadata={"class": "personal"})


class _Window(Strict):
    """`weekday`: 1 is Monday. `to` may be 24:00; who is free past midnight says so with a window of the next day."""

    weekday = number(1, 7)

    @validates_schema
    def _ends_after_it_begins(self, data: dict[str, Any], **_: Any) -> None:
        if data["from"] >= data["to"]:
            raise ValidationError("It ends before it begins.", "to")


Window = _Window.from_dict({"from": _clock(_FROM), "to": _clock(_TO)}, name="Window")
Window.__module__ = __name__


class _Reply(validate.Length):
    """Of a shape that some question may take, a text no longer than `max`; which one it is, matching knows."""

    def __call__(self, value: Any) -> Any:
        whole = value if isinstance(value, list) else [value]
        if isinstance(value, str):
            return text(self.max or 0).deserialize(value)
        if len(whole) > _PLACES or not all(isinstance(one, int) and not isinstance(one, bool) for one in whole):
            raise ValidationError("Reply with a text, a number, or a list of at most 20 numbers.")
        return value


_SHAPES = (
    {"type": "string"},
    {"type": "integer"},
    {"type": "array", "items": {"type": "integer"}, "maxItems": _PLACES},
)


def _all_different(values: Sequence[Any]) -> None:
    if len(set(values)) != len(values):
        raise ValidationError("Name each only once.")


class Answers(Strict):
    """What a person says of themselves. `goal` is the one thing that they want from these weeks. `topics` and `needs`

    in the order of priority, the most wanted first. `languages` are language tags. `hours` are when they are free by
    the clock of their own `timezone`, each week. `capacity` is how many mentees a mentor takes. `replies` are to the
    program's own questions, by id: a text, a number, or a list of numbers, where choices count from 1 and ranked ones
    stand in order; `counts` are the protected questions that are to count in the search for somebody who wishes the
    same. `do_not_pair` are people whom one wishes not to be paired with: nobody else ever reads it.
    """

    goal = text(500, required=False)
    about = text(2000, required=False)
    topics = texts(20, 60, minimum=1)
    needs = texts(10, 120, required=False)
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z")),
        required=True,
        validate=validate.Length(min=1, max=10),
        metadata={"class": "content"},
    )
    timezone = fields.String(required=True, validate=[validate.Length(max=64), _a_zone], metadata={"class": "personal"})
    availability = text(500, required=False)
    hours = fields.List(fields.Nested(Window), validate=validate.Length(max=_WINDOWS), metadata={"class": "personal"})
    capacity = number(1, 20, required=False)
    replies = fields.Dict(
        keys=slug(),
        values=fields.Raw(validate=_Reply(max=_LONGEST_REPLY), metadata={"anyOf": list(_SHAPES)}),
        validate=validate.Length(max=MOST),
        metadata={"class": "personal"},
    )
    counts = fields.List(slug(), validate=[validate.Length(max=MOST), _all_different], metadata={"class": "personal"})
    do_not_pair = fields.List(given_ident(), validate=validate.Length(max=50), metadata={"class": "personal"})

    @pre_load
    def _replies_go_by_id(self, data: Any, **_: Any) -> Any:
        """Before anything else, since a refusal of one reply would repeat what it was filed under."""
        replies = data.get("replies") if isinstance(data, dict) else None
        if isinstance(replies, dict) and not all(isinstance(name, str) and _ID.match(name) for name in replies):
            raise ValidationError("Name each question by its id.", "replies")
        return data
