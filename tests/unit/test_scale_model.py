"""The model behind docs/scale.md: its queues against theory, its page against its inputs."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature

import numpy as np
import pytest

from scripts.scale.__main__ import DOCS, written
from scripts.scale.demand import demand
from scripts.scale.measured import Measured, NotMeasured, measured
from scripts.scale.needs import SERVICES, limits, needs
from scripts.scale.queueing import BURST, closed, day, grouped, mgc_wait, mm1, pool
from scripts.scale.simulation import LARGEST_BATCH, PREFETCH, WINDOW, as_measured_b4, as_measured_b5, simulate
from scripts.scale.tables import figure, tables
from shared.bus.consumer import Consumer
from shared.bus.relay import Relay
from shared.bus.topology import CONSUMES
from shared.eventlog import sequencer

_COUNT = 300_000


@pytest.fixture(scope="module")
def cost() -> Measured:
    return measured(DOCS / "benchmarks.md", DOCS / "scale.json")


def _arrivals(busy: float, servers: int = 1) -> tuple[np.random.Generator, np.ndarray]:
    dice = np.random.default_rng(2)
    return dice, np.cumsum(dice.exponential(1 / (busy * servers), _COUNT))


@pytest.mark.parametrize("busy", [0.3, 0.5, 0.7])
def test_one_server_agrees_with_m_m_1(busy: float) -> None:
    """The simulated mean time in a queue is within 5 % of the formula."""
    dice, came = _arrivals(busy)

    took = pool(came, dice.exponential(1, _COUNT), 1) - came

    assert took.mean() == pytest.approx(mm1(busy, 1.0), rel=0.05)


@pytest.mark.parametrize("variation", [0.5, 1.0, 1.5])
def test_many_servers_agree_with_m_g_c(variation: float) -> None:
    """The simulated mean wait before eight processes is within 10 % of the formula, however uneven the work."""
    dice, came = _arrivals(0.8, 8)
    takes = dice.gamma(variation**-2, variation**2, _COUNT)

    waited = pool(came, takes, 8) - came - takes

    assert waited.mean() == pytest.approx(mgc_wait(6.4, 1.0, variation, 8), rel=0.1)


def test_nothing_is_lost_or_made_in_a_queue() -> None:
    """At any moment what came is what left and what is still there, never more at work than there are processes."""
    dice, came = _arrivals(0.9, 3)
    takes = dice.exponential(1, _COUNT)
    left = pool(came, takes, 3)

    for moment in (0.0, came[1000], came[-1] / 2, came[-1], left.max()):
        inside = (came <= moment) & (left > moment)
        assert (came <= moment).sum() == (left <= moment).sum() + inside.sum()
        assert (inside & (left - takes <= moment)).sum() <= 3
    assert np.isfinite(left).all()
    assert (left >= came + takes - 1e-9).all()


def test_everything_is_in_one_batch_and_in_order() -> None:
    """Group commit takes each commit once, none before it came, no more at once than the largest batch."""
    dice, came = _arrivals(0.9)
    left, batches = grouped(came, dice.exponential(0.2, _COUNT), 0.9, 64)

    assert sum(batches) == _COUNT
    assert 1 < max(batches) <= 64
    assert (np.diff(left) >= 0).all()
    assert (left > came).all()


def test_clients_that_ask_again_keep_littles_law() -> None:
    """Clients are the rate of answers times how long one takes."""
    rate, took = closed(50, np.random.default_rng(3).exponential(1, 50_000), 2)

    assert rate * took.mean() == pytest.approx(50, rel=0.01)


def test_a_day_has_its_busiest_hour() -> None:
    """The arrivals of the busiest hour are as many as was asked for, with ten minutes of a burst in it."""
    came, (begins, ends) = day(np.random.default_rng(4), 2.0, 100_000, 3.0)

    rate = ((came >= begins) & (came < ends)).sum() / (ends - begins)

    assert rate == pytest.approx(2.0 * 3.0 * (5 + BURST) / 6, rel=0.05)


def test_it_is_near_what_was_measured(cost: Measured) -> None:
    """Latencies that the model was not fitted to come out within a factor of two of the benchmarks."""
    p50, p99 = as_measured_b4(cost)
    _, http = as_measured_b5(cost)

    for ours, theirs in ((p50, cost.lag_p50), (p99, cost.lag_p99), (http, cost.http_p99)):
        assert 0.5 < ours / theirs < 2


def test_the_same_seed_gives_the_same_waits(cost: Measured) -> None:
    """A simulation can be repeated; a slower journal makes every command slower."""
    found = demand(100_000, 1)
    has = needs(found, cost)
    slower = replace(cost, journal=10 * cost.journal)

    assert simulate(found, cost, has) == simulate(found, cost, has)
    assert simulate(found, slower, has).command[0] > 3 * simulate(found, cost, has).command[0]


@pytest.mark.parametrize("case", [0, 1])
def test_needs_grow_with_the_pairs(cost: Measured, case: int) -> None:
    """More pairs never need less, and beyond the first limit there are pairs that today's build does not bear."""
    few, many = (needs(demand(pairs, case), cost) for pairs in (100_000, 10_000_000))

    assert few.stored * 100 == pytest.approx(many.stored)
    for name in ("gateways", "partitions", "shards", "machines", "cores", "memory", "money"):
        assert getattr(few, name) <= getattr(many, name)
    found = [limit.pairs for limit in limits(demand(1, case), cost)]
    assert found == sorted(found)
    assert found[0] > 100_000


def test_the_model_is_of_this_system() -> None:
    """Services, partitions and sizes of batches are those of the code."""
    assert set(SERVICES) == set(CONSUMES)
    assert sequencer.LARGEST_BATCH == LARGEST_BATCH
    assert signature(Relay).parameters["window"].default == WINDOW
    assert signature(Consumer).parameters["prefetch"].default == PREFETCH


def test_a_figure_that_is_not_measured_stops_it(tmp_path) -> None:
    """A table without a row that the model rests on is refused by its name."""
    page = tmp_path / "benchmarks.md"
    page.write_text((DOCS / "benchmarks.md").read_text().replace("HTTP read, 50 clients |", "HTTP read |"))

    with pytest.raises(NotMeasured, match="HTTP read, 50 clients"):
        measured(page, DOCS / "scale.json")


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (0.0126, "0.013"), (1.26, "1.3"), (126, "130"), (1260, "1,300"), (1.26e6, "1.3 M")]
)
def test_a_figure_shows_two_digits(number: float, shown: str) -> None:
    """Figures claim no more than the model knows."""
    assert figure(number) == shown


def test_the_page_is_up_to_date(cost: Measured) -> None:
    """docs/scale.md is what benchmarks and sizes give: else run `python -m scripts.scale --write docs/scale.md`."""
    page = (DOCS / "scale.md").read_text()
    made = tables(cost)

    assert all(f"<!-- scale: {name} -->\n" in page for name in made)
    assert written(page, made) == page
