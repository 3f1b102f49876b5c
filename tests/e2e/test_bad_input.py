"""Bad input: each a problem with its own slug and a sentence that helps, and nothing is half done."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.gateway import endpoint
from tests.e2e.conftest import ANSWERS, Group
from tests.support.world import served, until

LONG = "x" * 5000
PROGRAM = {"template_id": "skill-development", "title": "Soap"}


def ask(group: Group, method: str, path: str, *, token: str | None = None, **kwargs: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or group.admin.token}", **kwargs.pop("headers", {})}
    url = f"{group.system.base_url}{path}"
    answer: httpx.Response = until(lambda: httpx.request(method, url, headers=headers, timeout=20, **kwargs), served)
    return answer


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Asserts the shape of RFC 9457 and answers the document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"].endswith(slug), document
    assert document["status"] == status
    assert len(document["detail"]) > 10
    return document


@pytest.mark.parametrize(
    "body",
    [
        {"template_id": "skill-development", "title": "Soap", "owner": "me"},
        {"template_id": "skill-development", "title": 7},
        {"template_id": "skill-development", "title": {"$ne": None}},
        {"template_id": "skill-development", "title": LONG},
        {"template_id": "skill-development"},
        {"template_id": "skill-development", "title": "Soap", "settings": {"weeks": "many"}},
        {"template_id": ["skill-development"], "title": "Soap"},
        [],
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(group: Group, body: Any) -> None:
    """SE-04, SE-06: unknown fields, wrong types, operators and over-long text; what was typed is not repeated."""
    answer = ask(group, "POST", f"/v1/groups/{group.id}/programs", json=body)
    problem(answer, 422, "invalid-input")
    assert "xxxx" not in answer.text
    assert group.admin.get(f"/v1/groups/{group.id}/programs")["items"] == []


def test_broken_json_and_other_bodies_are_refused(group: Group) -> None:
    """A body that is no JSON, of another type, or too large."""
    path = f"/v1/groups/{group.id}/programs"
    json_type = {"Content-Type": "application/json"}
    problem(ask(group, "POST", path, content=b'{"title": ', headers=json_type), 400, "broken-json")
    assert ask(group, "POST", path, content=b"a=b", headers={"Content-Type": "text/plain"}).status_code == 415
    assert ask(group, "POST", path, content=b'{"a":"' + b"x" * 200_000 + b'"}', headers=json_type).status_code == 413


def test_tokens_that_are_not_ours_are_refused(group: Group) -> None:
    """SE-07: none, forged, expired; each says so."""
    path = f"/v1/groups/{group.id}/programs"
    problem(httpx.get(f"{group.system.base_url}{path}"), 401, "sign-in-needed")
    head, body, signature = group.admin.token.split(".")
    problem(ask(group, "GET", path, token=f"{head}.{body}.{signature[::-1]}"), 401, "token-invalid")
    issuer = group.system.instance.issuer()
    assert issuer is not None
    from shared.auth.dev_issuer import Person

    expired = issuer.token(Person("ada", groups={group.id: "admin"}), ttl=-3600)
    problem(ask(group, "GET", path, token=expired), 401, "token-expired")


def test_an_unknown_template_is_named_as_such(group: Group) -> None:
    """The sentence says where to find those there are."""
    body = {"template_id": "juggling", "title": "Soap"}
    problem(ask(group, "POST", f"/v1/groups/{group.id}/programs", json=body), 422, "unknown-template")


def test_a_closed_program_takes_no_sign_ups(group: Group) -> None:
    """Closed means closed, at once for those who read their own writes."""
    program = group.program()
    group.admin.post(f"/v1/programs/{program}/close")
    member = group.member("tom")
    body = {"role": "mentee", "adult": True, "answers": ANSWERS}
    refusal = member.refused(lambda: member.post(f"/v1/programs/{program}/signups", body))
    assert (refusal.status, refusal.slug) == (409, "program-not-open")


def test_pairing_oneself_and_signing_up_twice_are_refused(group: Group) -> None:
    """P-11: one rule for all ways of pairing."""
    program = group.program()
    tom = group.signs_up(group.member("tom"), program, "mentee")
    body = {"role": "mentee", "adult": True, "answers": ANSWERS}
    again = tom.refused(lambda: tom.post(f"/v1/programs/{program}/signups", body))
    assert (again.status, again.slug) == (409, "already-signed-up")
    pair = {"mentor_id": tom.id, "mentee_id": tom.id}
    alone = group.admin.refused(lambda: group.admin.post(f"/v1/programs/{program}/pairs", pair))
    assert alone.status in {409, 422}
    assert "self" in alone.slug
    assert group.admin.get(f"/v1/programs/{program}/pairs")["items"] == []


def test_a_step_out_of_order_and_a_message_to_an_ended_pair(group: Group) -> None:
    """409 with the rule's own slug."""
    mentor, mentee, pair = group.pair(group.program())
    steps = mentor.get(f"{pair}/journey")["steps"]
    late = mentor.refused(lambda: mentor.post(f"{pair}/steps/{steps[3]['id']}/complete"))
    assert (late.status, late.slug) == (409, "step-out-of-order")
    unknown = mentor.refused(lambda: mentor.post(f"{pair}/steps/nowhere/complete"))
    assert (unknown.status, unknown.slug) == (404, "unknown-step")
    mentee.post(f"{pair}/end", {"reason": "schedule"})
    ended = mentor.refused(lambda: mentor.post(f"{pair}/messages", {"text": "hello?"}))
    assert (ended.status, ended.slug) == (409, "pair-ended")


def test_cursors_positions_and_limits_that_are_not_ours_are_refused(group: Group) -> None:
    """SE-16, SE-17: forged cursors, wrong positions, too large pages."""
    path = f"/v1/groups/{group.id}/programs"
    problem(ask(group, "GET", path, params={"cursor": "forged"}), 400, "bad-cursor")
    problem(ask(group, "GET", path, params={"limit": 101}), 422, "invalid-input")
    problem(ask(group, "GET", path, headers={"X-Log-Position": "nowhere.1.1"}), 400, "bad-log-position")
    assert ask(group, "GET", path, params={"filter[$ne]": "1"}).status_code == 422


def test_an_edit_names_the_version_it_is_meant_for(group: Group) -> None:
    """SE-14: 428 without If-Match, 412 with an old one, and the change is made with today's."""
    path = f"/v1/programs/{group.program()}"
    version = {"If-Match": group.admin.answer("GET", path).headers["ETag"]}
    change = {"title": "Spring"}
    problem(ask(group, "PATCH", path, json=change), 428, "if-match-needed")
    assert group.admin.answer("PATCH", path, version, json=change).status_code == 200
    problem(ask(group, "PATCH", path, json={"title": "x"}, headers=version), 412, "stale-version")
    assert group.admin.get(path)["title"] == "Spring"


def test_what_a_command_makes_possible_is_possible_when_its_answer_comes(group: Group) -> None:
    """Clients that send no position back need not wait: sign-ups after opening, messages after agreeing."""

    def possible(before: httpx.Response, path: str, token: str, body: Any) -> httpx.Response:
        """The answer at once; where the one before did not come in time for that, within moments."""
        status = 201 if body else 200
        late = before.elapsed.total_seconds() >= endpoint._BARRIER_WITHIN

        def look() -> httpx.Response:
            return ask(group, "POST", path, token=token, json=body)

        answer: httpx.Response = until(look, lambda found: found.status_code == status or not late)
        assert answer.status_code == status, answer.text
        return answer

    for _ in range(3):
        made = ask(group, "POST", f"/v1/groups/{group.id}/programs", json=PROGRAM).json()["program_id"]
        done = ask(group, "POST", f"/v1/programs/{made}/open", json={})
        assert done.status_code == 200
        people = {role: group.member(f"{role}-{made[:6]}") for role in ("mentor", "mentee")}
        for role, person in people.items():
            body = {"role": role, "adult": True, "answers": ANSWERS}
            possible(done, f"/v1/programs/{made}/signups", person.token, body)
        pairing = {f"{role}_id": person.id for role, person in people.items()}
        paired = ask(group, "POST", f"/v1/programs/{made}/pairs", json=pairing)
        pair = f"/v1/pairs/{paired.json()['pair_id']}"
        agreed = [possible(paired, f"{pair}/agree", person.token, {}) for person in people.values()]
        possible(agreed[-1], f"{pair}/messages", people["mentee"].token, {"text": "hello"})
