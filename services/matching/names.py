"""How people and endings are named in answers."""

from __future__ import annotations

from collections.abc import Iterable

from services.matching.keys import signup_key
from shared.application.table import Reads
from shared.kernel.events import Data


class Names:
    """The sign-ups of some people, looked up at once; names are opened as they are asked for."""

    def __init__(self, reads: Reads, wanted: Iterable[tuple[str, str]]) -> None:
        keys = {signup_key(program_id, person_id) for program_id, person_id in wanted}
        self._reads = reads
        self._found = reads.get_many("signups", keys)

    def signup(self, program_id: str, person_id: str) -> Data:
        """The view's document; empty where there is none."""
        return self._found.get(signup_key(program_id, person_id), {})

    def of(self, program_id: str, person_id: str) -> str | None:
        """The name that the person signed up with; "[removed]" after erasure."""
        name = self._reads.open(self.signup(program_id, person_id).get("name"))
        return None if name is None else str(name)


def of_the_pairs(reads: Reads, pairs: Iterable[Data]) -> Names:
    """The names of all who are in these pairs."""
    return Names(reads, [(pair["program_id"], person_id) for pair in pairs for person_id in pair["people"]])


def shown_reason(reason: str | None) -> str | None:
    """Why a pair ended, as an admin may know it. A block shows as "ended", and so does "other": a word that only

    blocks had would tell of them (BL-06).
    """
    return "ended" if reason in {"blocked", "other"} else reason
