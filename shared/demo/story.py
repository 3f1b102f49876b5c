"""The flow, chapter by chapter. Each chapter does its part through the API, checks it, and tells it in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from shared.auth.dev_issuer import Person as Claims
from shared.demo.client import Api, Person, eventually

GROUP = "soap-makers"
DAY = 86_400.0


@dataclass
class World:
    """What the story needs from outside, and what it remembers from chapter to chapter.

    `mails` lists the e-mails that arrived, as text; `advance` moves the system's clock by seconds; `command` runs a
    `mentorship` command for this system and gives what it prints; `exports` is a folder for what analysts take out.
    """

    api: Api
    token: Callable[[Claims], str]
    advance: Callable[[float], None]
    mails: Callable[[], list[str]]
    command: Callable[..., str]
    exports: Path
    suffix: str
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def person(self, name: str, *, group: str | None = GROUP, role: str = "member", **more: Any) -> Person:
        """Somebody of this run of the story: a second run has other people."""
        who = f"{name}-{self.suffix}"
        if who not in self.people:
            groups = {f"{group}-{self.suffix}": role} if group else {}
            claims = Claims(who, name.title(), f"{who}@example.org", "en", "Europe/Berlin", groups, **more)
            self.people[who] = Person(self.api, who, self.token(claims))
        return self.people[who]

    @property
    def admin(self) -> Person:
        return self.person("ada", role="admin")

    @property
    def moderator(self) -> Person:
        return self.person("mo", group=None, roles=("moderator",))

    @property
    def program(self) -> str:
        return f"/v1/programs/{self.ids['program']}"

    def pair(self, of: str) -> str:
        return f"/v1/pairs/{self.ids['pairs'][of]}"


MENTORS = {"may": ("cold process", "scent"), "noor": ("packaging", "selling"), "olga": ("liquid soap", "colour")}
MENTEES = {"tom": ("cold process", "scent"), "uma": ("selling", "packaging"), "vic": ("liquid soap", "scent")}
REQUIRED = {"languages": ["en"], "timezone": "Europe/Berlin"}


def opens(world: World) -> str:
    body = {"template_id": "skill-development", "title": "Soap, winter round", "description": "Eight weeks of soap"}
    made = world.admin.post(f"/v1/groups/{GROUP}-{world.suffix}/programs", body)
    world.ids["program"] = made["program_id"]
    world.admin.post(f"{world.program}/open")
    steps = world.admin.get(world.program)["steps"]
    return f"Ada opens a program of {len(steps)} steps from the template skill development."


def signs_up(world: World) -> str:
    for name, topics in MENTORS.items():
        answers = {**REQUIRED, "topics": list(topics), "capacity": 2, "about": f"I am {name} and I make soap"}
        world.person(name).post(f"{world.program}/signups", {"role": "mentor", "adult": True, "answers": answers})
    for name, needs in MENTEES.items():
        answers = {**REQUIRED, "topics": list(needs), "needs": list(needs), "goal": f"{needs[0]}, by spring"}
        world.person(name).post(f"{world.program}/signups", {"role": "mentee", "adult": True, "answers": answers})
    body = {"role": "mentee", "adult": True, "answers": {**REQUIRED, "topics": ["scent"], "needs": ["scent"]}}
    minor = world.person("kim", adult=False)
    stranger = world.person("sam", group="chess")
    young = minor.refused(lambda: minor.post(f"{world.program}/signups", body))
    strange = stranger.refused(lambda: stranger.post(f"{world.program}/signups", body))
    count = len(world.admin.get(f"{world.program}/signups")["items"])
    return f"{count} members sign up. A minor is refused ({young.slug}), a stranger finds nothing ({strange.slug})."


def recommends(world: World) -> str:
    run = world.admin.post(f"{world.program}/recommendations", {})
    best = max(run["proposals"], key=lambda one: one["score"])
    world.ids["run"] = run["run_id"]
    reason = best["reasons"][0] if best["reasons"] else "no reason given"
    return f"{len(run['proposals'])} pairs are recommended; the best scores {best['score']:.2f}: {reason}"


def pairs(world: World) -> str:
    vic, olga = world.person("vic"), world.person("olga")
    body = {"mentor_id": olga.id, "mentee_id": vic.id, "introduction": "Olga knows liquid soap better than anyone."}
    world.admin.post(f"{world.program}/pairs", body)
    world.admin.post(f"{world.program}/recommendations/{world.ids['run']}/publish")
    found = world.admin.get(f"{world.program}/pairs")["items"]
    world.ids["pairs"] = {one["mentee_id"].rpartition("-")[0]: one["pair_id"] for one in found}
    world.ids["mentors"] = {one["mentee_id"].rpartition("-")[0]: one["mentor_id"].rpartition("-")[0] for one in found}
    again = world.admin.refused(lambda: world.admin.post(f"{world.program}/pairs", body))
    return f"Ada pairs Olga and Vic by hand and publishes the rest: {len(found)} pairs; no second one ({again.slug})."


def both(world: World, mentee: str = "tom") -> tuple[Person, Person]:
    """The mentor and the mentee of a pair."""
    return world.person(world.ids["mentors"][mentee]), world.person(mentee)


def agrees(world: World) -> str:
    for mentee in MENTEES:
        for side in both(world, mentee):
            eventually(partial(_there, side, f"{world.pair(mentee)}/journey"), "the journey starts")
            side.post(f"{world.pair(mentee)}/agree")
    return "The pairs are introduced, and both sides of each agree to the commitment."


def _there(person: Person, path: str) -> bool:
    try:
        person.get(path)
    except Exception:  # noqa: BLE001 (not there yet)
        return False
    return True


def works(world: World) -> str:
    mentor, mentee = both(world)
    pair = world.pair("tom")
    for _ in range(2):
        step = mentor.get(f"{pair}/journey")["current_step_id"]
        post = mentor.post(f"{pair}/steps/{step}/posts", {"text": "Here is how I weigh the lye."})["post_id"]
        mentee.post(f"{pair}/posts/{post}/comments", {"text": "So the water comes first?"})
        mentor.post(f"{pair}/steps/{step}/complete")
        mentee.post(f"{pair}/steps/{step}/complete")
    message = mentor.post(f"{pair}/messages", {"text": "Your first bar looks good."})["message_id"]
    mentee.post(f"{pair}/messages/{message}/reactions", {"reaction": "celebrate"})
    mentee.post(f"{pair}/messages/read", {"up_to": message})
    mentee.post(f"{pair}/messages", {"text": "It even smells of lavender!"})
    mentee.post(f"{pair}/goals", {"text": "A bar for every neighbour"})
    world.ids["rude"] = mentor.post(f"{pair}/messages", {"text": "Send me money for the oils."})["message_id"]
    done = [one for one in mentee.get(f"{pair}/journey")["steps"] if one["state"] == "completed"]
    return f"May and Tom share posts and comments, chat and react, and complete {len(done)} steps."


def checks_in(world: World) -> str:
    mentor, mentee = both(world)
    due = mentee.get(f"{world.pair('tom')}/journey")["next_check_in_at"]
    world.advance(10 * DAY)
    kinds = eventually(lambda: _kinds(mentee) & {"check-in-due"}, "the weekly reminder")
    for side in (mentor, mentee):
        side.post(f"{world.pair('tom')}/check-ins", {"met": True, "rating": 8, "note": "We met twice."})
    return f"Ten days later the reminder that was due {due} is there ({', '.join(kinds)}), and both check in."


def _kinds(person: Person) -> set[str]:
    return {one["kind"] for one in person.get("/v1/me/notifications")["items"]}


def reports(world: World) -> str:
    _, mentee = both(world)
    target = {"kind": "message", "id": world.ids["rude"]}
    mentee.post("/v1/reports", {"target": target, "reason": "scam-or-money", "to": "platform"})
    case = eventually(lambda: _case(world), "the case")
    address = f"/v1/cases/{case['case_id']}"
    world.moderator.act(address, f"{address}/assign")
    shown = eventually(lambda: _evidence(world, address), "the evidence")
    words = [message["versions"][-1]["text"] for item in shown for message in item["messages"]]
    assert "Send me money for the oils." in words
    action = {
        "action": "warn",
        "policies": ["no-money"],
        "rationale": "Asked for money in the third week.",
        "message": "Please keep money out of your conversation.",
    }
    world.moderator.act(address, f"{address}/actions", action)
    world.moderator.act(address, f"{address}/close")
    eventually(lambda: _kinds(mentee) & {"case-outcome"}, "the outcome for the reporter")
    return f"Tom reports a message. A moderator sees {len(words)} disclosed messages and acts; Tom hears the outcome."


def _case(world: World) -> dict[str, Any] | None:
    found = world.moderator.get("/v1/moderation/cases", limit=100)["items"]
    return next((one for one in found if one["target_id"] == world.ids["rude"]), None)


def _evidence(world: World, address: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.moderator.get(f"{address}/evidence")["items"]
    return items if items and all(one["messages"] for one in items) else []


def blocks(world: World) -> str:
    mentor, mentee = both(world, "uma")
    pair = world.pair("uma")
    mentor.post(f"{pair}/messages", {"text": "How are you?"})
    mentee.post("/v1/blocks", {"person_id": mentor.id})
    slugs = {
        side.refused(partial(side.post, f"{pair}/{path}", body)).slug
        for side in (mentor, mentee)
        for path, body in (("messages", {"text": "Hello?"}), ("check-ins", {"met": True}))
    }
    kept = len(mentee.get(f"{pair}/messages")["items"])
    name = mentor.id.partition("-")[0].title()
    return f"Uma blocks {name}: at once nothing passes ({', '.join(slugs)}); the archive keeps {kept} message."


def hears(world: World) -> str:
    _, mentee = both(world)
    kinds = _kinds(mentee)
    mails = eventually(lambda: [mail for mail in world.mails() if mentee.id in mail], "an e-mail for Tom", patience=45)
    private = ("lavender", "money", "Soap, winter", "May")
    assert not any(word in mail for mail in mails for word in private), "a mail says too much"
    return f"Tom's inbox holds {len(kinds)} kinds of notes, his mailbox {len(mails)} mails without a private word."


def closes(world: World) -> str:
    mentor, mentee = both(world)
    pair = world.pair("tom")
    while (step := mentor.get(f"{pair}/journey")["current_step_id"]) is not None:
        for side in (mentor, mentee):
            side.post(f"{pair}/steps/{step}/complete")
    mentee.post(f"{pair}/feedback", {"rating": 9, "contact_afterwards": True, "text": "I make soap now."})
    return "May and Tom reach the closing step, say goodbye and give feedback."


def boards(world: World) -> str:
    health = world.admin.get(f"{world.program}/health")["items"]
    states = sorted({one["state"] for one in health})
    text = str(health) + str(world.admin.get(f"{world.program}/pairs"))
    assert not any(word in text for word in ("lavender", "money", "We met twice", "neighbour"))
    return f"Ada sees the board of {len(health)} pairs, metadata only: {', '.join(states)}."


def analyses(world: World) -> str:
    events = world.command("log", "tail", "--from", "1", "--json").splitlines()
    target = world.exports / world.suffix
    world.command("log", "export", "--out", str(target), "--format", "both")
    files = list(target.rglob("*.parquet")) + list(target.rglob("*.jsonl"))
    people = (world.person("tom").id.encode(), b"lavender", b"money for")
    told = b"".join(events_of.read_bytes() for events_of in files) + "".join(events).encode()
    assert not any(word in told for word in people[1:]), "an analyst sees too much"
    assert not any(people[0] in events_of.read_bytes() for events_of in files), "an export names a person"
    return f"An analyst tails {len(events)} events and exports them, nameless and wordless, to {len(files)} files."


CHAPTERS: tuple[Callable[[World], str], ...] = (
    opens,
    signs_up,
    recommends,
    pairs,
    agrees,
    works,
    checks_in,
    reports,
    blocks,
    hears,
    closes,
    boards,
    analyses,
)
