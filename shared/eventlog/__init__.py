"""The event log: append, read, feed, upcasting. The adapters are `mongo` (real) and `memory` (for fast tests)."""

from shared.eventlog.port import EventLog, LogUnavailable, StreamConflict

__all__ = ["EventLog", "LogUnavailable", "StreamConflict"]
