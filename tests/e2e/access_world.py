"""The people and things that the access table speaks of."""

from __future__ import annotations

from typing import Any

from shared.kernel.ids import new_id
from tests.support.world import ANSWERS, ANY_VERSION, FAR_OFF, Someone, World, until

ROLES = (
    "anonymous",
    "stranger",
    "member",
    "mentor",
    "mentee",
    "other_pair",
    "admin",
    "other_admin",
    "moderator",
    "suspended",
    "triage",
    "owner",
)


def build(world: World) -> World:
    """Everybody of ROLES in `people`, and in `ids` what stands for every parameter of the routes."""
    group = f"soap-{world.mark}"
    admin = world.someone("admin", groups={group: "admin"})
    world.someone("other_admin", groups={f"wool-{world.mark}": "admin"})
    world.someone("stranger", groups=[f"wool-{world.mark}"])
    world.someone("triage", groups=[f"wool-{world.mark}"], roles=["triage"])
    world.someone("owner", groups=[f"wool-{world.mark}"], roles=["owner"])
    world.someone("member", groups=[group])
    mentor, mentee = world.someone("mentor", groups=[group]), world.someone("mentee", groups=[group])
    other, their = world.someone("other_pair", groups=[group]), world.someone("their_mentee", groups=[group])
    moderator, desk = world.someone("moderator", roles=["moderator"]), world.someone("desk", roles=["moderator"])
    suspended = world.someone("suspended", groups=[group])
    world.people["anonymous"] = Someone(world.client, "anonymous", None)
    program, second = world.program(admin, group), world.program(admin, group)
    pair = world.pair(admin, program, mentor, mentee)
    waiting = world.someone("waiting", groups=[group])
    signup = {"role": "mentee", "adult": True, "answers": ANSWERS}
    waiting.do("POST", f"/v1/programs/{program}/signups", signup)
    left = waiting.eventually("POST", f"/v1/programs/{second}/signups", signup, 201).json()
    drafted = world.someone("drafted", groups=[group])
    drafted.do("POST", f"/v1/programs/{program}/signups", signup)
    drafts = {"pairs": [{"mentor_id": mentor.id, "mentee_id": drafted.id, "introduce": False}]}
    draft = {"template_id": "skill-development", "title": "Later"}
    world.ids = {
        "group_id": group,
        "template_id": "skill-development",
        "program_id": program,
        "draft_id": admin.do("POST", f"/v1/groups/{group}/programs", draft)["program_id"],
        "second_id": second,
        "pair_id": pair,
        "other_pair_id": world.pair(admin, program, other, their),
        "second_pair_id": world.pair(admin, second, mentor, mentee),
        "run_id": admin.do("POST", f"/v1/programs/{program}/recommendations", {})["run_id"],
        "batch_id": admin.do("POST", f"/v1/programs/{program}/pairs/bulk", drafts)["batch_id"],
        "step_id": mentor.get(f"/v1/pairs/{pair}/journey")["current_step_id"],
        "mentor_id": mentor.id,
        "mentee_id": mentee.id,
        "waiting_id": waiting.id,
        "signup_id": left["signup_id"],
        "person_id": f"somebody-{world.mark}",
        "token": "not-a-token",
        "export_id": new_id(),
        "link": "not-a-link",
        "receipt": "not-a-receipt",
    }
    _talk(world, mentor, pair)
    _report(world, mentee, moderator, admin)
    _suspend(world, mentee, suspended, desk)
    return world


def _talk(world: World, mentor: Someone, pair: str) -> None:
    message = mentor.eventually("POST", f"/v1/pairs/{pair}/messages", {"text": "Hello"}, 201).json()
    world.ids["message_id"] = message["message_id"]
    posts = f"/v1/pairs/{pair}/steps/{world.ids['step_id']}/posts"
    world.ids["post_id"] = mentor.do("POST", posts, {"text": "My first soap"})["post_id"]


def _report(world: World, mentee: Someone, moderator: Someone, admin: Someone) -> None:
    target = {"kind": "message", "id": world.ids["message_id"]}
    _file(mentee, {"target": target, "reason": "spam", "to": "platform"})
    _file(mentee, {"target": {"kind": "pair", "id": world.ids["pair_id"]}, "reason": "spam", "to": "admin"})
    world.ids["case_id"] = _case(moderator, "/v1/moderation/cases", target["id"])
    queue = f"/v1/groups/{world.ids['group_id']}/cases"
    world.ids["group_case_id"] = _case(admin, queue, None)


def _suspend(world: World, reporter: Someone, suspended: Someone, desk: Someone) -> None:
    signup = {"role": "mentee", "adult": True, "answers": ANSWERS}
    suspended.do("POST", f"/v1/programs/{world.ids['program_id']}/signups", signup)
    _file(reporter, {"target": {"kind": "person", "id": suspended.id}, "reason": "spam", "to": "platform"})
    case = _case(desk, "/v1/moderation/cases", suspended.id)
    reasons = {"policies": ["spam"], "rationale": "Spam.", "message": "Spam."}
    act: dict[str, Any] = {"action": "suspend", "until": FAR_OFF, **reasons}
    desk.do("POST", f"/v1/cases/{case}/assign", **ANY_VERSION)
    desk.do("POST", f"/v1/cases/{case}/actions", act, **ANY_VERSION)
    until(lambda: suspended.ask("GET", "/v1/templates"), lambda answer: answer.status_code == 401)
    world.signs_in_anew(suspended)
    found = until(lambda: suspended.get("/v1/me/statements")["items"], bool)
    action = found[0]["action_id"]
    appeal = suspended.do("POST", f"/v1/cases/{case}/appeals", {"action_id": action, "text": "It was not me."})
    world.ids |= {"appealed_case_id": case, "action_id": action, "appeal_id": appeal["appeal_id"]}


def _file(person: Someone, report: dict[str, Any]) -> None:
    person.eventually("POST", "/v1/reports", report, 201)


def _case(person: Someone, queue: str, target: str | None) -> str:
    def look() -> list[str]:
        items = person.get(f"{queue}?limit=100")["items"]
        return [one["case_id"] for one in items if target is None or one.get("target_id") == target]

    found: list[str] = until(look, bool)
    return found[0]
