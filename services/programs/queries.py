"""Questions to programs: read models → answers."""

from __future__ import annotations

from services.programs import policy
from services.programs.domain.health import ADMIN_SEES, health, missed_in_a_row
from services.programs.templates import templates
from shared.application.table import Asked, Query, Reads
from shared.contracts import programs_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data

_SUMMARY = ("id", "title", "summary", "audience", "weeks")


def list_templates(_asked: Asked) -> Data:
    return {"items": [{name: one[name] for name in _SUMMARY} for one in templates().values()], "next": None}


def one_template(asked: Asked) -> Data:
    found = templates().get(asked.params["template_id"])
    if found is None:
        raise NotFound
    return {name: value for name, value in found.items() if name != "format"}


def programs_of_group(asked: Asked) -> Data:
    params = asked.params
    policy.member_of_the_group(asked.actor, params["group_id"])
    where: Data = {"group_id": params["group_id"]}
    if not asked.actor.is_admin(params["group_id"]):
        where["status"] = {"$ne": "draft"}
    page = asked.reads.page("programs", where, order="order", cursor=params["cursor"], limit=params["limit"])
    return {"items": [_summary(asked.reads, one) for one in page["items"]], "next": page["next"]}


def one_program(asked: Asked) -> Data:
    found = _program(asked)
    return {
        **_summary(asked.reads, found),
        **_sign_up(found),
        "questions": asked.reads.open(found.get("questions")) or [],
        "steps": asked.reads.open(found["guide"]),
        "_etag": found["seq"],
    }


def one_journey(asked: Asked) -> Data:
    reads, found = asked.reads, asked.reads.get("journeys", asked.params["pair_id"])
    if found is None or asked.actor.id not in (found["mentor_id"], found["mentee_id"]):
        raise NotFound
    guide = reads.get("guides", f"{found['program_id']}.{found['guide_version']}") or {}
    return {
        "pair_id": found["id"],
        **{name: found[name] for name in ("program_id", "mentor_id", "mentee_id")},
        "status": "paused-for-review" if found["status"] == "paused" and found.get("reviews") else found["status"],
        "commitment": guide.get("settings", {}).get("commitment", {}),
        "agreed_by": sorted(found.get("agreed_by", [])),
        **_steps(found, reads.open(guide.get("guide"))),
        "check_ins": [{**one, "note": reads.open(one["note"])} for one in found.get("check_ins", [])],
        "next_check_in_at": found["next_check_in_at"],
        "goals": [{**one, "text": reads.open(one["text"])} for one in found.get("goals", [])],
        "feedback": _feedback(reads, found, asked.actor.id),
        "admin_sees": list(ADMIN_SEES),
        "_etag": found["seq"],
    }


def program_health(asked: Asked) -> Data:
    """Metadata only (P-20)."""
    program, params = _program(asked), asked.params
    policy.admin_of_the_group(asked.actor, program["group_id"])
    page = asked.reads.page(
        "journeys", {"program_id": program["id"]}, order="_id", cursor=params["cursor"], limit=params["limit"]
    )
    items = []
    for one in page["items"]:
        found = health(one, asked.now)
        items.append(
            {
                "pair_id": one["id"],
                "mentor_id": one["mentor_id"],
                "mentee_id": one["mentee_id"],
                "state": found.state,
                "score": found.score,
                "reasons": list(found.reasons),
                "steps_done": len(one.get("passed", {})),
                "steps_total": len(one["step_ids"]),
                "last_check_in_at": max((check["at"] for check in one.get("check_ins", [])), default=None),
                "missed_in_a_row": missed_in_a_row(one),
                "completed": one.get("completed", False),
            }
        )
    return {"program_id": program["id"], "items": items, "next": page["next"]}


def _program(asked: Asked) -> Data:
    """A program that the asker may know of: drafts are for admins."""
    found = asked.reads.get("programs", asked.params["program_id"])
    if found is None:
        raise NotFound
    policy.member_of_the_group(asked.actor, found["group_id"])
    if found["status"] == "draft" and not asked.actor.is_admin(found["group_id"]):
        raise NotFound
    return found


def _summary(reads: Reads, found: Data) -> Data:
    plain = ("group_id", "template_id", "status", "guide_version", "created_at")
    return {
        "program_id": found["id"],
        **{name: found[name] for name in plain},
        "settings": {name: value for name, value in found["settings"].items() if name != "questions"},
        "title": reads.open(found["title"]),
        "description": reads.open(found["description"]),
    }


def _sign_up(found: Data) -> Data:
    """P-05: the goal comes first."""
    template = templates().get(found["template_id"], {})
    return {
        "goal_prompt": f"What is the one thing that you want from these {found['settings']['weeks']} weeks?",
        "goal_examples": template.get("goal_examples", []),
    }


def _steps(found: Data, guide: object) -> Data:
    passed, marks = found.get("passed", {}), found.get("marks", {})
    current = next((step for step in found["step_ids"] if step not in passed), None)
    texts = {step["id"]: step for step in guide} if isinstance(guide, list) else {}
    steps = [
        {
            **texts.get(step, {"id": step}),
            "state": passed.get(step) or ("current" if step == current else "ahead"),
            "done_by": sorted(marks.get(step, [])),
        }
        for step in found["step_ids"]
    ]
    return {"steps": steps, "current_step_id": current}


def _feedback(reads: Reads, found: Data, asker: str) -> list[Data]:
    """One's own words; the wish for contact of both is told only when both have it."""
    given = found.get("feedback", [])
    both = len(given) == 2 and all(one["contact_afterwards"] for one in given)
    return [
        {**one, "text": reads.open(one["text"]), "contact_afterwards_both": both} for one in given if one["by"] == asker
    ]


QUERIES = {
    "templates": Query(api.Nothing(), list_templates),
    "template": Query(api.OfTemplate(), one_template),
    "programs_of_group": Query(api.OfGroup(), programs_of_group),
    "program": Query(api.OfProgram(), one_program),
    "journey": Query(api.OfPair(), one_journey),
    "program_health": Query(api.PageOfProgram(), program_health),
}
