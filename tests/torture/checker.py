"""What must hold after a run: one pure function per invariant, from the history and the final state to violations.

Each gives a list of sentences; an empty one means that the invariant holds.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from shared.kernel.clock import from_text
from shared.kernel.events import Commit, Event
from tests.torture.history import Note, of_kind
from tests.torture.laws import LAWS
from tests.torture.state import Final

RECOVERED_WITHIN = 30.0
LATE_BY = 2.0
ACCEPTED_WITHIN = 5.0
"""Seconds."""

GROWTH = 1.25
SLACK = 5.0
"""At rest a resource is at most `GROWTH * baseline + SLACK`; memory (in MB) twice that, as freed memory is kept."""


def i1_acknowledged_is_in_the_log(history: list[Note], final: Final) -> list[str]:
    stored = {(c.service, c.partition, c.position): c.command_id for c in final.commits}
    return [
        f"I1: {ack['service']} acknowledged {ack['id']}, and its log does not hold it at {ack['position']}."
        for ack in of_kind(history, "ack")
        if ack["position"] and stored.get((ack["service"], ack["partition"], ack["position"])) != ack["id"]
    ]


def i2_nothing_unasked_is_in_the_log(history: list[Note], final: Final) -> list[str]:
    """A commit was asked for and not refused, or follows from an event, or is the service's own timer's (see I15)."""
    asked = {note["id"] for note in of_kind(history, "ask")} - {note["id"] for note in of_kind(history, "refused")}
    happened = {event.id for commit in final.commits for event in commit.events}
    return [
        f"I2: nobody asked {commit.service} for {commit.command_id} at {commit.position}."
        for commit in final.commits
        if commit.command_id not in asked and commit.events[0].causation_id not in happened and not _timed(commit)
    ]


def i3_each_command_once(_history: list[Note], final: Final) -> list[str]:
    """Neither an id twice, nor what one event caused in one stream."""
    ids = Counter((c.service, c.command_id) for c in final.commits)
    caused = Counter(
        (c.service, c.stream, c.events[0].causation_id, tuple(e.type for e in c.events))
        for c in final.commits
        if c.events[0].causation_id
    )
    twice = [f"I3: {service} has command {id} {n} times." for (service, id), n in ids.items() if n > 1]
    return twice + [
        f"I3: {service} let {', '.join(types)} follow {n} times in {stream} from event {cause}."
        for (service, stream, cause, types), n in caused.items()
        if n > 1
    ]


def i4_positions_are_dense(_history: list[Note], final: Final) -> list[str]:
    return [
        f"I4: the positions of {service}, partition {partition}, are not 1 to {len(commits)} in order."
        for (service, partition), commits in final.partitions().items()
        if [commit.position for commit in commits] != list(range(1, len(commits) + 1))
    ]


def i5_streams_are_straight_and_lawful(_history: list[Note], final: Final) -> list[str]:
    """Per stream seq 1 to k; no double pairing, capacity kept, nothing after a block."""
    streams: dict[tuple[str, str], list[Commit]] = defaultdict(list)
    for commit in final.commits:
        streams[commit.service, commit.stream].append(commit)
    found = []
    for (service, stream), commits in streams.items():
        if [commit.seq for commit in commits] != list(range(1, len(commits) + 1)):
            found.append(f"I5: {stream} of {service} has a hole or a fork.")
        law = LAWS.get(stream.partition("-")[0])
        found += law([e for c in commits for e in c.events]) if law else []
    return found


def i6_commits_are_whole(_history: list[Note], final: Final) -> list[str]:
    return [
        f"I6: of the commit at {commit.position} of {commit.service} a part is missing."
        for commit in final.commits
        if [(e.index, e.of) for e in commit.events] != [(i, len(commit.events)) for i in range(len(commit.events))]
    ]


def i7_a_reader_never_meets_a_hole(history: list[Note], _final: Final) -> list[str]:
    seen: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for note in of_kind(history, "tail"):
        seen[note["reader"], note["service"], note["partition"]].append(note["position"])
    return [
        f"I7: reader {reader} of {service}, partition {partition}, did not see 1 to {len(positions)} in order."
        for (reader, service, partition), positions in seen.items()
        if positions != list(range(1, len(positions) + 1))
    ]


def i8_consumers_catch_up(history: list[Note], final: Final) -> list[str]:
    ends = {place: len(commits) for place, commits in final.partitions().items()}
    behind = [
        f"I8: {consumer} stands at {end} of {ends.get((source, partition), 0)} of {source}, partition {partition}."
        for (consumer, source, partition), end in final.ends.items()
        if end != ends.get((source, partition), 0)
    ]
    healed = max((note["at"] for note in of_kind(history, "fault", "healed")), default=0.0)
    return behind + [
        f"I8: {note['consumer']} caught up with {note['source']} {note['at'] - healed:.0f} s after the last fault."
        for note in of_kind(history, "caught-up")
        if note["at"] - healed > RECOVERED_WITHIN
    ]


def i9_effects_happen_once(_history: list[Note], final: Final) -> list[str]:
    """Once per event and consumer; one notification intent per cause, person and kind."""
    found = []
    for consumer, counted in final.effects.items():
        wanted = {event.id: 1 for event in final.heard_by(consumer) if event.id not in final.parked.get(consumer, ())}
        wrong = sorted(id for id in wanted.keys() | counted.keys() if wanted.get(id, 0) != counted.get(id, 0))
        found += [f"I9: {id} took effect {counted.get(id, 0)} times in {consumer}." for id in wrong]
    raised = [e.data for c in final.commits for e in c.events if e.name == "notifications.NotificationRaised"]
    intents = Counter((data["cause"], data["person_id"], data["kind"]) for data in raised)
    return found + [f"I9: {who} was told {kind} {n} times." for (_, who, kind), n in intents.items() if n > 1]


def i10_effects_keep_the_order(_history: list[Note], final: Final) -> list[str]:
    return [
        f"I10: {consumer} applied {stream} out of order."
        for consumer, streams in final.order.items()
        for stream, places in streams.items()
        if places != sorted(places)
    ]


def i11_nothing_is_left_over(_history: list[Note], final: Final) -> list[str]:
    """Queues are empty; parking holds exactly the poison and what followed it in its stream."""
    found = [f"I11: {count} messages are left in {queue}." for queue, count in final.queues.items() if count]
    for consumer, parked in final.parked.items():
        heard = final.heard_by(consumer)
        firsts = {(e.service, e.stream): (e.position, e.index) for e in reversed(heard) if e.id in final.poison}
        wanted = {e.id for e in heard if (e.position, e.index) >= firsts.get((e.service, e.stream), (2**60, 0))}
        if parked != wanted:
            found.append(f"I11: {consumer} parks {len(parked)} events where {len(wanted)} are to be parked.")
    return found


def i12_the_chains_agree(_history: list[Note], final: Final) -> list[str]:
    wanted = {
        place: chain(event for c in commits for event in c.events) for place, commits in final.partitions().items()
    }
    return [
        f"I12: the chain of {source}, partition {partition}, counts {counted[0]} events, its log {wanted_count}."
        for (source, partition), counted in final.chains.items()
        if counted != (agreed := wanted.get((source, partition), chain(())))
        for wanted_count in (agreed[0],)
    ]


def chain(events: Iterable[Event], start: tuple[int, str] = (0, "")) -> tuple[int, str]:
    """Count and digest over the ids of events in order, going on from `start`."""
    count, digest = start
    for event in events:
        count, digest = count + 1, hashlib.sha256((digest + event.id).encode()).hexdigest()
    return count, digest


def i13_views_are_what_a_rebuild_gives(_history: list[Note], final: Final) -> list[str]:
    return [
        f"I13: in {service} the view {view} is not what a rebuild gives."
        for service in sorted(final.live.keys() | final.rebuilt.keys())
        for view in sorted(_views(final.live, service).keys() | _views(final.rebuilt, service).keys())
        if _views(final.live, service).get(view) != _views(final.rebuilt, service).get(view)
    ]


def i14_the_past_does_not_change(history: list[Note], _final: Final) -> list[str]:
    digests: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for note in of_kind(history, "as-of"):
        digests[note["service"], note["partition"], note["upto"]].add(note["digest"])
    return [
        f"I14: {service}, partition {partition}, up to {upto} was once other than it is now."
        for (service, partition, upto), different in digests.items()
        if len(different) > 1
    ]


def i15_deadlines_fire_once_and_in_time(_history: list[Note], final: Final) -> list[str]:
    known = {(one.service, one.command_id): one for one in final.deadlines}
    fired = Counter((c.service, c.command_id) for c in final.commits if _timed(c))
    at = {(c.service, c.command_id): c.events[0].recorded_at for c in final.commits}
    found = [
        f"I15: a timer of {s} fired for no deadline, or once more ({id})." for s, id in fired.keys() - known.keys()
    ]
    for key, one in known.items():
        if fired[key] > 1:
            found.append(f"I15: the deadline {one.due} of {one.service} fired {fired[key]} times.")
        if fired[key] and at[key] < one.due:
            found.append(f"I15: the deadline {one.due} of {one.service} fired early, at {at[key]}.")
        late = _late(at.get(key, final.now), max(one.due, final.healed))
        if late > LATE_BY and not one.moved:
            found.append(f"I15: the deadline {one.due} of {one.service} fired {late:.0f} s late, or never.")
    return found


def i16_the_erased_are_forgotten(_history: list[Note], final: Final) -> list[str]:
    left = {place: canaries & final.erased for place, canaries in final.traces.items()}
    return [f"I16: {place} holds {len(words)} words of erased people." for place, words in left.items() if words]


def i17_answers_keep_to_their_pair(history: list[Note], final: Final) -> list[str]:
    return [
        f"I17: an answer to {note['who']} about {note['pair']} held {canary} of another pair."
        for note in of_kind(history, "answer")
        for canary in note["canaries"]
        if final.canary_of.get(canary) != note["pair"]
    ]


def i18_logs_hold_no_words(_history: list[Note], final: Final) -> list[str]:
    logs = {place: canaries for place, canaries in final.traces.items() if place.startswith("log ")}
    return [f"I18: {place} holds {len(canaries)} words of people." for place, canaries in logs.items() if canaries]


def i19_resources_come_back(_history: list[Note], final: Final) -> list[str]:
    return [
        f"I19: {name} was {baseline:.0f} at first and is {final.resources.get(name, 0):.0f} at rest."
        for name, baseline in final.baseline.items()
        if final.resources.get(name, 0) > (GROWTH * baseline + SLACK) * (2 if name.startswith("memory") else 1)
    ]


def i20_writes_are_soon_accepted(history: list[Note], _final: Final) -> list[str]:
    return [
        f"I20: what was healed at {healed['at']:.0f} s took no write within {ACCEPTED_WITHIN:.0f} s."
        for index, healed in enumerate(history)
        if healed["note"] == "healed" and not _accepted(history, index)
    ]


def _accepted(history: list[Note], index: int) -> bool:
    """By the healed `service`, or any where none is named. Nobody asking, or the next fault, excuses."""
    healed, asked = history[index], False
    for note in islice(history, index + 1, None):
        if note["at"] - healed["at"] > ACCEPTED_WITHIN:
            break
        ours = healed.get("service", note.get("service")) == note.get("service")
        if note["note"] == "fault" or (note["note"] == "ack" and ours):
            return True
        asked = asked or (note["note"] in {"ask", "unknown"} and ours)
    return not asked


def _late(fired: str, wanted: str) -> float:
    return (from_text(fired) - from_text(wanted)).total_seconds()


def _timed(commit: Commit) -> bool:
    return commit.events[0].actor == "system" and commit.events[0].causation_id is None


def _views(documents: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {view: found for view, found in documents.get(service, {}).items() if found}


INVARIANTS: dict[str, Callable[[list[Note], Final], list[str]]] = {
    name.partition("_")[0].upper(): found for name, found in list(globals().items()) if re.match(r"i\d+_", name)
}


def check(history: Iterable[Note], final: Final) -> dict[str, list[str]]:
    """The violations by invariant; only of those that do not hold."""
    notes = list(history)
    return {name: found for name, holds in INVARIANTS.items() if (found := holds(notes, final))}
