"""`mentorship matching simulate`: one table and one plot of what each policy makes of the same arrivals."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from tqdm import tqdm

from services.matching.domain.roster import Settings
from services.matching.simulation.arrivals import read, write
from services.matching.simulation.figures import Figures, figures
from services.matching.simulation.generator import generate
from services.matching.simulation.player import A_MONDAY, Terms, play
from services.matching.simulation.policies import Fits, policies
from services.matching.simulation.rows import COLUMNS, REPLY, Arrival
from services.matching.simulation.svg import drawing
from services.matching.simulation.table import plot, table
from shared.contracts.settings import ProgramSettings
from shared.runtime.faults import Fault

_WHAT = "play arrivals through several policies and compare whom they serve, how well, and how soon"
_MOST_PEOPLE = 5_000
_MOST_WEEKS = 520
_GENERATED_WEEKS = 26
_COLUMNS = "\n".join(f"  {name:<18} {what}" for name, what in COLUMNS.items())
_EPILOG = f"""columns of the CSV (the first line names them, in any order; in brackets what an empty cell means):
{_COLUMNS}
  {REPLY + "<id>":<18} the reply to a question of --settings: a number, or several with ; between

each day: pairs that have lasted their weeks end, who has waited too long leaves, who arrives signs up. On day 0 and
every --every days after it the policy recommends, and all of it is introduced. Rules, places and planner are those of
the service. A mentee who had a mentor does not come again.
"""


def register(actions: Any) -> None:
    simulate = actions.add_parser(
        "simulate",
        help=_WHAT,
        description=_WHAT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = simulate.add_argument
    add("arrivals", nargs="?", type=Path, metavar="CSV", help="who came when; columns below")
    add("--generate", type=_whole(2, _MOST_PEOPLE), metavar="N", help="make up N people instead")
    add("--seed", type=_whole(0, 2**31 - 1), default=1, metavar="S", help="for making up people, and for ties (1)")
    add("--write", type=Path, metavar="FILE", help="keep the made-up people as CSV")
    add(
        "--weeks",
        type=_whole(1, _MOST_WEEKS),
        metavar="N",
        help="weeks to play (26 for made-up people, else until the last arrival)",
    )
    add("--every", type=_whole(1, 365), default=7, metavar="K", help="days between runs (7)")
    add("--pair-weeks", type=_whole(1, 52), metavar="W", help="how long a pair lasts (the settings' weeks: 8)")
    add("--settings", type=Path, metavar="FILE", help="the program's settings as JSON, as in the API")
    add("--start", type=_date, default=A_MONDAY, metavar="DATE", help="the date of day 0 (2026-01-05)")
    add("--svg", type=Path, metavar="FILE", help="draw the plot into a file too")
    add("--json", action="store_true", help="every figure as JSON instead of the table")
    simulate.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    settings = _settings(args)
    arrivals = _arrivals(args, settings)
    terms = _terms(args, arrivals, settings)
    rows = compare(arrivals, terms)
    if args.json:
        json.dump({"people": len(arrivals), "days": terms.days, "policies": [asdict(one) for one in rows]}, sys.stdout)
        sys.stdout.write("\n")
    else:
        lines = [_title(arrivals, terms), "", *table(rows), "", *plot(rows)]
        sys.stdout.write("\n".join(lines) + "\n")
    if args.svg:
        args.svg.write_text(drawing(rows), encoding="utf-8")
    return 0


def compare(arrivals: Sequence[Arrival], terms: Terms) -> list[Figures]:
    """The figures of every policy on these arrivals."""
    every, fits = policies(), Fits()
    with tqdm(total=len(every) * terms.runs, unit=" runs", disable=None) as bar:
        return [figures(play(arrivals, policy, terms, fits, bar.update)) for policy in every]


def _arrivals(args: argparse.Namespace, settings: Settings) -> list[Arrival]:
    if (args.arrivals is None) == (args.generate is None):
        raise Fault("Name one CSV file with arrivals, or make some up with --generate N.")
    if args.arrivals:
        if args.write:
            raise Fault("--write keeps people that --generate made up: there are none.")
        return read(args.arrivals, settings.questions)
    made = generate(args.generate, args.weeks or _GENERATED_WEEKS, args.seed)
    if args.write:
        write(args.write, made)
    return made


def _terms(args: argparse.Namespace, arrivals: Sequence[Arrival], settings: Settings) -> Terms:
    weeks = args.weeks or (_GENERATED_WEEKS if args.generate else arrivals[-1].day // 7 + 1)
    return Terms(days=weeks * 7, every=args.every, settings=settings, start=args.start, seed=args.seed)


def _settings(args: argparse.Namespace) -> Settings:
    settings = _settings_of(args.settings) if args.settings else Settings()
    return replace(settings, weeks=args.pair_weeks) if args.pair_weeks else settings


def _settings_of(path: Path) -> Settings:
    try:
        return Settings.of(ProgramSettings().loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise Fault(f"{path.name} holds no settings of a program: {json.dumps(error.messages)}.") from None
    except ValueError:
        raise Fault(f"{path.name} is no JSON.") from None


def _title(arrivals: Sequence[Arrival], terms: Terms) -> str:
    mentors = sum(one.role == "mentor" for one in arrivals)
    return (
        f"{mentors} mentors and {len(arrivals) - mentors} mentees over {terms.days // 7} weeks; a run every "
        f"{terms.every} days; pairs last {terms.settings.weeks} weeks; seed {terms.seed}"
    )


def _whole(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return number


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it as 2026-01-05") from None
