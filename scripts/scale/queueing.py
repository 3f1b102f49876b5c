"""Queues as a commit meets them, one behind the other, and the formulas that they are checked against.

Nothing flows back, so each station can be simulated whole before the next: it gets the moments of arrival in order, and
gives the moment at which each leaves. Times are seconds.
"""

from __future__ import annotations

import heapq
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.float64]

BURST = 1.5
_EVENING = 0.75


def pool(arrivals: Times, services: Times, servers: int) -> Times:
    """Processes that take one after another from one queue, first come, first served."""
    free = [0.0] * servers
    left = np.empty_like(arrivals)
    for number, (came, takes) in enumerate(zip(arrivals.tolist(), services.tolist(), strict=True)):
        done = max(came, free[0]) + takes
        heapq.heapreplace(free, done)
        left[number] = done
    return left


def grouped(arrivals: Times, waits: Times, each: float, largest: int) -> tuple[Times, list[int]]:
    """One worker that takes everything that waits, up to `largest`: sequencer, relay, consumer.

    A batch takes the next of `waits` (the journal, which all in it share) and `each` for every one in it. Gives the
    moments of leaving, and how many were in each batch.
    """
    left = np.empty_like(arrivals)
    batches: list[int] = []
    came, count, first, free = arrivals.tolist(), len(arrivals), 0, 0.0
    while first < count:
        begins = max(free, came[first])
        last = first + 1
        while last < count and last - first < largest and came[last] <= begins:
            last += 1
        free = begins + waits[len(batches)] + each * (last - first)
        left[first:last] = free
        batches.append(last - first)
        first = last
    return left, batches


def closed(clients: int, services: Times, servers: int) -> tuple[float, Times]:
    """`clients` that ask again as soon as they are answered: answers a second, and how long each took."""
    asked, free = [0.0] * clients, [0.0] * servers
    took = np.empty_like(services)
    for number, takes in enumerate(services.tolist()):
        came = heapq.heappop(asked)
        done = max(came, free[0]) + takes
        heapq.heapreplace(free, done)
        heapq.heappush(asked, done)
        took[number] = done - came
    return len(services) / max(free), took[clients:]


def day(dice: np.random.Generator, mean: float, count: int, busiest: float) -> tuple[Times, tuple[float, float]]:
    """About `count` arrivals of one day, and from when to when its busiest hour is.

    The rate is a bell over the day with `busiest` times the mean at its top; for ten minutes there it is BURST times
    that: a reminder goes out. The day is as short as it must be for so many: rates are as in the long one, and queues
    that are not overloaded forget within milliseconds.
    """
    length = count / mean
    clock = dice.uniform(0, 1, int(BURST * busiest * count))
    rate = busiest * np.exp(-math.pi * busiest**2 * (clock - _EVENING) ** 2)
    rate *= np.where(np.abs(clock - _EVENING) < 5 / 1440, BURST, 1)
    kept = np.sort(clock[dice.uniform(0, BURST * busiest, len(clock)) < rate])
    return kept * length, ((_EVENING - 1 / 48) * length, (_EVENING + 1 / 48) * length)


def mm1(rate: float, service: float) -> float:
    """Mean time in M/M/1, waiting and served."""
    return service / (1 - rate * service)


def mgc_wait(rate: float, service: float, variation: float, servers: int) -> float:
    """Mean wait in M/G/c by Lee and Longton: that of M/M/c (Erlang C) times (1 + variation²) / 2."""
    load = rate * service
    busy = load / servers
    blocked = 1.0
    for number in range(1, servers + 1):  # Erlang B, one server more at a time
        blocked = load * blocked / (number + load * blocked)
    waits = blocked / (1 - busy * (1 - blocked))
    return waits * service / (servers * (1 - busy)) * (1 + variation**2) / 2
