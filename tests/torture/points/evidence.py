"""What the two services leave in the real stores, for the checker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.eventlog import EventLog
from shared.views.generations import Client, watermarks
from shared.views.parking import Parking
from shared.views.rebuild import rebuild
from shared.views.store import ViewStore
from tests.torture.checker import chain
from tests.torture.points import flow
from tests.torture.state import Final


def final_state(client: Client, source: str, hearer: str, logs: Mapping[str, EventLog], waiting: int) -> Final:
    """`waiting`: how many messages are left in the hearer's queue."""
    report = rebuild(flow.hearer(hearer, source), client, logs)
    live = _views(client, hearer, report.generation - 1)
    commits = [commit for log in logs.values() for commit in log.replay(0)]
    events = {event.id: event for commit in commits for event in commit.events}
    seen = {stream: document["seen"] for stream, document in live.get(flow.EFFECTS, {}).items()}
    taken = [event_id for places in seen.values() for _, _, event_id in places]
    chains = {name: document["ids"] for name, document in live.get(flow.CHAINS, {}).items()}
    return Final(
        commits=commits,
        ends={(hearer, name, 0): watermarks(client, hearer, 1).get((name, 0), 0) for name in logs},
        effects={hearer: {event_id: taken.count(event_id) for event_id in taken}},
        order={hearer: {stream: [(p, i) for p, i, _ in places] for stream, places in seen.items()}},
        queues={hearer: waiting},
        parked={hearer: {document["_id"] for document in Parking(client, hearer).all()}},
        poison={event.id for event in events.values() if event.data["word"] == flow.POISON},
        chains={(name, 0): chain(events[event_id] for event_id in chains.get(name, ())) for name in logs},
        live={hearer: live},
        rebuilt={hearer: _views(client, hearer, report.generation)},
    )


def _views(client: Client, service: str, generation: int) -> dict[str, dict[str, Any]]:
    store = ViewStore(client, service, generation)
    names = ("words", flow.EFFECTS, flow.CHAINS)
    return {name: {d["_id"]: d for d in client[service][store.name_of(name)].find()} for name in names}
