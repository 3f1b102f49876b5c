"""Who acts: what a verified token says of a person, or a service acting by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or `system`). `groups` maps a group id to "admin" or "member"; `roles` are platform roles."""

    id: str
    groups: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    adult: bool = False
    name: str | None = None

    def is_member(self, group_id: str) -> bool:
        return group_id in self.groups

    def is_admin(self, group_id: str) -> bool:
        return self.groups.get(group_id) == "admin"

    def is_moderator(self) -> bool:
        return "moderator" in self.roles

    def is_triage(self) -> bool:
        return "triage" in self.roles

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "groups": dict(self.groups),
            "roles": sorted(self.roles),
            "adult": self.adult,
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Actor:
        return cls(
            data["id"],
            dict(data.get("groups", {})),
            frozenset(data.get("roles", ())),
            bool(data.get("adult", False)),
            data.get("name"),
        )


SYSTEM = Actor("system")
