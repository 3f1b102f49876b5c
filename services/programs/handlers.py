"""Commands of programs: command → decide → append."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from marshmallow import Schema

from services.programs import policy
from services.programs.domain import journey, program
from services.programs.templates import templates
from shared.application.table import Allow, Decide, Handler, Reads, no_facts
from shared.contracts import programs_api as api
from shared.contracts.settings import AdminSettings
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.events import Data, NewEvent, Occasion

Facts = Callable[[Reads, Any, Data], Data]


def _template_facts(_reads: Reads, _state: Any, command: Data) -> Data:
    return {"template": templates().get(command["template_id"]), "defaults": AdminSettings().load({})}


def _words(reads: Reads, found: Data) -> Data:
    return {name: reads.open(found.get(name)) for name in program.WORDS}


def _words_facts(reads: Reads, state: program.Program, _command: Data) -> Data:
    return {"words": _words(reads, state.words)}


def _original_facts(reads: Reads, _state: Any, command: Data) -> Data:
    found = reads.get("programs", command["program_id"])
    if found is None:
        raise NotFound
    return {"original": found, "words": _words(reads, found)}


def _journey_facts(reads: Reads, state: journey.Journey, command: Data) -> Data:
    if state.pair:
        return {}
    found = reads.get("programs", command["program_id"])
    if found is None:
        raise Unavailable
    return {"program": found}


def _standing_facts(reads: Reads, state: journey.Journey, command: Data) -> Data:
    if not state.pair:
        return {}
    found, actor = reads.get_many("standing", state.sides), command["actor_id"]
    return {"standing": found.get(actor), "of_the_other": found.get(state.other(actor))}


def _duplicate(state: program.Program, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The original is found by facts only, so its policy is asked here."""
    policy.admin_of_the_group(occasion.actor, occasion.facts["original"]["group_id"])
    return program.duplicate_program(state, command, occasion)


def _admin(schema: Schema, decide: Decide, facts: Facts = no_facts) -> Handler:
    return Handler(
        schema,
        program.PROGRAM,
        lambda command: f"program-{command['program_id']}",
        decide,
        allow=policy.change_program,
        facts=facts,
        versioned=True,
    )


def _journey(schema: Schema, decide: Decide, *, allow: Allow | None = None, facts: Facts = no_facts) -> Handler:
    return Handler(
        schema,
        journey.JOURNEY,
        lambda command: f"journey-{command['pair_id']}",
        decide,
        allow=allow,
        facts=facts,
        versioned=True,
    )


def _on_the_way(schema: Schema, decide: Decide) -> Handler:
    """What the two do while the journey goes on; a block is heeded also before programs has heard of it (BL-02)."""
    return replace(_journey(schema, decide, allow=policy.one_of_the_pair, facts=_standing_facts), looks_ahead=True)


COMMANDS = {
    "create_program": Handler(
        api.CreateProgram(),
        program.PROGRAM,
        lambda command: f"program-{command['program_id']}",
        program.create_program,
        allow=policy.create_in_group,
        facts=_template_facts,
        creates="program_id",
    ),
    "duplicate_program": Handler(
        api.DuplicateProgram(),
        program.PROGRAM,
        lambda command: f"program-{command['copy_id']}",
        _duplicate,
        allow=policy.anyone,
        facts=_original_facts,
        creates="copy_id",
    ),
    "revise_program": _admin(api.ReviseProgram(), program.revise_program, _words_facts),
    "replace_steps": _admin(api.ReplaceSteps(), program.replace_steps, _words_facts),
    "open_program": _admin(api.OfProgram(), program.open_program),
    "close_program": _admin(api.OfProgram(), program.close_program),
    "archive_program": _admin(api.OfProgram(), program.archive_program),
    "agree_commitment": _on_the_way(api.OfPair(), journey.agree_commitment),
    "complete_step": _on_the_way(api.OfStep(), journey.complete_step),
    "skip_step": _on_the_way(api.OfStep(), journey.skip_step),
    "set_goal": _on_the_way(api.SetGoal(), journey.set_goal),
    "record_check_in": _on_the_way(api.RecordCheckIn(), journey.record_check_in),
    "record_pulse": _on_the_way(api.RecordPulse(), journey.record_pulse),
    "give_feedback": _journey(api.GiveFeedback(), journey.give_feedback, allow=policy.one_of_the_pair),
    "start_journey": _journey(api.StartJourney(), journey.start_journey, facts=_journey_facts),
    "pause_journey": _journey(api.OfPair(), journey.pause_journey),
    "resume_journey": _journey(api.OfPair(), journey.resume_journey),
    "hold_journey": _journey(api.ReviewJourney(), journey.hold_journey),
    "release_journey": _journey(api.ReviewJourney(), journey.release_journey),
    "stop_journey": _journey(api.StopJourney(), journey.stop_journey),
    "remind_check_in": _journey(api.OfPair(), journey.remind_check_in),
}
