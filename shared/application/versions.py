"""What a release makes of events of other releases: while one replaces the other, both run side by side.

Older events are lifted, wherever they come from. What a release does not know yet it does not judge: it parks such an
event with its stream, and the first process of a release that knows it takes it from there. New optional fields need no
new version; a release that does not know them does not look at them.
"""

from __future__ import annotations

from dataclasses import replace

from shared.contracts.catalogue import EVENTS
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog.upcasting import upcast
from shared.kernel.events import Event


class NewerRelease(Exception):
    """The event is of a type or version that only a newer release knows."""


def current(event: Event) -> Event:
    """The event in the version of this release. Raises NewerRelease."""
    schema = EVENTS.get(event.name)
    if schema is None or event.version > schema.version:
        raise NewerRelease(event.name)
    if event.version == schema.version:
        return event
    version, data = upcast(UPCASTERS, event.service, event.type, event.version, event.data)
    return replace(event, version=version, data=data)


def knows(event: Event) -> bool:
    """Whether this release can apply it."""
    try:
        current(event)
    except NewerRelease:
        return False
    return True
