"""Programs of groups, and the journeys of pairs along their guides."""

from __future__ import annotations

from services.gateway.routes.route import Who, command, query
from shared.contracts import programs_api as api

_PROGRAM = "/v1/programs/{program_id}"
_PAIR = "/v1/pairs/{pair_id}"

ROUTES = (
    query("/v1/templates", "programs.templates", Who.PERSON, "All templates", api.Nothing, api.Templates),
    query(
        "/v1/templates/{template_id}",
        "programs.template",
        Who.PERSON,
        "One template with its steps",
        api.OfTemplate,
        api.Template,
    ),
    command(
        "POST /v1/groups/{group_id}/programs",
        "programs.create_program",
        Who.ADMIN,
        "Create a program from a template",
        api.CreateProgram,
        api.ProgramId,
        status=201,
    ),
    query(
        "/v1/groups/{group_id}/programs",
        "programs.programs_of_group",
        Who.MEMBER,
        "Programs of a group; drafts are for its admins",
        api.OfGroup,
        api.Programs,
    ),
    query(_PROGRAM, "programs.program", Who.MEMBER, "One program with its guide", api.OfProgram, api.Program),
    command(
        f"PATCH {_PROGRAM}",
        "programs.revise_program",
        Who.ADMIN,
        "Change title, description or settings",
        api.ReviseProgram,
        api.Acknowledged,
        edits=True,
    ),
    command(
        f"PUT {_PROGRAM}/steps",
        "programs.replace_steps",
        Who.ADMIN,
        "Replace the steps of the guide; pairs under way keep theirs",
        api.ReplaceSteps,
        api.Acknowledged,
        edits=True,
    ),
    command(
        f"POST {_PROGRAM}/open",
        "programs.open_program",
        Who.ADMIN,
        "Open it for sign-ups",
        api.OfProgram,
        api.Acknowledged,
    ),
    command(
        f"POST {_PROGRAM}/close",
        "programs.close_program",
        Who.ADMIN,
        "No new sign-ups or pairs",
        api.OfProgram,
        api.Acknowledged,
    ),
    command(
        f"POST {_PROGRAM}/archive",
        "programs.archive_program",
        Who.ADMIN,
        "Put it away",
        api.OfProgram,
        api.Acknowledged,
    ),
    command(
        f"POST {_PROGRAM}/duplicate",
        "programs.duplicate_program",
        Who.ADMIN,
        "A new draft with the same guide and settings",
        api.DuplicateProgram,
        api.ProgramId,
        status=201,
    ),
    query(
        f"{_PROGRAM}/health",
        "programs.program_health",
        Who.ADMIN,
        "How the pairs are doing, from metadata alone",
        api.PageOfProgram,
        api.ProgramHealth,
    ),
    command(
        f"POST {_PAIR}/agree",
        "programs.agree_commitment",
        Who.PAIR,
        "Agree to the commitment",
        api.OfPair,
        api.Acknowledged,
    ),
    query(f"{_PAIR}/journey", "programs.journey", Who.PAIR, "Where the pair is in its guide", api.OfPair, api.Journey),
    command(
        f"POST {_PAIR}/steps/{{step_id}}/complete",
        "programs.complete_step",
        Who.PAIR,
        "My part of this step is done",
        api.OfStep,
        api.Acknowledged,
    ),
    command(
        f"POST {_PAIR}/steps/{{step_id}}/skip",
        "programs.skip_step",
        Who.PAIR,
        "Go on without this step",
        api.OfStep,
        api.Acknowledged,
    ),
    command(
        f"POST {_PAIR}/check-ins",
        "programs.record_check_in",
        Who.PAIR,
        "How the week went",
        api.RecordCheckIn,
        api.Acknowledged,
        status=201,
    ),
    command(
        f"POST {_PAIR}/pulse",
        "programs.record_pulse",
        Who.PAIR,
        "The one-question pulse, 1 to 10",
        api.RecordPulse,
        api.Acknowledged,
        status=201,
    ),
    command(
        f"POST {_PAIR}/goals", "programs.set_goal", Who.PAIR, "Set a goal", api.SetGoal, api.Acknowledged, status=201
    ),
    command(
        f"POST {_PAIR}/feedback",
        "programs.give_feedback",
        Who.PAIR,
        "Words at the end",
        api.GiveFeedback,
        api.Acknowledged,
        status=201,
    ),
)
