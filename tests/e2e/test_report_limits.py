"""TS-32 over HTTP: what is limited, what is not, and what is said."""

from __future__ import annotations

import httpx

from shared.demo.client import Person
from shared.kernel.ids import new_id
from tests.e2e.conftest import Group


def _reports(who: Person, target: dict[str, str], reason: str, key: str) -> httpx.Response:
    body = {"target": target, "reason": reason}
    return who.answer("POST", "/v1/reports", {"Idempotency-Key": key}, json=body)


def test_the_twenty_first_report_of_a_day(group: Group) -> None:
    """TS-32: the 21st is 429, with Retry-After and ways to get help; a retry of the first, an urgent report and a
    block go through all the same."""
    mentor, mentee, pair = group.pair(group.program())
    person, about_pair = {"kind": "person", "id": mentor.id}, {"kind": "pair", "id": pair.rpartition("/")[2]}
    first = new_id()
    answers = [_reports(mentee, person, "spam", first)]
    answers += [_reports(mentee, about_pair, "hate", new_id()) for _ in range(19)]
    assert {answer.status_code for answer in answers} == {201}
    refused = _reports(mentee, person, "harassment", new_id())
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:mentorship:problem:too-many-reports")
    assert 23 * 3600 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert "block" in refused.json()["detail"]
    assert _reports(mentee, person, "spam", first).json() == answers[0].json()
    assert _reports(mentee, person, "threat-or-violence", new_id()).status_code == 201
    assert mentee.post("/v1/blocks", {"person_id": mentor.id})
