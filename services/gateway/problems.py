"""Errors as RFC 9457 problem documents (SE-15): a stable type, a sentence that helps, nothing of our insides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.gateway.codec import to_json
from shared.kernel.errors import Refusal

TYPE_PREFIX = "urn:mentorship:problem:"
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 2
"""Seconds after which a caller may try again what was away."""

_NOT_EXTRA = {"slug", "status", "detail", "headers", "title", "type", "retry_after"}
_OF_STATUS = {
    404: ("not-found", "There is nothing here that you can see."),
    405: ("method-not-allowed", "This address does not take that method; see the header Allow."),
}


class Problem(Exception):
    """An answer other than the wished one. `extra` are further members of the document."""

    def __init__(
        self, status: int, slug: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        self.status = status
        self.slug = slug
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(f"{status} {slug}")

    @classmethod
    def from_reply(cls, problem: Mapping[str, Any]) -> Problem:
        """The problem that a service answered with. Its `retry_after`, in seconds, becomes the header."""
        extra = {name: value for name, value in problem.items() if name not in _NOT_EXTRA}
        headers = {"Retry-After": str(problem["retry_after"])} if "retry_after" in problem else {}
        return cls(int(problem["status"]), str(problem["slug"]), str(problem["detail"]), headers=headers, **extra)


def problem_of(error: Exception) -> Problem:
    """What to answer for any exception; one that nobody foresaw tells nothing about itself."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        return Problem.from_reply(error.as_problem())
    if isinstance(error, HTTPException) and error.status_code in _OF_STATUS:
        slug, detail = _OF_STATUS[error.status_code]
        return Problem(error.status_code, slug, detail, headers=error.headers)
    return Problem(500, "internal-error", "Something went wrong on our side. It was noted with the correlation id.")


def response_of(problem: Problem, correlation_id: str) -> Response:
    """The document, with the headers that its status asks for."""
    headers = dict(problem.headers)
    if problem.status == 401:
        invalid = ', error="invalid_token"' if problem.slug.startswith("token-") else ""
        headers.setdefault("WWW-Authenticate", f'Bearer realm="mentorship"{invalid}')
    if problem.status in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_AFTER))
    document = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.slug.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        **problem.extra,
        "correlation_id": correlation_id,
    }
    return Response(to_json(document), problem.status, headers, MEDIA_TYPE)
