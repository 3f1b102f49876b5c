"""Sessions on the running system: how they end, and what is left (SE-09, SE-10, SE-18)."""

from __future__ import annotations

import pytest

from shared.bus.rpc_client import RpcClient
from shared.kernel.actor import Actor
from tests.e2e.test_http_live import listening
from tests.support.world import ANY_VERSION, FAR_OFF, Someone, World, until

REASONS = {"policies": ["spam"], "rationale": "Spam.", "message": "Spam."}
SIGNUP = {"role": "mentee", "adult": True, "answers": {"topics": ["x"], "languages": ["en"], "timezone": "UTC"}}


def suspended_now(world: World, person: Someone) -> str:
    """A moderator suspends the person; gives the case."""
    person.do("POST", f"/v1/programs/{world.ids['program_id']}/signups", SIGNUP)
    report = {"target": {"kind": "person", "id": person.id}, "reason": "spam", "to": "platform"}
    world.people["mentee"].eventually("POST", "/v1/reports", report, 201)
    desk = world.people["desk"]

    def case() -> list[str]:
        items = desk.get("/v1/moderation/cases?limit=100")["items"]
        return [item["case_id"] for item in items if item["target_id"] == person.id]

    found: str = until(case, bool)[0]
    desk.do("POST", f"/v1/cases/{found}/assign", **ANY_VERSION)
    act = {"action": "suspend", "until": FAR_OFF, **REASONS}
    desk.do("POST", f"/v1/cases/{found}/actions", act, **ANY_VERSION)
    return found


def test_signing_out_ends_everything(world: World) -> None:
    """SE-09: after signing out the next request is refused and the stream is closed; a new sign-in goes on."""
    ann = world.someone("ann", groups=[world.ids["group_id"]])
    other = Someone(ann.client, ann.id, world.system.token(ann.id))
    with listening(other) as stream:
        assert ann.do("POST", "/v1/me/sessions/end") == {"person_id": ann.id}
        assert stream.ended.wait(40)
    for token in (ann, other):
        answer = token.ask("GET", "/v1/templates")
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:mentorship:problem:token-invalid")
    world.signs_in_anew(ann)
    assert ann.get("/v1/templates")["items"]


def test_a_token_from_before_a_suspension_is_dead_also_after_it(world: World) -> None:
    """SE-09: within moments the token is refused and its stream closed; it never works again, also when the
    person has been reinstated, who signs in anew meanwhile to what is left, and afterwards to everything."""
    nia = world.someone("nia", groups=[world.ids["group_id"]])
    before = Someone(nia.client, nia.id, nia.token)
    with listening(nia) as stream:
        case = suspended_now(world, nia)
        assert stream.ended.wait(40)
    until(lambda: before.ask("GET", "/v1/blocks"), lambda answer: answer.status_code == 401)
    world.signs_in_anew(nia)
    meanwhile = Someone(nia.client, nia.id, nia.token)
    # Their sessions end with the sanction, what is closed to them follows from it.
    until(lambda: meanwhile.ask("GET", "/v1/templates"), lambda answer: answer.status_code == 403)
    assert until(lambda: meanwhile.get("/v1/me/statements")["items"], bool)[0]["case_id"] == case
    back = {"action": "reinstate", **REASONS}
    world.people["desk"].do("POST", f"/v1/cases/{case}/actions", back, **ANY_VERSION)
    until(lambda: meanwhile.ask("GET", "/v1/templates"), lambda answer: answer.status_code == 200)
    assert before.ask("GET", "/v1/templates").status_code == 401
    assert before.ask("GET", "/v1/me/statements").status_code == 401


def test_an_erasure_closes_streams(world: World) -> None:
    """SE-09: an erased person's streams end and their tokens are refused."""
    gone = world.someone("gone", groups=[world.ids["group_id"]])
    with listening(gone) as stream:
        gone.do("POST", "/v1/me/erasure")
        assert stream.ended.wait(40)
    assert gone.ask("GET", "/v1/templates").status_code == 401


def test_nothing_but_the_token_says_who_asks(world: World) -> None:
    """SE-10, SE-18: no cookie and no header of a client's making lets anybody in, or changes who is in."""
    mentor, stranger = world.people["mentor"], world.people["stranger"]
    path = f"/v1/pairs/{world.ids['pair_id']}/messages"
    forged = {
        "X_User_Id": mentor.id,
        "X_Forwarded_User": mentor.id,
        "X_Forwarded_For": "10.0.0.1",
        "Forwarded": "for=1",
    }
    cookie = {"Cookie": f"token={mentor.token}; access_token={mentor.token}; __Host-session={mentor.token}"}
    assert world.people["anonymous"].ask("GET", path, **cookie, **forged).status_code == 401
    assert stranger.ask("GET", path, **cookie, **forged).status_code == 404
    assert mentor.ask("GET", path, **forged).status_code == 200


def test_a_page_of_another_site_changes_nothing(world: World) -> None:
    """SE-10: with a foreign origin even a good token changes nothing, and a form without one is nobody's."""
    mentor = world.people["mentor"]
    path = f"/v1/pairs/{world.ids['pair_id']}/messages"
    foreign = mentor.ask("POST", path, {"text": "x"}, Origin="https://evil.example")
    assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:mentorship:problem:cross-origin")
    form = world.client.post(path, data={"text": "x"}, headers={"Origin": "https://evil.example"})
    assert form.status_code == 401


@pytest.mark.parametrize("account", ["matching", "topology"])
def test_no_other_account_acts_in_a_persons_name(world: World, account: str) -> None:
    """SE-08: what the gateway may ask of running services is refused with 401 to another service and an operator."""
    client = RpcClient(world.system.instance.broker_url(account), timeout=40)
    context = {"actor": Actor("ada", {}, frozenset({"owner"}), adult=True).as_dict()}
    asked = {
        "execute": ["block_person", {"person_id": "x"}, context],
        "ask": ["my_blocks", {}, context],
        "footprint": ["ada", None],
        "erasure": ["ada", 0, 1],
    }
    answers = {method: client.call("conversations", method, *given) for method, given in asked.items()}
    open_to_all = client.call("conversations", "ping")
    client.stop()
    assert {method: answer["problem"]["status"] for method, answer in answers.items()} == dict.fromkeys(asked, 401)
    assert open_to_all == "pong"
