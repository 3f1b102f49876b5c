"""The route table: every address that the system answers, as data.

Made from it: the application's routes, the OpenAPI document, the docs page and the access test.
"""

from __future__ import annotations

from services.gateway.routes import conversations, matching, own, people, programs, safety
from services.gateway.routes.route import Does, Route, Then, Who

ROUTES: tuple[Route, ...] = (
    *own.ROUTES,
    *programs.ROUTES,
    *matching.ROUTES,
    *conversations.ROUTES,
    *safety.ROUTES,
    *people.ROUTES,
)

__all__ = ["ROUTES", "Does", "Route", "Then", "Who"]
