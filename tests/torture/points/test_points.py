"""T1: each named point, before and after it, on the real broker and the real store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest

from tests.torture.checker import check
from tests.torture.points.case import Case
from tests.torture.points.ports import HOWS, POINTS, WHENS

pytestmark = pytest.mark.real
_AT_ONCE = 6
CASES = [(f"{point}.{when}", how) for point, when, how in product(POINTS, WHENS, HOWS)]
Violations = dict[str, list[str]]


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, amqp_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], Future[Violations]]]:
    """All cases that were asked for, several at a time: most of their time they wait."""
    folder = tmp_path_factory.mktemp("points")

    def run(point: str, how: str) -> Violations:
        return check(*Case(amqp_url, mongo_url, point, how, folder).run())

    asked: list[Any] = [item for item in request.session.items if item.parent is request.node]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {case: pool.submit(run, *case) for case in (tuple(item.callspec.params.values()) for item in asked)}


@pytest.mark.parametrize(("point", "how"), CASES)
def test_whatever_fails_at_a_point_every_invariant_holds(
    point: str, how: str, outcomes: dict[tuple[str, str], Future[Violations]]
) -> None:
    """Killed, failed or hung before or after append, publish, confirm, commit or ack: nothing is lost or doubled."""
    assert outcomes[point, how].result() == {}
