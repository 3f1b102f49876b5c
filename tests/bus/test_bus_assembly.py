"""Order, holes, acknowledgements and confirms, without a broker."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.assembly import Assembly, Deliveries
from shared.bus.relay import Window
from tests.bus.doubles import event


def test_commit_waits_until_it_is_whole() -> None:
    """A commit of three events is handed over only with all three, in the order of their index."""
    assembly = Assembly(0)
    for index in (2, 0):
        assembly.add(event(1, index, of=3), tag=index + 1)
    assert assembly.ready(10) == []
    assembly.add(event(1, 1, of=3), tag=9)
    assert [e.index for e in assembly.ready(10)] == [0, 1, 2]


def test_nothing_passes_a_hole() -> None:
    """What comes after a missing position waits, and what is at or below the watermark is a duplicate."""
    assembly = Assembly(4)
    assert not assembly.add(event(4), 1)
    assembly.add(event(5), 2)
    assembly.add(event(7), 3)
    assert [e.position for e in assembly.ready(10)] == [5]
    assert assembly.advance(5) == [2]
    assert assembly.pending


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_with_duplicates_gives_the_log(data: st.DataObject) -> None:
    """Whatever arrives in whatever order, however often, comes out as the log has it, and every tag is settled."""
    events = [event(p, i, of=1 + p % 3) for p in range(1, 8) for i in range(1 + p % 3)]
    arriving = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    assembly, deliveries, out = Assembly(0), Deliveries(), []
    for tag, one in enumerate(arriving, 1):
        deliveries.came(tag)
        if not assembly.add(one, tag):
            deliveries.settle([tag])
        while ready := assembly.ready(3):
            out += ready
            deliveries.settle(assembly.advance(ready[-1].position))
    assert out == events
    assert len(deliveries) == 0


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(1, 11)), st.integers(1, 4))
def test_acks_cover_exactly_what_is_done(order: list[int], size: int) -> None:
    """No acknowledgement, multiple or not, ever covers a delivery that is still open."""
    deliveries, open_tags = Deliveries(), set(range(1, 11))
    for tag in range(1, 11):
        deliveries.came(tag)
    for start in range(0, 10, size):
        done = list(order[start : start + size])
        covered: set[int] = set()
        for tag, multiple in deliveries.settle(done):
            covered |= {t for t in open_tags if t <= tag} if multiple else {tag}
        assert covered == set(done)
        open_tags -= covered
    assert not open_tags


def test_confirms_out_of_order_hold_the_checkpoint_back() -> None:
    """The checkpoint never passes a message that is not confirmed, nor a commit that is half sent."""
    window = Window(0)
    for position in (1, 1, 2, 3):
        window.sent(position)
    window.complete(2)
    window.acked(3, False)
    assert window.confirmed == 0
    window.acked(2, True)
    assert window.confirmed == 2
    window.acked(4, False)
    assert window.confirmed == 2
    window.complete(3)
    assert window.confirmed == 3
