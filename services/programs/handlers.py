"""Commands of programs: command → decide → append."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema

from services.programs import policy
from services.programs.domain import journey, program
from services.programs.templates import templates
from shared.application.table import Decide, Handler, Reads, no_facts
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


def _journey(schema: Schema, decide: Decide, *, by_the_pair: bool = True, facts: Facts = no_facts) -> Handler:
    return Handler(
        schema,
        journey.JOURNEY,
        lambda command: f"journey-{command['pair_id']}",
        decide,
        allow=policy.one_of_the_pair if by_the_pair else None,
        facts=facts,
        versioned=True,
    )


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
    "agree_commitment": _journey(api.OfPair(), journey.agree_commitment, facts=_standing_facts),
    "complete_step": _journey(api.OfStep(), journey.complete_step, facts=_standing_facts),
    "skip_step": _journey(api.OfStep(), journey.skip_step, facts=_standing_facts),
    "set_goal": _journey(api.SetGoal(), journey.set_goal, facts=_standing_facts),
    "record_check_in": _journey(api.RecordCheckIn(), journey.record_check_in, facts=_standing_facts),
    "record_pulse": _journey(api.RecordPulse(), journey.record_pulse, facts=_standing_facts),
    "give_feedback": _journey(api.GiveFeedback(), journey.give_feedback),
    "start_journey": _journey(api.StartJourney(), journey.start_journey, by_the_pair=False, facts=_journey_facts),
    "pause_journey": _journey(api.OfPair(), journey.pause_journey, by_the_pair=False),
    "resume_journey": _journey(api.OfPair(), journey.resume_journey, by_the_pair=False),
    "hold_journey": _journey(api.ReviewJourney(), journey.hold_journey, by_the_pair=False),
    "release_journey": _journey(api.ReviewJourney(), journey.release_journey, by_the_pair=False),
    "stop_journey": _journey(api.StopJourney(), journey.stop_journey, by_the_pair=False),
    "remind_check_in": _journey(api.OfPair(), journey.remind_check_in, by_the_pair=False),
}
