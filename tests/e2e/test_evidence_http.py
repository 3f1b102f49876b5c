"""What a report discloses, over HTTP; and that nothing else does, with whatever rights or credentials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pika
import pytest
from pika.exceptions import AMQPError

from services.gateway.routes import ROUTES, Route, Who
from shared.bus.rpc_client import RpcClient
from shared.demo.client import Api, Person, eventually
from shared.kernel.actor import Actor
from shared.kernel.ids import new_id
from tests.e2e.access import filled
from tests.e2e.access_table import TABLE
from tests.e2e.conftest import Group
from tests.support.system import System

WORDS = f"canary{new_id()[:8]}"
IN_CHARGE = {Who.MODERATOR, Who.DESK, Who.ADMIN_OR_MODERATOR, Who.ADMIN_OR_DESK, Who.SANCTIONED}
MODERATION = [route for route in ROUTES if route.who in IN_CHARGE or {"case_id", "appeal_id"} & set(route.path_fields)]
BETWEEN_THE_TWO = [
    route for route in ROUTES if "pair_id" in route.path_fields and route.service in {"conversations", "programs"}
]


@dataclass
class Chat:
    """Fourteen messages of a pair: the tenth is reported, the first is not, and nothing around that is shown either."""

    group: Group
    people: dict[str, Person]
    ids: dict[str, str]
    messages: list[str]
    case: str

    def ask(self, who: str, route: Route, ids: dict[str, str]) -> tuple[int, str]:
        row = TABLE[route.key]
        known = {**self.ids, **ids}
        address, body = route.path.format(**known), filled(row.body, known)
        answer = self.people[who].answer(route.method, address, dict(row.headers), json=body)
        return answer.status_code, answer.text

    def evidence(self, who: str) -> tuple[int, str]:
        answer = self.people[who].answer("GET", f"{self.case}/evidence")
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def chat(system: System) -> Iterator[Chat]:
    with Api(system.base_url) as api:
        yield _chat(Group(system, api))


def _chat(group: Group) -> Chat:
    program = group.program()
    mentor, mentee, pair = group.pair(program)
    other, _, _ = group.pair(program, "other")
    messages = [mentor.post(f"{pair}/messages", {"text": f"{WORDS}-{n}."})["message_id"] for n in range(14)]
    mentor.patch(f"{pair}/messages/{messages[9]}", {"text": f"{WORDS}-9-edited."})
    mentee.post("/v1/reports", {"target": {"kind": "message", "id": messages[9]}, "reason": "harassment"})
    # From here on the author does what they can: nothing of it reaches what the report disclosed (EV-05).
    mentor.delete(f"{pair}/messages/{messages[9]}")
    people = {
        "mentor": mentor,
        "mentee": mentee,
        "other_pair": other,
        "member": group.member("mel"),
        "admin": group.admin,
        "stranger": group.someone(f"zoe-{group.id}", {}),
        "holder": group.moderator(),
        "moderator": group.someone(f"mia-{group.id}", {}, roles=("moderator",)),
        "triage": group.someone(f"tri-{group.id}", {}, roles=("triage",)),
        "operator": group.someone(f"ops-{group.id}", {}, roles=("operator",)),
    }
    case = f"/v1/cases/{_case(people['holder'], messages[9])}"
    people["holder"].act(case, f"{case}/assign")
    ids = {"pair_id": pair.rpartition("/")[2], "message_id": messages[0], "program_id": program, "group_id": group.id}
    more = {"step_id": mentor.get(f"{pair}/journey")["current_step_id"], "post_id": new_id(), "action_id": new_id()}
    return Chat(
        group,
        people,
        {**ids, **more, "mentor_id": mentor.id, "mentee_id": mentee.id, "person_id": mentee.id},
        messages,
        case,
    )


def _case(moderator: Person, target: str) -> str:
    def look() -> str | None:
        cursor: dict[str, Any] = {}
        while True:
            page = moderator.get("/v1/moderation/cases", limit=100, **cursor)
            for one in page["items"]:
                if one["target_id"] == target:
                    return str(one["case_id"])
            if page["next"] is None:
                return None
            cursor = {"cursor": page["next"]}

    return str(eventually(look, "the case"))


ROLES = ("mentor", "mentee", "other_pair", "member", "admin", "stranger", "holder", "moderator", "triage", "operator")


@pytest.mark.parametrize("route", MODERATION, ids=lambda route: route.key)
def test_nobody_reads_a_message_that_was_not_reported(chat: Chat, route: Route) -> None:
    """EV-02: every route of moderation, for every role, named by an unreported message: not there, and not a word."""
    message = chat.messages[0]
    named = {"case_id", "appeal_id"} & set(route.path_fields)
    for who in ROLES:
        for name in (message, f"{message}.1", f"{chat.ids['pair_id']}.1"):
            status, text = chat.ask(who, route, dict.fromkeys(("case_id", "appeal_id"), name))
            assert status == 404 if named else status in {200, 201, 403, 404}
            assert WORDS not in text
            assert message not in text or not named


@pytest.mark.parametrize("route", BETWEEN_THE_TWO, ids=lambda route: route.key)
def test_the_pairs_own_routes_are_no_way_round(chat: Chat, route: Route) -> None:
    """EV-02: who holds the case, moderates, runs the group or is in another pair of it finds nothing there."""
    for who in set(ROLES) - {"mentor", "mentee"}:
        assert chat.ask(who, route, {})[0] == 404


@pytest.mark.parametrize("who", ["other_pair", "member", "admin", "stranger", "holder", "moderator", "operator"])
def test_nobody_else_reports_a_message_to_see_it(chat: Chat, who: str) -> None:
    """EV-02: a report by who takes no part in the pair is that of an unknown message, a moderator's too."""
    route = next(route for route in ROUTES if route.key == "POST /v1/reports")
    assert chat.ask(who, route, {"message_id": chat.messages[0]})[0] == 404


@pytest.mark.parametrize("who", [who for who in ROLES if who != "holder"])
def test_only_who_holds_the_case_opens_it(chat: Chat, who: str) -> None:
    """EV-07: neither of the two, nor the group's admin, nor any other moderator."""
    status, text = chat.evidence(who)
    assert status in {403, 404, 409}
    assert WORDS not in text


def test_triage_reads_the_reported_message_alone(chat: Chat) -> None:
    """EV-03: who holds a case as triage gets what was reported and nothing around it, and asks for more in vain."""
    triage, reported = chat.people["triage"], chat.messages[12]
    chat.people["mentee"].post("/v1/reports", {"target": {"kind": "message", "id": reported}, "reason": "spam"})
    case = f"/v1/cases/{_case(triage, reported)}"
    triage.act(case, f"{case}/assign")
    [item] = triage.get(f"{case}/evidence")["items"]
    [message] = item["messages"]
    assert (message["message_id"], message["verified"]) == (reported, True)
    assert [version["text"] for version in message["versions"]] == [f"{WORDS}-12."]
    wider = triage.answer("GET", f"{case}/evidence?before=5&after=5", {})
    assert wider.status_code == 422
    assert WORDS not in wider.text


def test_the_window_is_shown_as_it_was_said(chat: Chat) -> None:
    """EV-03, EV-04, EV-05: five before and what came after, with every version, proven by the log, though the reported

    one was deleted and its author erased right after the report.
    """
    chat.people["mentor"].post("/v1/me/erasure")
    archive = f"/v1/pairs/{chat.ids['pair_id']}/messages"
    eventually(lambda: WORDS not in str(chat.people["mentee"].get(archive, limit=100)), "the author is forgotten")
    answer = chat.people["holder"].get(f"{chat.case}/evidence")
    [item] = answer["items"]
    assert [one["message_id"] for one in item["messages"]] == chat.messages[4:14]
    said = [[version["text"] for version in one["versions"]] for one in item["messages"]]
    assert said[5] == [f"{WORDS}-9.", f"{WORDS}-9-edited."]
    assert [texts[0] for texts in said] == [f"{WORDS}-{n}." for n in range(4, 14)]
    assert all(one["verified"] for one in item["messages"])


@pytest.fixture
def credentials(system: System) -> dict[str, str]:
    """Everything that the process of trust_safety is given."""
    return system.instance.environment_for(("trust_safety",), 1, "smtp://127.0.0.1:25")


def test_trust_safety_cannot_ask_for_a_message(chat: Chat, credentials: dict[str, str]) -> None:
    """EV-01: its account may not ask conversations in a person's name; only the gateway, which knows tokens, may."""
    client = RpcClient(credentials["TRUST_SAFETY_AMQP_URL"], timeout=40)
    actor = Actor(chat.people["mentee"].id, {chat.group.id: "member"}, frozenset(), True).as_dict()
    context = {"actor": actor, "command_id": new_id(), "correlation_id": new_id()}
    try:
        pair = {"pair_id": chat.ids["pair_id"]}
        asked = client.call("conversations", "ask", "messages", pair, context)
        done = client.call("conversations", "execute", "mark_read", {**pair, "up_to": chat.messages[0]}, context)
    finally:
        client.stop()
    assert asked["problem"]["status"] == done["problem"]["status"] == 401


@pytest.mark.parametrize("claimed", ["gateway", "conversations"])
def test_trust_safety_cannot_pretend_to_be_another(chat: Chat, credentials: dict[str, str], claimed: str) -> None:
    """EV-01: the broker refuses a message in another account's name, and to read or bind another service's queues."""
    parameters = pika.URLParameters(credentials["TRUST_SAFETY_AMQP_URL"])
    body = b'{"args": ["messages", {}, {}], "kwargs": {}}'

    def publish(channel: Any) -> None:
        channel.confirm_delivery()
        channel.basic_publish("nameko-rpc", "conversations.ask", body, pika.BasicProperties(user_id=claimed))

    def bind(channel: Any) -> None:
        queue = f"rpc.reply-trust_safety-{new_id()}"
        channel.queue_declare(queue, exclusive=True)
        channel.queue_bind(queue, "mentorship.events", "conversations.#")

    for attempt in (
        publish,
        bind,
        lambda channel: channel.basic_get("conversations.events.0"),
        lambda channel: channel.basic_get("rpc-conversations"),
    ):
        with pika.BlockingConnection(parameters) as connection, pytest.raises(AMQPError):
            attempt(connection.channel())
