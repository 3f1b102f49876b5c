"""What became pairs at once, taken back or introduced at once: each pair of a batch is answered for itself (P-07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.matching.domain import errors
from services.matching.domain.pairing import introduced, objection_to_introducing
from services.matching.domain.parting import about, part
from services.matching.domain.roster import Pair, Roster
from services.matching.domain.rules import Known
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, NewEvent, Occasion


def undo_publication(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Drop the drafts of a batch; who has been introduced stays a pair. Raises UnknownBatch."""
    pairs = _of_batch(roster, command)
    drafts = [pair for pair in pairs if not_a_draft(pair) is None]
    dropped = part(roster, drafts, "other", occasion.actor.id, occasion.now)
    return [*dropped, _done("PublicationUndone", roster, command, pairs, not_a_draft)]


def introduce_batch(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Introduce the drafts of a batch, as far as the rules still allow. Raises UnknownBatch, ProgramNotOpen."""
    pairs = _of_batch(roster, command)
    if not roster.open:
        raise errors.ProgramNotOpen
    known = Known.of(roster, occasion)
    told: list[NewEvent] = []
    problems: dict[str, Refusal | None] = {}
    for pair in pairs:
        problems[pair.pair_id] = not_a_draft(pair) or objection_to_introducing(known, pair)
        if problems[pair.pair_id] is None:
            words = command.get("introduction") or occasion.facts["introductions"].get(pair.pair_id)
            told.append(introduced(known, about(roster, pair), words))
    return [*told, _done("BatchIntroduced", roster, command, pairs, lambda pair: problems[pair.pair_id])]


def not_a_draft(pair: Pair) -> Refusal | None:
    """Why it is too late to take this pair back, or to introduce it."""
    if not pair.is_current:
        return errors.PairOver()
    return errors.AlreadyIntroduced() if pair.introduced else None


def _of_batch(roster: Roster, command: Data) -> list[Pair]:
    pairs = roster.pairs_of_batch(command["batch_id"])
    if not pairs:
        raise errors.UnknownBatch
    return pairs


def _done(
    kind: str, roster: Roster, command: Data, pairs: Sequence[Pair], problem: Callable[[Pair], Refusal | None]
) -> NewEvent:
    results = []
    for pair in pairs:
        refusal = problem(pair)
        one = {"mentor_id": pair.mentor_id, "mentee_id": pair.mentee_id, "pair_id": pair.pair_id}
        results.append({**one, "problem": refusal.slug} if refusal else one)
    return NewEvent(kind, {**roster.place, "batch_id": command["batch_id"], "results": results})
