"""Two people who write a word of their own into every field there is, and everybody around them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx
from joserfc import jwt

from services.gateway.routes import ROUTES
from services.gateway.routes.route import Does
from shared.auth import dev_issuer
from shared.kernel.ids import new_id
from tests.e2e.canary_words import BIRTH, MARK, address, word
from tests.support.system import System
from tests.support.world import ANSWERS, ANY_VERSION, Someone, until

FILLERS = 6
"""More than a report discloses before a message."""


@dataclass
class Canary:
    """`may` and `tom` are a pair, `ada` runs their group, `mo` and `desk` moderate, `eve` is a member like others."""

    system: System
    client: httpx.Client
    people: dict[str, Someone] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    problems: list[httpx.Response] = field(default_factory=list)

    def __getattr__(self, who: str) -> Someone:
        try:
            return self.__dict__["people"][who]
        except KeyError:
            raise AttributeError(who) from None

    def joins(self, who: str, groups: dict[str, str], roles: tuple[str, ...] = ()) -> None:
        """Somebody with a word in every claim, and a birth date that nobody asked for."""
        issuer = self.system.instance.issuer()
        assert issuer is not None
        sub, now = f"{who}-{new_id()[:8]}", int(time.time())
        person = dev_issuer.Person(sub, word(who, "name"), address(who), "en", groups=groups, roles=roles)
        about = {"iss": issuer.issuer, "aud": dev_issuer.AUDIENCE, "client_id": "canary", "birthdate": BIRTH}
        claims = {**about, "iat": now, "auth_time": now, "exp": now + 3600, "jti": new_id(), **person.claims()}
        header = {"typ": "at+jwt", "alg": dev_issuer.ALGORITHM, "kid": issuer._key.kid}
        self.people[who] = Someone(self.client, sub, jwt.encode(header, claims, issuer._key, [dev_issuer.ALGORITHM]))

    def keep_problem(self, answer: httpx.Response) -> None:
        if answer.status_code >= 400:
            answer.read()
            self.problems.append(answer)


def begin(system: System, client: httpx.Client) -> Canary:
    story = Canary(system, client)
    client.event_hooks = {"response": [story.keep_problem]}
    group = f"g-{new_id()[:8]}"
    story.joins("ada", {group: "admin"})
    for who in ("may", "tom", "eve"):
        story.joins(who, {group: "member"})
    for who in ("mo", "desk"):
        story.joins(who, {}, ("moderator",))
    story.ids["group_id"] = group
    return story


def play(story: Canary) -> None:
    _program(story)
    _pair(story)
    _talk(story)
    for who in ("may", "tom"):
        _along_the_journey(story, who)
    _reports(story)
    _moderate(story)
    _refusals(story)
    story.tom.do("POST", f"/v1/pairs/{story.ids['pair_id']}/end", {"reason": "schedule"})
    for who in ("may", "tom"):
        person, told = story.people[who], {"text": word(who, "feedback"), "rating": 7}
        person.eventually("POST", f"/v1/pairs/{story.ids['pair_id']}/feedback", told, 201)


def _program(story: Canary) -> None:
    words = {name: word("ada", name) for name in ("purpose", "together", "mentor_prompt", "mentee_prompt", "check_in")}
    steps = [{"id": "one", "week": 1, "title": word("ada", "step"), **words}]
    steps += [{"id": "end", "week": 2, "title": word("ada", "end"), **words, "closing": True}]
    texts = {"title": word("ada", "title"), "description": word("ada", "description")}
    questions = [{"id": "dream", "type": "text", "for": "both", "label": word("ada", "question")}]
    body = {"template_id": "skill-development", **texts, "steps": steps, "questions": questions}
    made = story.ada.do("POST", f"/v1/groups/{story.ids['group_id']}/programs", body)["program_id"]
    story.ids |= {"program_id": made, "template_id": "skill-development", "step_id": "one"}
    story.ada.do("PATCH", f"/v1/programs/{made}", {"title": word("ada", "title")}, If_Match="*")
    story.ada.do("POST", f"/v1/programs/{made}/open")


def _pair(story: Canary) -> None:
    program = f"/v1/programs/{story.ids['program_id']}"
    for who, role in (("may", "mentor"), ("tom", "mentee")):
        person = story.people[who]
        texts = {name: word(who, name) for name in ("goal", "about", "availability")}
        answers = {**ANSWERS, **texts, "topics": [word(who, "topic")], "needs": [word(who, "need")]}
        body = {"role": role, "adult": True, "answers": answers}
        assert person.ask("POST", f"{program}/signups", {**body, "birth_date": BIRTH}).status_code == 422
        nested = {**body, "answers": {**answers, "birth_date": BIRTH}}
        assert person.ask("POST", f"{program}/signups", nested).status_code == 422
        person.eventually("POST", f"{program}/signups", body, 201)
        person.do("PATCH", f"{program}/signups/me", {"answers": answers})
    story.ids["run_id"] = story.ada.do("POST", f"{program}/recommendations", {})["run_id"]
    two = {"mentor_id": story.may.id, "mentee_id": story.tom.id}
    story.ada.do("POST", f"{program}/recommendations/{story.ids['run_id']}/edit", {"remove": [two], "add": [two]})
    made = story.ada.do("POST", f"{program}/pairs", {**two, "introduction": word("ada", "introduction")})
    story.ids |= {"pair_id": made["pair_id"], **two}
    for person in (story.may, story.tom):
        person.eventually("POST", f"/v1/pairs/{made['pair_id']}/agree")


def _talk(story: Canary) -> None:
    """May's first message is out of reach of the report on her last."""
    messages, steps = f"/v1/pairs/{story.ids['pair_id']}/messages", f"/v1/pairs/{story.ids['pair_id']}/steps/one/posts"
    first = story.may.eventually("POST", messages, {"text": word("may", "first")}, 201).json()["message_id"]
    story.may.do("PATCH", f"{messages}/{first}", {"text": word("may", "edited")})
    for number in range(FILLERS):
        sent = story.tom.do("POST", messages, {"text": word("tom", f"message-{number}")})["message_id"]
    story.tom.do("PATCH", f"{messages}/{sent}", {"text": word("tom", "edited")})
    story.ids["aside_id"] = story.may.do("POST", messages, {"text": word("may", "aside")})["message_id"]
    story.ids["message_id"] = story.may.do("POST", messages, {"text": word("may", "reported")})["message_id"]
    for who, other in (("may", "tom"), ("tom", "may")):
        post = story.people[who].do("POST", steps, {"text": word(who, "post")})["post_id"]
        comments = f"/v1/pairs/{story.ids['pair_id']}/posts/{post}/comments"
        story.people[other].eventually("POST", comments, {"text": word(other, "comment")}, 201)


def _along_the_journey(story: Canary, who: str) -> None:
    person, pair = story.people[who], f"/v1/pairs/{story.ids['pair_id']}"
    person.do("POST", f"{pair}/goals", {"text": word(who, "goal-of-the-pair")})
    person.do("POST", f"{pair}/check-ins", {"met": True, "note": word(who, "note")})


def _reports(story: Canary) -> None:
    """The first of each is kept without effect, for its reporter is muted, until the same is reported again."""
    program = {"target": {"kind": "program", "id": story.ids["program_id"]}, "reason": "spam"}
    for who in ("tom", "may"):
        story.people[who].eventually("POST", "/v1/reports", program, 201)
        mute = {"person_id": story.people[who].id, "reason": word(who, "mute")}
        story.mo.eventually("POST", "/v1/moderation/mutes", mute, 201)
    _report(story, "kept", "aside_id", muted=2)
    for who in ("tom", "may"):
        story.mo.do("DELETE", f"/v1/moderation/mutes/{story.people[who].id}")
    _report(story, "kept-no-more", "aside_id", muted=0)
    for text in ("report", "report-again"):
        _report(story, text, "message_id", muted=0)


def _report(story: Canary, text: str, message: str, muted: int) -> None:
    until(lambda: story.mo.get("/v1/moderation/mutes")["items"], lambda items: len(items) == muted)
    about_may = {"kind": "message", "id": story.ids[message]}
    about_tom = {"kind": "person", "id": story.tom.id}
    for who, target in (("tom", about_may), ("may", about_tom)):
        body = {"target": target, "reason": "other", "text": word(who, text), "to": "platform"}
        story.people[who].eventually("POST", "/v1/reports", body, 201)


def _moderate(story: Canary) -> None:
    """Two cases; that on May stays open, and holds its evidence."""
    for who, target in (("may", story.ids["message_id"]), ("tom", story.tom.id)):
        case = f"/v1/cases/{_case(story.mo, target)}"
        story.ids[f"case_of_{who}"] = case
        story.mo.eventually("POST", f"{case}/assign", **ANY_VERSION)
        told = {"rationale": word("mo", "rationale"), "message": word("mo", "statement")}
        warning = {"action": "warn", "policies": ["p1"], **told, "close": False}
        story.mo.do("POST", f"{case}/actions", warning, **ANY_VERSION)
        [statement] = until(lambda who=who: story.people[who].get("/v1/me/statements")["items"], bool)
        appeal = {"action_id": statement["action_id"], "text": word(who, "appeal")}
        made = story.people[who].do("POST", f"{case}/appeals", appeal)["appeal_id"]
        decided = {"result": "uphold", "message": word("desk", "decision")}
        story.desk.eventually("POST", f"/v1/appeals/{made}/assign", **ANY_VERSION)
        story.desk.eventually("POST", f"/v1/appeals/{made}/decide", decided, **ANY_VERSION)
    story.ids["case_id"] = story.ids["case_of_may"].rpartition("/")[2]


def _case(moderator: Someone, target: str) -> str:
    def look() -> list[str]:
        items = moderator.get("/v1/moderation/cases?limit=100")["items"]
        return [one["case_id"] for one in items if one["target_id"] == target]

    found: list[str] = until(look, bool)
    return found[0]


def _refusals(story: Canary) -> None:
    """Every command gets a word where it must not be: in an unknown field, as a wrong kind, in the path.

    Names of fields are told back to who sent them, values never.
    """
    astray, unknown = word("tom", "astray"), {"unknown": word("tom", "unknown")}
    for route in ROUTES:
        if route.does is not Does.COMMAND or route.any_body:
            continue
        ids = {name: story.ids.get(name, "none") for name in route.path_fields}
        address = route.path.format(**ids)
        assert story.tom.ask(route.method, address, unknown, If_Match="*").status_code >= 400, route.key
        if wrong_kind := {name: [astray] for name in route.open_fields}:
            story.tom.ask(route.method, address, wrong_kind, If_Match="*")
        story.tom.ask(route.method, route.path.format(**dict.fromkeys(ids, astray)), {}, If_Match="*")
    story.tom.ask("GET", f"/v1/me/pairs?cursor={MARK}&unknown={MARK}")
    assert story.client.get("/v1/me/pairs", headers={"Authorization": f"Bearer {MARK}"}).status_code == 401


def everything_read(story: Canary, *readers: str) -> dict[str, str]:
    """The answers to every GET that is about this story, by route and reader."""
    return {
        f"{route.path} {who}": story.people[who].ask("GET", route.path.format(**story.ids)).text
        for route in ROUTES
        if (route.does is Does.QUERY or route.name == "view_case") and set(route.path_fields) <= story.ids.keys()
        for who in readers
    }
