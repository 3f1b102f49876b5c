"""What the gateway answers itself: probes, the description of the API, live updates, a person's use of their rights."""

from __future__ import annotations

from services.gateway import answers
from services.gateway.routes.route import Who, own

ROUTES = (
    own("GET /health/live", "live", Who.ANYBODY, "The process is up", answers.Alive),
    own("GET /health/ready", "ready", Who.ANYBODY, "Everything needed is there (503 while not)", answers.Readiness),
    own("GET /metrics", "metrics", Who.ANYBODY, "For Prometheus", answers.Text, media="text/plain"),
    own("GET /v1/openapi.json", "openapi", Who.ANYBODY, "This document", answers.Document),
    own("GET /docs", "docs", Who.ANYBODY, "The same, to read", answers.Text, media="text/html"),
    own(
        "GET /v1/me/stream",
        "stream",
        Who.SELF,
        "Live updates: ids and kinds, never text. Resumes after Last-Event-ID, or says `event: reset`",
        answers.Text,
        media="text/event-stream",
    ),
    own("GET /v1/me/export", "export", Who.SELF, "A copy of my data", answers.Export, even_suspended=True),
    own(
        "POST /v1/me/erasure",
        "erase",
        Who.SELF,
        "Forget me, for good: tokens from before end, and what was mine cannot be read again",
        answers.Erased,
        status=202,
        even_suspended=True,
    ),
)
