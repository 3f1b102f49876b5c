"""How long what an event seals can be read. The class follows from whose key seals it; the log itself is never changed.

`facts` seal nothing: ids, states and times, kept as long as the log. A person's erasure ends every class at once.
"""

from __future__ import annotations

from shared.contracts.catalogue import EVENTS, SEALED

_BY_SPACE = {
    "pair_id": "pair",
    "program_id": "program",
    "case_id": "case",
    "report_id": "case",
    "person_id": "person",
}
"""By the field that names the space of the key, or its owner where it is for no space: what the key ends with.

pair: after the pair ended. program: after it was archived. case: after it was closed; its evidence sooner, by the clock
of trust_safety (EV-09). person: with the person's erasure alone, since the same key serves when they come back.
"""

_SEALED_OTHERWISE = {"conversations.EvidenceDisclosed": "case"}
"""Encrypted to the key of a report."""


def retention_class(name: str) -> str:
    """The class of an event type `service.Type`. Raises LookupError where its keys belong to none, or to several."""
    found = {_BY_SPACE[field.scope or field.owner] for field in SEALED[name]}
    if len(found) > 1:
        raise LookupError(f"{name} seals for {sorted(found)}: an event type has one retention class")
    return found.pop() if found else _SEALED_OTHERWISE.get(name, "facts")


def services_with(retained: str) -> list[str]:
    """The services that hold keys of a class."""
    return sorted({name.partition(".")[0] for name in EVENTS if SEALED[name] and retention_class(name) == retained})
