"""Asks what a row of the access table asks, as everybody in turn."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.access_table import Row
from tests.e2e.access_world import ROLES
from tests.support.world import Someone, World


def outcomes(world: World, key: str, row: Row) -> list[int]:
    """The status for every one of ROLES, in this order."""
    method, _, path = key.partition(" ")
    ids = {**world.ids, **{parameter: world.ids[name] for parameter, name in row.ids.items()}}
    address = path.format(**ids) + (f"?{row.query.format(**ids)}" if row.query else "")
    body = filled(row.body, ids)
    found = [_status(world.people[role], method, address, body, dict(row.headers)) for role in ROLES]
    if row.ends_sessions:
        for role in ROLES[1:]:
            world.signs_in_anew(world.people[role])
    return found


def _status(person: Someone, method: str, address: str, body: Any, headers: dict[str, str]) -> int:
    if address.endswith("/stream"):
        if person.token:
            headers["Authorization"] = f"Bearer {person.token}"
        with person.client.stream(method, address, headers=headers) as stream:
            return stream.status_code
    answer = person.ask(method, address, body, **headers)
    assert answer.status_code < 500, f"{method} {address} for {person.id}: {answer.text}"
    return int(answer.status_code)


def filled(body: Any, ids: dict[str, str]) -> Any:
    """A body with every word in braces in its place."""
    text = json.dumps(body)
    for name, value in ids.items():
        text = text.replace(f'"{{{name}}}"', json.dumps(value))
    return json.loads(text)
