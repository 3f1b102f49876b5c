from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.cursors import Cursors
from services.gateway.problems import Problem
from services.gateway.rpc import Reply
from tests.support.gateway import Client, FakeServices, slug, token

CURSORS = Cursors(lambda: [b"\x01" * 32])
PATH = "/v1/me/pairs"

_CURSORS = st.none() | st.integers(0, 2**50) | st.text() | st.lists(st.text() | st.integers(0, 9))


@given(_CURSORS, st.text(), st.text())
def test_a_cursor_comes_back(cursor: object, path: str, person: str) -> None:
    """SE-17: whatever a service's cursor is, the same person gets it back for the same list."""
    assert CURSORS.open(CURSORS.seal(cursor, path, person), path, person) == cursor


@given(st.text(max_size=80))
def test_a_forged_cursor_is_refused(forged: str) -> None:
    """SE-17: what we did not sign is a 400."""
    with pytest.raises(Problem) as refusal:
        CURSORS.open(forged, PATH, "ada")
    assert (refusal.value.status, refusal.value.slug) == (400, "bad-cursor")


@given(st.integers(0, 10**6), st.sampled_from("ABCabc019-_"))
def test_a_changed_cursor_is_refused(place: int, char: str) -> None:
    """SE-17: no character of a cursor can be changed."""
    sealed = CURSORS.seal({"after": "2026-01-01"}, PATH, "ada")
    place %= len(sealed) - 1  # the last one may carry bits that say nothing
    if sealed[place] == char:
        return
    with pytest.raises(Problem):
        CURSORS.open(sealed[:place] + char + sealed[place + 1 :], PATH, "ada")


@pytest.mark.parametrize(("path", "person"), [("/v1/blocks", "ada"), (PATH, "bob")])
def test_a_cursor_is_for_one_list_and_person(path: str, person: str) -> None:
    """SE-17: another list or another person cannot use it."""
    with pytest.raises(Problem):
        CURSORS.open(CURSORS.seal(7, PATH, "ada"), path, person)


def test_pages_follow_each_other(client: Client, services: FakeServices) -> None:
    """The `next` of one answer, sent back, reaches the service as what it gave."""
    services.replies["my_pairs"] = Reply({"items": [], "next": {"after": 7}})
    first = client.get(PATH, headers=token("ada")).json()
    client.get(PATH, params={"cursor": first["next"]}, headers=token("ada"))
    assert services.last("my_pairs")[0] == {"cursor": {"after": 7}}
    assert slug(client.get(PATH, params={"cursor": first["next"]}, headers=token("bob"))) == "bad-cursor"
