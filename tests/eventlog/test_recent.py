"""What this process wrote last: a run without a hole, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.eventlog import recent
from shared.eventlog.recent import Recent


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 200)), max_size=30), st.integers(0, 900))
def test_it_gives_what_follows_a_position_or_nothing(adds: list[tuple[int, int]], after: int) -> None:
    """However much was added, and whatever others wrote in between: the very next commits, without a hole."""
    kept, log = Recent(), []  # type: Recent, list[bytes]
    for others, count in adds:
        log += [b"other"] * others
        mine = [f"{len(log) + n}".encode() for n in range(1, count + 1)]
        kept.add(len(log) + 1, mine)
        log += mine
    found = kept.after(after, 50)
    assert found == [(position, log[position - 1]) for position in range(after + 1, after + 1 + len(found))]
    assert not any(commit == b"other" for _, commit in found)


def test_large_commits_are_not_kept_for_long() -> None:
    """Memory is bounded by bytes as well as by number."""
    kept = Recent()
    for position in range(1, 30):
        kept.add(position, [b"x" * (recent._KEPT_BYTES // 8)])
    assert kept.after(0, 100) == []
    assert len(kept.after(21, 100)) == 8
