"""A program as it was: its roster in numbers, its pairs with their journeys, and how many cases there were.

It is what the views of the services make of the program's own streams; nobody's name, no words, no case but a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from shared.analytics.asof import Documents, Upto, Watched, commits_of, documents, in_service
from shared.analytics.replay import Replay
from shared.analytics.source import Logs
from shared.kernel.events import Commit, Data

_OF_PROGRAM = ("group_id", "status", "guide_version", "created_at", "archived_at")
_OF_PAIR = ("mentor_id", "mentee_id", "status", "created_at", "introduced_at", "ended_at", "reason")
_OF_JOURNEY = ("status", "started_at", "active_at", "week", "completed")


class ProgramAsOf:
    """One program at given positions. `replays` by service are of all views. Raises Fault, LogUnavailable."""

    def __init__(self, logs: Logs, replays: Mapping[str, Replay], upto: Upto, watched: Watched) -> None:
        self._logs = logs
        self._replays = replays
        self._upto = upto
        self._watched = watched

    def __call__(self, program_id: str) -> Data | None:
        """None where there was no such program."""
        program = self._documents("programs", self._stream("programs", f"program-{program_id}"))
        if program_id not in program.get("programs", {}):
            return None
        roster = self._documents("matching", self._stream("matching", f"roster-{program_id}"))
        pairs = sorted(roster.get("pairs", {}).items())
        return {
            "program_id": program_id,
            **_chosen(program["programs"][program_id], _OF_PROGRAM),
            "roster": _by_role(roster.get("signups", {}).values()),
            "pairs": [
                {"pair_id": pair_id, **_chosen(pair, _OF_PAIR), "journey": self._journey(pair_id)}
                for pair_id, pair in self._watched(pairs, len(pairs), "pairs")
            ],
            "cases": self._cases(program_id),
        }

    def _stream(self, service: str, stream: str) -> list[Commit]:
        return commits_of(self._logs, service, stream, self._upto)

    def _documents(self, service: str, commits: Iterable[Commit]) -> Documents:
        return documents(self._replays[service].changes(commits))

    def _journey(self, pair_id: str) -> Data | None:
        found = self._documents("programs", self._stream("programs", f"journey-{pair_id}"))
        journey = found.get("journeys", {}).get(pair_id)
        if journey is None:
            return None
        steps = {"steps": len(journey["step_ids"]), "steps_passed": len(journey.get("passed", ()))}
        return {**_chosen(journey, _OF_JOURNEY), **steps}

    def _cases(self, program_id: str) -> dict[str, int]:
        """How many there were by status. Their streams are named by a hash, so that the log is looked through."""
        streams, found = set(), []
        for commit in in_service(self._logs, self._upto, "trust_safety", self._watched):
            opened = (event for event in commit.events if event.type == "CaseOpened")
            if any(event.data.get("program_id") == program_id for event in opened):
                streams.add(commit.stream)
            if commit.stream in streams:
                found.append(commit)
        cases = self._documents("trust_safety", found).get("cases", {}).values()
        return dict(sorted(Counter(case["status"] for case in cases if case["program_id"] == program_id).items()))


def _by_role(signups: Iterable[Data]) -> dict[str, dict[str, int]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for signup in signups:
        found[signup["role"]][signup["status"]] += 1
    return {role: dict(sorted(counts.items())) for role, counts in sorted(found.items())}


def _chosen(document: Data, names: Iterable[str]) -> Data:
    return {name: document[name] for name in names if document.get(name) is not None}
