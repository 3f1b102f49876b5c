"""Frames in large pieces, over a socket that gives and takes as it likes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.wire import Wire


def frame(channel: int, payload: bytes) -> bytes:
    return b"\x01" + channel.to_bytes(2) + len(payload).to_bytes(4) + payload + b"\xce"


def wired(pieces: list[bytes], sent: list[bytes]) -> Wire:
    coming = iter(pieces)
    return Wire(
        SimpleNamespace(
            _quick_recv=lambda _size: next(coming, b""), _write=lambda b: sent.append(bytes(b)), _read_buffer=b""
        )
    )


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 30))
def test_frames_come_out_however_the_bytes_are_cut(payloads: list[bytes], size: int) -> None:
    """Whatever pieces the bytes arrive in, each frame comes out once, whole and in order, and nothing is left."""
    data = b"".join(frame(n, payload) for n, payload in enumerate(payloads))
    wire = wired([data[at : at + size] for at in range(0, len(data), size)], [])
    assert [wire.read_frame() for _ in payloads] == [(1, n, payload) for n, payload in enumerate(payloads)]
    assert not wire.pending


def test_what_is_written_goes_out_before_an_answer_is_awaited() -> None:
    """Writes are kept together, but nobody waits for an answer to what was never sent."""
    sent: list[bytes] = []
    wire = wired([frame(0, b"answer")], sent)
    wire.write(b"que")
    wire.write(b"stion")
    assert sent == []
    wire.read_frame()
    assert sent == [b"question"]


def test_much_goes_out_at_once() -> None:
    """What is written does not pile up."""
    sent: list[bytes] = []
    wired([], sent).write(b"x" * 100_000)
    assert len(sent) == 1


@pytest.mark.parametrize("piece", [b"", frame(0, b"x")[:-1] + b"\x00"])
def test_a_broken_stream_is_a_lost_connection(piece: bytes) -> None:
    """An end of the stream, or bytes that are no frames, is an error that a worker reconnects after."""
    with pytest.raises(OSError, match=r"frame|closed"):
        wired([piece], []).read_frame()
