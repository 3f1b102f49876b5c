"""From demand and measured costs to processes, partitions, stores and money, and to where the limits are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scripts.scale.demand import EARLY, Demand
from scripts.scale.measured import Measured

BUSY = 0.6
"""How busy a processor may be in the busiest hour."""
GATEWAY, SERVICE, STORE, BROKER = 0.30, 0.36, 0.125, 0.125
"""Who uses the processor time of a command or a read: the parts of docs/benchmarks.md, B6; the rest is the client's."""
HEARING = 0.6
"""Of the processor time of an event that is heard, the part of the process that hears it; else broker and store."""
LIVE = 50e-6
"""Seconds in which a gateway process takes one event for live updates."""
ROUND_TRIP = 1e-3
"""Seconds that a majority on three machines adds to a journal."""
MAIL = 30e-3
"""Seconds that a mail server takes for one mail."""
MOST_PARTITIONS = 64
REPLICAS = 3
PROCESS_CORES, PROCESS_GB, NODE_GB, CACHED = 0.1, 0.25, 4.0, 0.05
"""What is set aside for a process, for a node of store or broker, and what part of the stored is kept in memory."""
STORE_CORES, STORE_BYTES, MACHINE_GB = 16, 2e12, 128
"""The largest machine that one would like to run: its processors, what its store holds, its memory."""
CORE_HOUR, MEMORY_GB_MONTH, DISK_GB_MONTH = 0.04, 3.0, 0.10
"""Example prices, in any currency."""
YEAR, HOURS_OF_A_MONTH = 365 * 86_400, 730
SERVICES = ("programs", "matching", "conversations", "trust_safety", "notifications")


@dataclass(frozen=True)
class Needs:
    """For one size: processes, partitions, queues, events a second that the broker hands to services and (`live`) to
    gateways in the busiest hour, bytes of a year, shards, machines, processors, GB of memory, money a month."""

    gateways: int
    services: dict[str, int]
    partitions: int
    queues: int
    heard: float
    live: float
    stored: float
    shards: int
    machines: int
    cores: float
    memory: float
    money: float


def hears(demand: Demand, service: str) -> float:
    """Events a second that a service gets from others, on the mean."""
    if service == "trust_safety":
        return demand.events - demand.commits[service]
    return demand.told - demand.commits[service] if service != "notifications" else demand.told


def hearing(cost: Measured) -> float:
    """Seconds of its process that a service spends on an event of another, with what follows from it."""
    return HEARING * cost.cpu_heard


def relaying(cost: Measured) -> float:
    """Seconds that a process spends on an event of its own log: publishing it and following it."""
    return 1 / cost.delivery


def partitions_of(demand: Demand, cost: Measured) -> float:
    """How many it takes so that in the busiest hour no sequencer and no consumer of a partition is busier than BUSY."""
    peak = demand.busiest / BUSY
    writing = max(demand.commits.values()) * peak / cost.sequencer
    listening = max(hears(demand, service) for service in SERVICES) * peak * hearing(cost)
    return max(writing, listening)


def partitions(demand: Demand, cost: Measured) -> int:
    """A power of two."""
    return 1 << max(1, math.ceil(math.log2(partitions_of(demand, cost))))


def service_cores(demand: Demand, cost: Measured, service: str) -> float:
    """In the busiest hour, were the work shared evenly between its processes."""
    asked = demand.commits[service] if service != "notifications" else 0.0  # its commits are in the cost of hearing
    reads = demand.reads / len(SERVICES)
    work = SERVICE * (asked * cost.cpu_command + reads * cost.cpu_read)
    work += hears(demand, service) * hearing(cost) + demand.commits[service] * relaying(cost)
    return work * demand.busiest / BUSY


def gateway_cores(demand: Demand, cost: Measured) -> float:
    work = GATEWAY * (demand.commands * cost.cpu_command + demand.reads * cost.cpu_read)
    return work * demand.busiest / BUSY


def store_cores(demand: Demand, cost: Measured) -> float:
    """Of the primaries, in the busiest hour."""
    commands = demand.commands + demand.timers
    heard = sum(hears(demand, service) for service in SERVICES if service != "trust_safety") + demand.told
    work = STORE * (commands * cost.cpu_command + demand.reads * cost.cpu_read)
    return (work + heard * (1 - HEARING) / 2 * cost.cpu_heard) * demand.busiest / BUSY


def bytes_a_year(demand: Demand, cost: Measured) -> float:
    """Logs and views with their indexes, on one replica."""
    logs = sum(rate * cost.log_bytes.get(service, 0.0) for service, rate in demand.commits.items())
    return (logs + demand.events * cost.views_bytes) * YEAR


def needs(demand: Demand, cost: Measured) -> Needs:
    work = {service: service_cores(demand, cost, service) for service in SERVICES}
    at_work = gateway_cores(demand, cost), *work.values()
    fronts, *_ = counts = [max(2, math.ceil(cores)) for cores in at_work]  # two, so that one may be lost
    parts = partitions(demand, cost)
    stored = bytes_a_year(demand, cost)
    primaries = store_cores(demand, cost)
    shards = max(1, math.ceil(primaries / STORE_CORES), math.ceil(stored / STORE_BYTES))
    # Secondaries apply the writes again, at half the cost. A node of store or broker is given one processor at least.
    servers = max(REPLICAS * shards, 2 * primaries) + max(REPLICAS, primaries)
    cores = servers + sum(max(PROCESS_CORES * count, used) for count, used in zip(counts, at_work, strict=True))
    caches = REPLICAS * (NODE_GB * shards + CACHED * stored / 1e9) + REPLICAS * NODE_GB
    memory = PROCESS_GB * sum(counts) + caches
    money = cores * HOURS_OF_A_MONTH * CORE_HOUR + memory * MEMORY_GB_MONTH + REPLICAS * stored / 1e9 * DISK_GB_MONTH
    return Needs(
        gateways=fronts,
        services=dict(zip(SERVICES, counts[1:], strict=True)),
        partitions=parts,
        queues=len(SERVICES) * (parts + 1),
        heard=sum(hears(demand, service) for service in SERVICES) * demand.busiest,
        live=demand.events * fronts * demand.busiest,
        stored=stored,
        shards=shards,
        machines=max(REPLICAS * shards, math.ceil(cores / STORE_CORES), math.ceil(memory / MACHINE_GB)),
        cores=cores,
        memory=memory,
        money=money,
    )


@dataclass(frozen=True)
class Limit:
    """What can be done a second at most, what a pair asks of it, and so for how many pairs it is enough."""

    what: str
    most: float
    unit: str
    per_pair: float
    mover: str

    @property
    def pairs(self) -> float:
        return self.most / self.per_pair


def limits(one: Demand, cost: Measured) -> list[Limit]:
    """As the system is built today, in the order in which they are met; `one` is the demand of a single pair."""
    peak, wait = one.busiest, cost.journal + ROUND_TRIP
    everything = max(SERVICES, key=lambda service: hears(one, service))
    busiest = max(one.commits, key=lambda service: one.commits[service])
    told = one.told * peak
    found = [
        Limit(
            "one worker sends mails, one at a time",
            1 / (MAIL + 2 * wait + SERVICE * cost.cpu_command),
            "mails/s",
            one.mails * peak,
            "a worker and a lease per partition of inboxes",
        ),
        Limit(
            "one process fires timers, one at a time: check-ins due at once, all reminded of within 30 min",
            1800 / (wait + SERVICE * cost.cpu_command),
            "at once",
            one.timers * EARLY * 7 * 86_400,
            "fire those of different streams side by side; a lease per partition",
        ),
        Limit(
            "one process of notifications consumes and reacts",
            BUSY / hearing(cost),
            "events/s",
            told,
            "consumers of different partitions in different processes: as often as there are partitions",
        ),
        Limit(
            f"one process of {everything} consumes everything",
            BUSY / hearing(cost),
            "events/s",
            hears(one, everything) * peak,
            "the same as for notifications",
        ),
        Limit(
            f"every process of {busiest} publishes and follows its whole log, so more processes do not help",
            BUSY / relaying(cost),
            "events/s",
            one.commits[busiest] * peak,
            "a lease per partition for relay and tailer",
        ),
        Limit(
            "every gateway process takes every event, for live updates",
            BUSY / LIVE,
            "events/s",
            one.events * peak,
            "processes of their own for live updates, each bound to some partitions",
        ),
        Limit(
            f"{MOST_PARTITIONS} sequencers of {busiest}, if the store keeps up",
            BUSY * cost.sequencer * MOST_PARTITIONS,
            "events/s",
            one.commits[busiest] * peak,
            "a second installation for other groups",
        ),
        Limit(
            f"one replica set with {STORE_CORES} cores",
            STORE_CORES,
            "processors",
            store_cores(one, cost),
            "an address of the store per service (`PROGRAMS_MONGO_URL`), then shards by partition",
        ),
        Limit(
            "the views of trust_safety, rebuilt within a day from a year of events",
            cost.rebuild * 86_400,
            "events",
            one.events * YEAR,
            "partitions side by side; fewer events that it looks at",
        ),
    ]
    return sorted(found, key=lambda limit: limit.pairs)
