"""Where the time goes, for each figure that misses its target: from profiles, one sentence each."""

from __future__ import annotations

NOTES = {
    "B1": (
        "With plain threads the interpreter is the limit: of what holds its lock in the writing thread, 44 % is the "
        "waking of one waiting thread per commit (`Future.set_result`) and 36 % pymongo's `insert_many`; services run "
        "under eventlet, where a waiting writer is no thread. More processes or partitions on this machine take turns "
        "on the same two processors and the same journal, with smaller batches each."
    ),
    "B2": (
        "The processors are full: 20,000 events take about 8.3 s of processor time, 3.3 s in the broker (quorum queue, "
        "a confirm and an acknowledgement for each message), 2.2 s in the relay (half of it py-amqp's publishing), "
        "1.9 s in the consumer and 1.1 s in the store; consumer and relay wait for others most of their own time."
    ),
    "B3": "See B2.",
    "B4": "A durable commit, a publication and a transaction of the view follow each other; not profiled yet.",
    "B5": "Not profiled yet.",
    "B6": "Not profiled yet.",
    "B7": (
        "The store's upserts inside transactions: the same documents go in eight times as fast as plain inserts into "
        "the fresh collection, and twice as fast as upserts without a transaction."
    ),
    "B10": "Not profiled yet.",
    "B12": "Not profiled yet.",
}
