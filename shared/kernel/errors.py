"""Errors that people meet. Each has a stable slug, a kind that decides the HTTP status, and a sentence that helps.

Services subclass `Refusal` with a name of their own domain; the gateway turns any of them into a problem document.
A sentence never holds what a person typed.
"""

from __future__ import annotations

from typing import Any, ClassVar

STATUS_OF_KIND = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "conflict": 409,
    "stale": 412,
    "too-many": 429,
    "unavailable": 503,
}


class Refusal(Exception):
    """A command or query that was understood and is refused. Nothing has happened."""

    kind: ClassVar[str] = "conflict"
    slug: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done now."

    def __init__(self, sentence: str | None = None, **extra: Any) -> None:
        self.detail = sentence or self.sentence
        self.extra = extra
        super().__init__(f"{self.slug}: {self.detail}")

    def as_problem(self) -> dict[str, Any]:
        """The parts of an RFC 9457 problem: `slug`, `status`, `detail` and any extra members."""
        return {"slug": self.slug, "status": STATUS_OF_KIND[self.kind], "detail": self.detail, **self.extra}


class NotFound(Refusal):
    """The thing does not exist, or is not the asker's to know about: both answer alike."""

    kind = "not-found"
    slug = "not-found"
    sentence = "There is nothing here that you can see."


class Forbidden(Refusal):
    kind = "forbidden"
    slug = "forbidden"
    sentence = "You may not do this."


class Invalid(Refusal):
    """The input has the wrong shape. `errors` maps each field to what is wrong with it."""

    kind = "invalid"
    slug = "invalid-input"
    sentence = "Some fields are not as they should be."


class AdultsOnly(Refusal):
    """P-03, PR-17: no joining, pairing or messaging without the attestation of being 18 or older."""

    kind = "forbidden"
    slug = "adults-only"
    sentence = "Mentorship is for members who are 18 or older."


class Stale(Refusal):
    """The caller's `If-Match` names an older version."""

    kind = "stale"
    slug = "stale-version"
    sentence = "This was changed by someone else in the meantime. Read it again, then repeat your change."


class Unavailable(Refusal):
    """Something this needs is away for the moment; what was acknowledged before is safe."""

    kind = "unavailable"
    slug = "unavailable"
    sentence = "A part of the system is away for the moment. Nothing was changed; please try again shortly."


class KeyReused(Refusal):
    """The same Idempotency-Key came with another payload (SE-13)."""

    kind = "invalid"
    slug = "idempotency-key-reused"
    sentence = "This Idempotency-Key was used for a different request. Use a new key."


class Forgotten(Refusal):
    """Somebody whose words this would keep was erased: nothing of theirs can be sealed any more (PR-06)."""

    kind = "conflict"
    slug = "person-erased"
    sentence = "A person concerned has had their data erased, so nothing of theirs can be added."
