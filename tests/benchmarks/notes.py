"""Where the time goes, for each figure that misses its target: from profiles, one sentence each."""

from __future__ import annotations

NOTES = {
    "B1": (
        "With plain threads the interpreter is the limit: of what holds its lock in the writing thread, 44 % is the "
        "waking of one waiting thread per commit (`Future.set_result`) and 36 % pymongo's `insert_many`; services "
        "run under eventlet, where a waiting writer is no thread. More processes or partitions on this machine take "
        "turns on the same two processors and the same journal, with smaller batches each."
    ),
    "B2": (
        "20,000 events take 3.3 to 4.7 s of processor time: relay 1.1 to 1.6 (43 % py-amqp building the copies for "
        "whoever listens, 32 % reading and decoding the log), consumer 0.8 to 1.2 (57 % views and watermark), store "
        "0.8 to 1.1, broker 0.6 to 0.8."
    ),
    "B3": "See B2.",
    "B4": (
        "A durable commit, a publication through a quorum queue and a transaction of the view follow each other; "
        "each of the three waits for the journal."
    ),
    "B5": (
        "A command takes about 5 ms of processor time in all, of two processors that also serve the clients: "
        "gateway 1.1, conversations 2.0 (a quarter of a millisecond of it validation, policy, decision and sealing; "
        "the rest its calls of store and broker), store about 1.2, broker 0.8. With everybody listening it is 10: "
        "notifications 2.3, trust_safety 1.2, two services that only hear of it 0.4 each. The reference checks no "
        "token, seals nothing, keeps no order, makes no views, and what its listeners fail to do is lost."
    ),
    "B6": (
        "A read takes about 2.4 ms of processor time: matching 0.85 (a third pymongo, 8 % nameko's worker), gateway "
        "0.7 (a fifth uvicorn's answer, a tenth the router), broker 0.3, store 0.3, clients 0.1."
    ),
    "B7": (
        "About 43 µs of our own time for each event (half of it reading, decoding and view functions, half folding "
        "and encoding) beside 30 µs in the store, which looks up and inserts documents in a transaction."
    ),
    "B9": (
        "Rich: replies and free hours of the pairs that are looked at cost as much again as needs and topics; a fifth "
        "of the time is scipy's assignment, the rest the tables of scores and rules, in numpy on one processor."
    ),
    "B10": "Each process imports the same libraries; of shared pages RSS counts every copy, PSS each once.",
    "B12": (
        "The store's cache: with 256 MiB each commit's random command id touches another page of a 41 MB index, and "
        "12 KB of pages are written for it instead of 3; our own processor time is the same. With 2 GiB it stays "
        "within 2 %."
    ),
}
