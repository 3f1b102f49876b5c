"""SE-01: what every route answers to everybody. A route that is not here fails the tests.

The ten columns are the first of ROLES: anonymous, stranger, member, mentor, mentee, other pair, group admin, other
group's admin, moderator, suspended. Triage and owners get what a stranger gets where the row does not say otherwise.
Rows run from the top and people ask in this order, so a second one may find the thing
done (409).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.world import ANSWERS


@dataclass(frozen=True)
class Row:
    """`body` is sent, with words in braces filled from the world's ids; `ids` renames what stands for a parameter."""

    expected: str
    body: Any = None
    ids: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    triage: str = ""
    owner: str = ""
    ends_sessions: bool = False
    """Everybody has to sign in anew after it."""

    @property
    def statuses(self) -> list[int]:
        """One for each of ROLES."""
        columns = self.expected.split()
        return [int(status) for status in (*columns, self.triage or columns[1], self.owner or columns[1])]


_ANY_VERSION = {"If-Match": "*"}
_STEP = {
    "id": "last",
    "week": 1,
    "title": "The end",
    "purpose": "Say goodbye.",
    "mentor_prompt": "Say it.",
    "mentee_prompt": "Say it.",
    "closing": True,
}
_TWO = {"mentor_id": "{mentor_id}", "mentee_id": "{mentee_id}"}
_DRAFT = {"program_id": "draft_id"}
_SECOND = {"program_id": "second_id"}
_SECOND_PAIR = {"pair_id": "second_pair_id"}
_GROUP_CASE = {"case_id": "group_case_id"}
_APPEALED = {"case_id": "appealed_case_id"}
_PROGRAM = {"template_id": "skill-development", "title": "Soap"}
_SIGNUP = {"role": "mentor", "adult": True, "answers": ANSWERS}
_ACT = {"action": "note", "rationale": "Seen."}
_REPORT = {"target": {"kind": "message", "id": "{message_id}"}, "reason": "spam"}

TABLE: dict[str, Row] = {
    "GET /health/live": Row("200 200 200 200 200 200 200 200 200 200"),
    "GET /health/ready": Row("200 200 200 200 200 200 200 200 200 200"),
    "GET /metrics": Row("200 200 200 200 200 200 200 200 200 200"),
    "GET /v1/openapi.json": Row("200 200 200 200 200 200 200 200 200 200"),
    "GET /docs": Row("200 200 200 200 200 200 200 200 200 200"),
    "GET /v1/me/stream": Row("401 200 200 200 200 200 200 200 200 403"),
    "GET /v1/templates": Row("401 200 200 200 200 200 200 200 200 403"),
    "GET /v1/templates/{template_id}": Row("401 200 200 200 200 200 200 200 200 403"),
    "POST /v1/groups/{group_id}/programs": Row("401 404 403 403 403 403 201 404 404 403", _PROGRAM),
    "GET /v1/groups/{group_id}/programs": Row("401 404 200 200 200 200 200 404 404 403"),
    "GET /v1/programs/{program_id}": Row("401 404 200 200 200 200 200 404 404 403"),
    "PATCH /v1/programs/{program_id}": Row(
        "401 404 403 403 403 403 200 404 404 403", {"title": "Soaps"}, headers=_ANY_VERSION
    ),
    "PUT /v1/programs/{program_id}/steps": Row(
        "401 404 403 403 403 403 200 404 404 403", {"steps": [_STEP]}, _DRAFT, _ANY_VERSION
    ),
    "POST /v1/programs/{program_id}/open": Row("401 404 403 403 403 403 200 404 404 403", None, _DRAFT),
    "POST /v1/programs/{program_id}/duplicate": Row("401 404 403 403 403 403 201 404 404 403"),
    "GET /v1/programs/{program_id}/health": Row("401 404 403 403 403 403 200 404 404 403"),
    "POST /v1/pairs/{pair_id}/agree": Row("401 404 404 200 200 404 404 404 404 403"),
    "GET /v1/pairs/{pair_id}/journey": Row("401 404 404 200 200 404 404 404 404 403"),
    "POST /v1/pairs/{pair_id}/steps/{step_id}/complete": Row("401 404 404 200 200 404 404 404 404 403"),
    "POST /v1/pairs/{pair_id}/steps/{step_id}/skip": Row("401 404 404 409 409 404 404 404 404 403"),
    "POST /v1/pairs/{pair_id}/check-ins": Row("401 404 404 201 201 404 404 404 404 403", {"met": True}),
    "POST /v1/pairs/{pair_id}/pulse": Row("401 404 404 201 201 404 404 404 404 403", {"rating": 7}),
    "POST /v1/pairs/{pair_id}/goals": Row("401 404 404 201 201 404 404 404 404 403", {"text": "Ten bars"}),
    "POST /v1/pairs/{pair_id}/feedback": Row("401 404 404 409 409 404 404 404 404 403", {"rating": 7}),
    "POST /v1/programs/{program_id}/signups": Row("401 404 201 409 409 409 201 404 404 403", _SIGNUP),
    "GET /v1/programs/{program_id}/signups": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/signups.csv": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/signups/me": Row("401 404 200 200 200 200 200 404 404 403"),
    "PATCH /v1/programs/{program_id}/signups/me": Row("401 404 200 200 200 200 200 404 404 403", {"answers": ANSWERS}),
    "POST /v1/programs/{program_id}/signups/me/pause": Row("401 404 200 200 200 200 200 404 404 403"),
    "POST /v1/programs/{program_id}/signups/me/resume": Row("401 404 200 200 200 200 200 404 404 403"),
    "POST /v1/programs/{program_id}/recommendations": Row("401 404 403 403 403 403 201 404 404 403", {}),
    "GET /v1/programs/{program_id}/recommendations": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/recommendations/preview": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/recommendations/{run_id}": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/recommendations/{run_id}/comparison": Row(
        "401 404 403 403 403 403 200 404 404 403", query="against={run_id}"
    ),
    "GET /v1/programs/{program_id}/recommendations/{run_id}/replay": Row("401 404 403 403 403 403 200 404 404 403"),
    "POST /v1/programs/{program_id}/recommendations/{run_id}/edit": Row(
        "401 404 403 403 403 403 409 404 404 403", {"remove": [_TWO]}
    ),
    "GET /v1/programs/{program_id}/waiting": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/candidates": Row(
        "401 404 403 403 403 403 200 404 404 403", None, query="mentee_id={waiting_id}"
    ),
    "POST /v1/programs/{program_id}/recommendations/{run_id}/publish": Row(
        "401 404 403 403 403 403 200 404 404 403", {}
    ),
    "POST /v1/programs/{program_id}/batches/{batch_id}/introduce": Row("401 404 403 403 403 403 200 404 404 403"),
    "POST /v1/programs/{program_id}/batches/{batch_id}/undo": Row("401 404 403 403 403 403 200 404 404 403"),
    "POST /v1/programs/{program_id}/pairs": Row("401 404 403 403 403 403 409 404 404 403", _TWO),
    "POST /v1/programs/{program_id}/pairs/bulk": Row("401 404 403 403 403 403 200 404 404 403", {"pairs": [_TWO]}),
    "GET /v1/programs/{program_id}/pairs": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/programs/{program_id}/board": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/me/pairs": Row("401 200 200 200 200 200 200 200 200 403"),
    "GET /v1/pairs/{pair_id}": Row("401 404 404 200 200 404 200 404 404 403"),
    "POST /v1/pairs/{pair_id}/introduce": Row("401 404 404 403 403 404 409 404 404 403"),
    "POST /v1/pairs/{pair_id}/pause": Row("401 404 404 200 409 404 409 404 404 403", None, _SECOND_PAIR),
    "POST /v1/pairs/{pair_id}/resume": Row("401 404 404 200 409 404 409 404 404 403", None, _SECOND_PAIR),
    "POST /v1/pairs/{pair_id}/end": Row(
        "401 404 404 200 409 404 409 404 404 403", {"reason": "schedule"}, _SECOND_PAIR
    ),
    "POST /v1/programs/{program_id}/signups/me/withdraw": Row("401 404 409 200 200 409 409 404 404 403", None, _SECOND),
    "POST /v1/programs/{program_id}/signups/{signup_id}/remove": Row(
        "401 404 403 403 403 403 200 404 404 403", None, _SECOND
    ),
    "POST /v1/programs/{program_id}/close": Row("401 404 403 403 403 403 200 404 404 403", None, _SECOND),
    "POST /v1/programs/{program_id}/archive": Row("401 404 403 403 403 403 200 404 404 403", None, _SECOND),
    "GET /v1/pairs/{pair_id}/messages": Row("401 404 404 200 200 404 404 404 404 403"),
    "POST /v1/pairs/{pair_id}/messages": Row("401 404 404 201 201 404 404 404 404 403", {"text": "Hello"}),
    "POST /v1/pairs/{pair_id}/messages/read": Row("401 404 404 200 200 404 404 404 404 403", {"up_to": "{message_id}"}),
    "POST /v1/pairs/{pair_id}/messages/{message_id}/reactions": Row(
        "401 404 404 201 201 404 404 404 404 403", {"reaction": "like"}
    ),
    "PATCH /v1/pairs/{pair_id}/messages/{message_id}": Row(
        "401 404 404 200 403 404 404 404 404 403", {"text": "Hello!"}
    ),
    "DELETE /v1/pairs/{pair_id}/messages/{message_id}": Row("401 404 404 200 403 404 404 404 404 403"),
    "GET /v1/pairs/{pair_id}/steps/{step_id}/posts": Row("401 404 404 200 200 404 404 404 404 403"),
    "POST /v1/pairs/{pair_id}/steps/{step_id}/posts": Row("401 404 404 201 201 404 404 404 404 403", {"text": "Look"}),
    "POST /v1/pairs/{pair_id}/posts/{post_id}/comments": Row(
        "401 404 404 201 201 404 404 404 404 403", {"text": "Nice"}
    ),
    "POST /v1/blocks": Row("401 201 201 201 201 201 201 201 201 201", {"person_id": "{person_id}"}),
    "DELETE /v1/blocks/{person_id}": Row("401 200 200 200 200 200 200 200 200 200"),
    "GET /v1/blocks": Row("401 200 200 200 200 200 200 200 200 200"),
    "POST /v1/reports": Row("401 404 404 422 201 404 404 404 404 404", _REPORT),
    "GET /v1/reports/mine": Row("401 200 200 200 200 200 200 200 200 200"),
    "GET /v1/groups/{group_id}/cases": Row("401 404 403 403 403 403 200 404 404 403"),
    "GET /v1/moderation/cases": Row("401 403 403 403 403 403 403 403 200 403", triage="200"),
    "POST /v1/moderation/mutes": Row(
        "401 403 403 403 403 403 403 403 201 403", {"person_id": "{mentee_id}", "reason": "All of them false."}
    ),
    "GET /v1/moderation/mutes": Row("401 403 403 403 403 403 403 403 200 403"),
    "DELETE /v1/moderation/mutes/{person_id}": Row(
        "401 403 403 403 403 403 403 403 200 403", None, {"person_id": "mentee_id"}
    ),
    "GET /v1/cases/{case_id}": Row("401 404 404 404 404 404 404 404 200 403", triage="200"),
    "POST /v1/cases/{case_id}/assign": Row(
        "401 404 404 404 404 404 404 404 200 403", headers=_ANY_VERSION, triage="409"
    ),
    "GET /v1/cases/{case_id}/evidence": Row("401 404 404 404 404 404 404 404 200 403", triage="409"),
    "POST /v1/cases/{case_id}/actions": Row("401 404 404 404 404 404 404 404 201 403", _ACT, headers=_ANY_VERSION),
    "POST /v1/cases/{case_id}/close": Row("401 404 404 404 404 404 404 404 200 403", headers=_ANY_VERSION),
    "POST /v1/cases/{case_id}/escalate": Row(
        "401 404 404 404 404 404 200 404 409 403", None, _GROUP_CASE, _ANY_VERSION
    ),
    "POST /v1/cases/{case_id}/appeals": Row(
        "401 404 404 404 404 404 404 404 404 409", {"action_id": "{action_id}", "text": "Again."}, _APPEALED
    ),
    "POST /v1/appeals/{appeal_id}/assign": Row("401 404 404 404 404 404 404 404 200 403", headers=_ANY_VERSION),
    "POST /v1/appeals/{appeal_id}/decide": Row(
        "401 404 404 404 404 404 404 404 200 403", {"result": "uphold", "message": "It stands."}, headers=_ANY_VERSION
    ),
    "GET /v1/me/statements": Row("401 200 200 200 200 200 200 200 200 200"),
    "GET /v1/audit": Row("401 403 403 403 403 403 403 403 403 403", owner="200"),
    "GET /v1/me/notifications": Row("401 200 200 200 200 200 200 200 200 403"),
    "POST /v1/me/notifications/read": Row("401 200 200 200 200 200 200 200 200 403", {"notification_ids": ["none"]}),
    "GET /v1/me/notification-preferences": Row("401 200 200 200 200 200 200 200 200 403"),
    "PUT /v1/me/notification-preferences": Row("401 200 200 200 200 200 200 200 200 403", {"preferences": {}}),
    "POST /v1/unsubscribe/{token}": Row("404 404 404 404 404 404 404 404 404 404"),
    "GET /v1/me/export": Row("401 200 200 200 200 200 200 200 200 200"),
    "POST /v1/me/exports": Row("401 202 202 202 202 202 202 202 202 202"),
    "GET /v1/me/exports/{export_id}": Row("401 404 404 404 404 404 404 404 404 404"),
    "GET /v1/me/exports/{export_id}/{link}/my-data.jsonl": Row("401 404 404 404 404 404 404 404 404 404"),
    "GET /v1/me/exports/{export_id}/{link}/my-data.html": Row("401 404 404 404 404 404 404 404 404 404"),
    "GET /v1/erasures/{receipt}": Row("404 404 404 404 404 404 404 404 404 404"),
    "POST /v1/me/sessions/end": Row("401 200 200 200 200 200 200 200 200 200", ends_sessions=True),
    "POST /v1/me/erasure": Row("401 202 202 202 202 202 202 202 202 202"),
}
