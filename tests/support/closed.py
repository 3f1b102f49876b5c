"""SE-05, SE-10, SE-11: looks at every answer that a test gets from the system, while it gets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
from jsonschema import Draft202012Validator

from services.gateway.openapi import document
from services.gateway.routes import ROUTES

DOCUMENT = document(ROUTES, "http://127.0.0.1")
JSON = ("application/json", "application/problem+json")
_PATHS = sorted(
    ((re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in DOCUMENT["paths"]), key=lambda pair: "{" in pair[1]
)


class NotAsDescribed(AssertionError):
    """An answer that the OpenAPI document does not allow."""


def check(answer: httpx.Response, body: Any) -> None:
    """`body`: what the answer holds where it is JSON, else None. Raises NotAsDescribed."""
    method, path, status = answer.request.method, template(answer.request.url.path), str(answer.status_code)
    where = f"{method} {answer.request.url.path}: {status}"
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "x-correlation-id"):
        if name not in answer.headers:
            raise NotAsDescribed(f"{where} without {name}")
    if "set-cookie" in answer.headers:
        raise NotAsDescribed(f"{where} sets a cookie")
    if path.startswith("/v1/") and path != "/v1/openapi.json" and answer.headers["cache-control"] != "no-store":
        raise NotAsDescribed(f"{where} may be stored")
    operation = DOCUMENT["paths"].get(path, {}).get(method.lower())
    if operation is None:
        kind = "answers.Problem" if answer.is_error else "nothing at all"
    elif status in operation["responses"]:
        kind = _kind(operation["responses"][status])
    else:
        raise NotAsDescribed(f"{where} is not described")
    if body is not None and (found := [error.message for error in _validator(kind).iter_errors(body)]):
        raise NotAsDescribed(f"{where} is no {kind}: {found[0][:500]}")


def template(path: str) -> str:
    return next((known for pattern, known in _PATHS if pattern.fullmatch(path)), "")


def _kind(response: dict[str, Any]) -> str:
    """The name of the schema; empty for what is no JSON."""
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    for media in JSON:
        if media in response["content"]:
            return str(response["content"][media]["schema"]["$ref"].rpartition("/")[2])
    return ""


@cache
def _validator(kind: str) -> Draft202012Validator:
    if kind not in DOCUMENT["components"]["schemas"]:
        return Draft202012Validator(False)
    return Draft202012Validator({"$ref": f"#/components/schemas/{kind}", "components": DOCUMENT["components"]})


@contextmanager
def watched(base_url: str) -> Iterator[None]:
    """Every answer of this address that comes through httpx is checked; what is streamed is checked by its headers."""
    send: Callable[..., httpx.Response] = httpx.Client.send

    def checked(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(self, request, **options)
        if str(request.url).startswith(base_url):
            json = answer.is_closed and answer.headers.get("content-type", "").startswith(JSON)
            check(answer, answer.json() if json and answer.content else None)
        return answer

    with patch.object(httpx.Client, "send", checked):
        yield
