"""SE-14 for moderators: through the gateway's own routes, with trust_safety behind them."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.routes import ROUTES
from services.gateway.routes.route import Does
from services.trust_safety import targets
from tests.services.trust_safety.story import BEN, MO, REASONS
from tests.support.gateway import Client, slug, token
from tests.unit.gateway.test_looks import TrustSafety

HANDLING = [
    ("assign", {}),
    ("escalate", {}),
    ("actions", {"action": "note", "rationale": "seen"}),
    ("close", {}),
]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> TrustSafety:
    monkeypatch.setattr(targets, "PATIENCE", 0)
    return TrustSafety()


def _post(client: Client, address: str, body: Any, version: str | None, who: str = "mo") -> tuple[int, str | None]:
    """The status, and the slug of a problem."""
    head = {"If-Match": version} if version else {}
    answer = client.request("POST", address, json=body, headers={**token(who, roles=["moderator"]), **head})
    return answer.status_code, slug(answer) if answer.is_error else None


def _version(client: Client, case: str, who: str = "mo") -> str:
    return str(client.get(case, headers=token(who, roles=["moderator"])).headers["ETag"])


@pytest.mark.parametrize(("command", "body"), HANDLING)
def test_nobody_handles_a_case_as_it_was_before(
    client: Client, services: TrustSafety, command: str, body: dict[str, Any]
) -> None:
    """SE-14, TS-11: 428 without the version that was seen, 412 where the case has changed since, and nothing is done;
    with the version of today it is."""
    story, before = services.story, services.story.held()
    case, address = f"/v1/cases/{before}", f"/v1/cases/{before}/{command}"
    old = _version(client, case)
    story.act(before, "warn", close=False)
    head = story.log.head(0)
    assert _post(client, address, body, None) == (428, "if-match-needed")
    assert _post(client, address, body, old) == (412, "stale-version")
    assert story.log.head(0) == head
    assert _post(client, address, body, _version(client, case))[1] is None


def test_nobody_decides_an_appeal_as_it_was_before(client: Client, services: TrustSafety) -> None:
    """SE-14: the same for a review; taking it gives the version for the decision."""
    story, case_id = services.story, services.story.held()
    action_id = story.act(case_id, "ban")
    old = _version(client, f"/v1/cases/{case_id}")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    appeal, decision = f"/v1/appeals/{case_id}.1", {"result": "uphold", "message": "It stands."}
    for command, body in (("assign", {}), ("decide", decision)):
        assert _post(client, f"{appeal}/{command}", body, None, "mia") == (428, "if-match-needed")
        assert _post(client, f"{appeal}/{command}", body, old, "mia") == (412, "stale-version")
        now = _version(client, f"/v1/cases/{case_id}", "mia")
        assert _post(client, f"{appeal}/{command}", body, now, "mia") == (200, None)


def test_an_answer_gives_the_next_version(client: Client, services: TrustSafety) -> None:
    """SE-14: who has just done something goes on with the ETag of that, without reading again."""
    case = f"/v1/cases/{services.story.reported()}"
    head = token(MO.id, roles=["moderator"])
    answer = client.request("POST", f"{case}/assign", json={}, headers={**head, "If-Match": _version(client, case)})
    act = {"action": "warn", **REASONS}
    assert _post(client, f"{case}/actions", act, answer.headers["ETag"]) == (201, None)


def test_every_command_on_a_case_is_an_edit() -> None:
    """SE-14: a route that is added for those who handle cases fails here until it takes a version."""
    of_cases = [
        route for route in ROUTES if route.does is Does.COMMAND and {"case_id", "appeal_id"} & set(route.path_fields)
    ]
    assert {route.name for route in of_cases if not route.edits} == {"view_case", "view_evidence", "file_appeal"}
