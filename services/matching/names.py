"""How people and endings are named in answers."""

from __future__ import annotations

from services.matching.views import signup_key
from shared.application.table import Reads


def name_of(reads: Reads, program_id: str, person_id: str) -> str | None:
    """The name that the person signed up with; "[removed]" after erasure."""
    found = reads.get("signups", signup_key(program_id, person_id))
    name = reads.open(found["name"]) if found else None
    return None if name is None else str(name)


def shown_reason(reason: str | None) -> str | None:
    """Why a pair ended, as an admin may know it. A block shows as "ended", and so does "other": a word that only

    blocks had would tell of them (BL-06).
    """
    return "ended" if reason in {"blocked", "other"} else reason
