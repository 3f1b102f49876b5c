from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.gateway.problems import Problem
from services.gateway.rpc import Reply
from services.gateway.spreadsheets import _FORMULA, _SIGNUP, lines
from shared.kernel.events import Data
from tests.support.gateway import Client, FakeServices, slug, token

CELLS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
BEGINNINGS = st.sampled_from(["", *_FORMULA])


def read(written: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode(), newline="")))


@given(BEGINNINGS, CELLS)
@example("=", "cmd|' /C calc'!A0")
@example("", 'x","=1+1')
@example("a", "\r\n=1+1")
def test_what_people_typed_is_never_a_formula(beginning: str, rest: str) -> None:
    """PR-21: whatever is in it, a cell stays one cell, says what it said, and begins like no formula."""
    typed = beginning + rest
    [[before, cell, after], following] = read(lines([["a", typed, "z"], ["b"]]))
    assert (before, after, following) == ("a", "z", ["b"])
    assert cell in {typed, f"'{typed}"}
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_numbers_stay_numbers() -> None:
    """PR-21: a number below nought is no formula, and an empty cell is empty."""
    assert read(lines([[-3, None, "-3"]])) == [["-3", "", "'-3"]]


def signup(name: str) -> Data:
    return {**dict.fromkeys(_SIGNUP, "x"), "name": name, "capacity": 1, "answers": {"do_not_pair": "hidden"}}


def test_a_list_of_signups_is_whole_and_shows_no_more(client: Client, services: FakeServices) -> None:
    """PR-21, P-22: every page of the list is in the file, with the columns that it has a header for."""
    pages = {
        None: Reply({"items": [signup("=1+1")], "next": "2"}),
        "2": Reply({"items": [signup("Ben")], "next": None}),
    }
    services.replies["signups"] = lambda params: pages[params["cursor"]]
    answer = client.get("/v1/programs/p1/signups.csv", headers=token("ada"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = read(answer.content)
    assert found[0] == list(_SIGNUP)
    assert [row[1] for row in found[1:]] == ["'=1+1", "Ben"]
    assert "hidden" not in answer.text
    assert services.last("signups")[0]["program_id"] == "p1"


@pytest.mark.parametrize("problem", [Problem(403, "forbidden", "No."), Problem(404, "not-found", "No.")])
def test_who_may_not_see_the_list_gets_no_file(client: Client, services: FakeServices, problem: Problem) -> None:
    """PR-21: the answer of the service is the answer."""
    services.replies["signups"] = problem
    assert slug(client.get("/v1/programs/p1/signups.csv", headers=token("ada"))) == problem.slug
