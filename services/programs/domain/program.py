"""A program: made from a template, revised, opened, closed, archived (P-01, P-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.programs.domain.errors import (
    Archived,
    NotADraft,
    NotOpen,
    StillOpen,
    UnfitGuide,
    UnknownTemplate,
)
from services.programs.domain.questioning import fit_questions, skeleton
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion

WORDS = ("title", "description", "guide", "questions")


@dataclass
class Program:
    """What decisions about a program need to know. `words` are references: the application opens them."""

    program_id: str = ""
    group_id: str = ""
    template_id: str = ""
    status: str = "none"
    guide_version: int = 0
    settings: Data = field(default_factory=dict)
    words: dict[str, Data | None] = field(default_factory=dict)


def evolve(state: Program, event: Event) -> Program:
    match event.type:
        case "ProgramCreated" | "ProgramRevised":
            if event.type == "ProgramCreated":
                state.status = "draft"
            state.program_id = event.data["program_id"]
            state.group_id = event.data["group_id"]
            state.template_id = event.data["template_id"]
            state.guide_version = event.data["guide_version"]
            state.settings = event.data["settings"]
            state.words = {name: _sealed(event, name) for name in WORDS}
        case "ProgramOpened":
            state.status = "open"
        case "ProgramClosed":
            state.status = "closed"
        case "ProgramArchived":
            state.status = "archived"
    return state


def _sealed(event: Event, name: str) -> Data | None:
    """Where a sealed field stands: what is said today is read from here, since a view may be behind."""
    value = event.data.get(name)
    if value is None:
        return None
    return {"key": event.data["program_id"], "event": event.id, "field": name, "sealed": value}


PROGRAM = Aggregate("program", Program, evolve)


def create_program(_state: Program, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: `template` (or None), `defaults` (of the settings)."""
    template = occasion.facts["template"]
    if template is None:
        raise UnknownTemplate
    guide = _fit(command.get("steps") or template["steps"])
    told = {**command, "questions": fit_questions(command.get("questions", template["questions"]))}
    settings = merged(
        occasion.facts["defaults"],
        {"weeks": template["weeks"], "commitment": template["commitment"]},
        command.get("settings", {}),
    )
    return [_outline("ProgramCreated", command["program_id"], command["group_id"], told, guide, settings, 1)]


def revise_program(state: Program, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: `words` with today's title, description, guide and questions, opened."""
    words = occasion.facts["words"]
    _editable(state)
    told = {"template_id": state.template_id, **words, **{k: v for k, v in command.items() if k in words}}
    fit_questions(command.get("questions", ()))
    settings = merged(state.settings, command.get("settings", {}))
    version = state.guide_version
    return [_outline("ProgramRevised", state.program_id, state.group_id, told, words["guide"], settings, version)]


def replace_steps(state: Program, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Pairs that have started keep the version they started with (P-02)."""
    _editable(state)
    guide = _fit(command["steps"])
    told = {"template_id": state.template_id, **occasion.facts["words"]}
    version = state.guide_version + 1
    return [_outline("ProgramRevised", state.program_id, state.group_id, told, guide, state.settings, version)]


def open_program(state: Program, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    if state.status == "archived":
        raise Archived
    if state.status != "draft":
        raise NotADraft
    return [NewEvent("ProgramOpened", {**_ids(state), "settings": state.settings})]


def close_program(state: Program, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    if state.status != "open":
        raise NotOpen
    return [NewEvent("ProgramClosed", _ids(state))]


def archive_program(state: Program, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    if state.status == "open":
        raise StillOpen
    if state.status == "archived":
        raise Archived
    return [NewEvent("ProgramArchived", _ids(state))]


def duplicate_program(_state: Program, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: `original` with group, template and settings, `words` with its words. The copy is a draft."""
    original, words = occasion.facts["original"], occasion.facts["words"]
    told = {"template_id": original["template_id"], **words, "title": command.get("title") or words["title"]}
    return [
        _outline(
            "ProgramCreated", command["copy_id"], original["group_id"], told, words["guide"], original["settings"], 1
        )
    ]


def merged(*layers: Mapping[str, Any]) -> Data:
    """Settings laid over each other, the last one on top, one level deep into each part."""
    result: Data = {}
    for layer in layers:
        for name, value in layer.items():
            both = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
            result[name] = {**result[name], **value} if both else value
    return result


def _outline(
    kind: str, program_id: str, group_id: str, told: Data, guide: Sequence[Data], settings: Data, version: int
) -> NewEvent:
    questions = told.get("questions") or []
    return NewEvent(
        kind,
        {
            "program_id": program_id,
            "group_id": group_id,
            "template_id": told["template_id"],
            "guide_version": version,
            "step_ids": [step["id"] for step in guide],
            "settings": {**settings, "questions": [skeleton(one) for one in questions]},
            "title": told["title"],
            "description": told.get("description"),
            "guide": list(guide),
            "questions": list(questions),
        },
    )


def _fit(steps: Sequence[Data]) -> Sequence[Data]:
    ids = [step["id"] for step in steps]
    weeks = [step["week"] for step in steps]
    closing = [step.get("closing", False) for step in steps]
    if len(set(ids)) != len(ids) or weeks != sorted(weeks) or closing.count(True) != 1 or not closing[-1]:
        raise UnfitGuide
    return steps


def _editable(state: Program) -> None:
    if state.status == "archived":
        raise Archived


def _ids(state: Program) -> Data:
    return {"program_id": state.program_id, "group_id": state.group_id}
