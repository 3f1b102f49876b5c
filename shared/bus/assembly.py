"""Puts what arrives back into whole commits in the order of the log, and keeps count of what may be acknowledged."""

from __future__ import annotations

from shared.kernel.events import Event


class Assembly:
    """One source's events past the watermark, until their commit is whole and its turn has come."""

    def __init__(self, watermark: int) -> None:
        self.watermark = watermark
        self._events: dict[int, dict[int, Event]] = {}
        self._tags: dict[int, list[int]] = {}

    @property
    def pending(self) -> bool:
        """Whether something waits here: after `ready` gave nothing, it waits behind a hole."""
        return bool(self._events)

    def add(self, event: Event, tag: int | None = None) -> bool:
        """Keep it until its turn. False for a duplicate at or below the watermark, which is done with already.

        `tag` is that of its delivery; what came from the feed has none.
        """
        if event.position <= self.watermark:
            return False
        self._events.setdefault(event.position, {})[event.index] = event
        if tag is not None:
            self._tags.setdefault(event.position, []).append(tag)
        return True

    def ready(self, limit: int) -> list[Event]:
        """Whole commits from `watermark + 1` on without a hole, in order, until there are `limit` events."""
        found: list[Event] = []
        position = self.watermark + 1
        while len(found) < limit and (commit := self._whole(position)):
            found.extend(commit)
            position += 1
        return found

    def _whole(self, position: int) -> list[Event]:
        parts = self._events.get(position)
        if not parts or len(parts) < next(iter(parts.values())).of:
            return []
        return [parts[index] for index in sorted(parts)]

    def advance(self, position: int) -> list[int]:
        """Everything up to `position` is applied. Answers with the tags of the deliveries that are done with."""
        if position <= self.watermark:
            return []
        self.watermark = position
        for done in [waiting for waiting in self._events if waiting <= position]:
            del self._events[done]
        done_tags = [waiting for waiting in self._tags if waiting <= position]
        return [tag for done in done_tags for tag in self._tags.pop(done)]


class Deliveries:
    """The delivery tags of one channel that are not acknowledged yet."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def came(self, tag: int) -> None:
        self._open[tag] = None
        self._last = tag

    def settle(self, tags: list[int]) -> list[tuple[int, bool]]:
        """The acknowledgements, as (tag, multiple), that cover these tags and no other."""
        done = [tag for tag in tags if tag in self._open]
        for tag in done:
            del self._open[tag]
        if not done:
            return []
        below = next(iter(self._open), self._last + 1)
        singles = [(tag, False) for tag in sorted(done) if tag > below]
        covered = [tag for tag in done if tag < below]
        return [(max(covered), True), *singles] if covered else singles
