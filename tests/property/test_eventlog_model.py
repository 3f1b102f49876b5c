"""Any sequence of operations on a log answers as a simple list would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.eventlog import EventLog, StreamConflict
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import Commit
from shared.kernel.ids import new_id
from tests.support.commits import new_commit
from tests.support.mongod import shared_url

PARTITIONS = 2
STREAMS = st.sampled_from(["a", "b", "c", "d", "e"])
COMMANDS = st.integers(0, 30).map(str)


class LogMachine(RuleBasedStateMachine):
    """The model is a list of commits per partition; `writers` are several logs of the same service."""

    def __init__(self) -> None:
        super().__init__()
        self.writers = self.open_writers()
        self.model: list[list[Commit]] = [[] for _ in range(PARTITIONS)]

    def open_writers(self) -> list[EventLog]:
        return [MemoryEventLog("programs", PARTITIONS)]

    @rule(
        writer=st.integers(0, 1),
        stream=STREAMS,
        off=st.sampled_from([0, 0, 0, 0, -1, 1, 3]),
        events=st.integers(1, 3),
        command=COMMANDS,
    )
    def append(self, writer: int, stream: str, off: int, events: int, command: str) -> None:
        log = self.writers[writer % len(self.writers)]
        partition = log.partition_of(stream)
        known = [c for c in self.model[partition] if c.command_id == command]
        last = len(self.stream(stream))
        commit = new_commit(stream, max(last + off, 0), command_id=command, data=[{"n": n} for n in range(events)])
        if known:
            assert [log.append(commit)] == known
        elif commit.expected_seq != last:
            with pytest.raises(StreamConflict):
                log.append(commit)
        else:
            appended = log.append(commit)
            assert (appended.position, appended.seq) == (len(self.model[partition]) + 1, last + 1)
            assert [e.id for e in appended.events] == [e.id for e in commit.events]
            self.model[partition].append(appended)

    @rule(writer=st.integers(0, 1), stream=STREAMS, after=st.integers(0, 5))
    def read_stream(self, writer: int, stream: str, after: int) -> None:
        log = self.writers[writer % len(self.writers)]
        assert log.read_stream(stream, after) == self.stream(stream)[after:]

    @rule(partition=st.integers(0, PARTITIONS - 1), after=st.integers(0, 12), limit=st.integers(1, 5))
    def feed(self, partition: int, after: int, limit: int) -> None:
        assert self.writers[0].feed(partition, after, limit) == self.model[partition][after : after + limit]

    @rule(partition=st.integers(0, PARTITIONS - 1), after=st.integers(0, 12))
    def replay(self, partition: int, after: int) -> None:
        assert list(self.writers[0].replay(partition, after)) == self.model[partition][after:]

    @rule(stream=STREAMS, command=COMMANDS)
    def find_command(self, stream: str, command: str) -> None:
        commits = self.model[self.writers[0].partition_of(stream)]
        expected = next((c for c in commits if c.command_id == command), None)
        assert self.writers[0].find_command(stream, command) == expected

    @rule(partition=st.integers(0, PARTITIONS - 1), after=st.integers(0, 12))
    def wait(self, partition: int, after: int) -> None:
        assert self.writers[0].wait(partition, after, 0) == (len(self.model[partition]) > after)

    @invariant()
    def heads_agree(self) -> None:
        assert [self.writers[0].head(p) for p in range(PARTITIONS)] == [len(commits) for commits in self.model]

    def stream(self, stream: str) -> list[Commit]:
        return [c for commits in self.model for c in commits if c.stream == stream]


@pytest.fixture
def mongo_machine() -> Iterator[type[LogMachine]]:
    """The same machine, with two writers that share one database in MongoDB, emptied for each example."""
    service = f"test_{new_id()}"
    with connect(shared_url()) as client:

        class MongoMachine(LogMachine):
            def open_writers(self) -> list[EventLog]:
                for name in client[log_database(service)].list_collection_names():
                    client[log_database(service)][name].delete_many({})
                return [MongoEventLog(client, service, PARTITIONS, poll=0) for _ in range(2)]

            def teardown(self) -> None:
                for log in self.writers:
                    log.close()

        yield MongoMachine
        client.drop_database(log_database(service))


def test_the_log_in_memory_follows_the_model() -> None:
    """The log in memory answers as the model does, whatever is asked in whatever order."""
    run_state_machine_as_test(
        LogMachine, settings=settings(max_examples=60, stateful_step_count=40, deadline=None, database=None)
    )


@pytest.mark.real
def test_the_log_in_mongodb_follows_the_model(mongo_machine: type[LogMachine]) -> None:
    """Two writers of one log in MongoDB answer as the model does, whoever of them wrote last."""
    run_state_machine_as_test(
        mongo_machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
