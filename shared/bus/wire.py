"""Between py-amqp and its socket: many frames in each system call, where py-amqp would make three for each frame."""

from __future__ import annotations

from struct import Struct
from typing import Any

_CHUNK = 65536
_HEADER = Struct(">BHI")
_FRAME_END = 0xCE


class Wire:
    """Takes the place of the reading and writing parts of a connected transport.

    What is written waits until somebody flushes, or waits for an answer, or there is a chunk of it.
    """

    def __init__(self, transport: Any) -> None:
        self._recv, self._send = transport._quick_recv, transport._write  # noqa: SLF001
        transport.read_frame, transport._write = self.read_frame, self.write  # noqa: SLF001
        self._came = transport._read_buffer  # noqa: SLF001
        self._at = 0
        self._leaving = bytearray()

    @property
    def pending(self) -> bool:
        """Whether something has been read from the socket and not been handled yet."""
        return self._at < len(self._came)

    def write(self, piece: bytes | memoryview) -> None:
        self._leaving += piece
        if len(self._leaving) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        if self._leaving:
            leaving, self._leaving = self._leaving, bytearray()
            self._send(leaving)

    def read_frame(self) -> tuple[int, int, bytes]:
        """Type, channel and payload of the next frame. Raises OSError where the connection is lost."""
        self._await(_HEADER.size)
        kind, channel, size = _HEADER.unpack_from(self._came, self._at)
        self._await(_HEADER.size + size + 1)
        begin = self._at + _HEADER.size
        end = begin + size
        if self._came[end] != _FRAME_END:
            raise OSError("a frame without an end")
        self._at = end + 1
        return kind, channel, self._came[begin:end]

    def _await(self, size: int) -> None:
        while len(self._came) - self._at < size:
            self.flush()
            piece = self._recv(_CHUNK)
            if not piece:
                raise OSError("the broker closed the connection")
            self._came, self._at = self._came[self._at :] + piece, 0
