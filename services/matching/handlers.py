"""The commands of matching: all are decided in the stream of one program's roster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from marshmallow import Schema

from services.matching import facts, policy
from services.matching.domain import batches, opening, pairing, publishing, recommending, rolling, signing
from services.matching.domain.evolving import ROSTER
from services.matching.domain.roster import Roster
from services.matching.keys import version_of_signup
from shared.application.table import Allow, Decide, Handler, Reads, ids_of, no_facts
from shared.contracts import matching_api as api
from shared.kernel.events import Data, Event
from shared.kernel.pairs import program_of


def of_program(command: Data) -> str:
    return f"roster-{command['program_id']}"


def of_pair(command: Data) -> str:
    return f"roster-{program_of(command['pair_id'])}"


_REPORTS = frozenset({"PairsCreated", "PublicationUndone", "BatchIntroduced"})


def what_came_of_each(events: Sequence[Event]) -> Data:
    """The report of a bulk command."""
    data = next(event.data for event in events if event.type in _REPORTS)
    return {"batch_id": data["batch_id"], "results": data["results"]}


def _handler(
    schema: Schema,
    decide: Decide,
    allow: Allow | None = None,
    facts: Callable[[Reads, Roster, Data], Data] = no_facts,
    answer: Callable[[Sequence[Event]], Data] = ids_of,
) -> Handler:
    stream = of_pair if "pair_id" in schema.fields else of_program
    return Handler(schema, ROSTER, stream, decide, allow, facts, answer)


def _signup_version(roster: Roster, command: Data) -> int | None:
    signup = roster.signups.get(command["actor_id"])
    return version_of_signup(signup.answers) if signup else None


_PROGRAM, _PAIR = api.OfProgram(), api.OfPair()

COMMANDS: Mapping[str, Handler] = {
    "sign_up": _handler(api.SignUp(), signing.sign_up, policy.join, facts.of_oneself),
    "change_signup": replace(
        _handler(api.ChangeSignup(), signing.change_signup, policy.join), versioned=True, version=_signup_version
    ),
    "pause_signup": _handler(_PROGRAM, signing.pause_signup, policy.leave),
    "resume_signup": _handler(_PROGRAM, signing.resume_signup, policy.join, facts.of_oneself),
    "withdraw_signup": _handler(_PROGRAM, signing.withdraw_signup, policy.leave),
    "remove_signup": _handler(api.RemoveSignup(), signing.remove_signup, policy.pair_people),
    "recommend": _handler(api.Recommend(), recommending.recommend, policy.pair_people, facts.of_everybody),
    "publish_recommendations": _handler(
        api.PublishRecommendations(),
        publishing.publish_recommendations,
        policy.pair_people,
        facts.of_run,
        what_came_of_each,
    ),
    "edit_recommendations": _handler(
        api.EditRecommendations(), publishing.edit_recommendations, policy.pair_people, facts.of_run
    ),
    "undo_publication": _handler(api.OfBatch(), batches.undo_publication, policy.pair_people, answer=what_came_of_each),
    "introduce_batch": _handler(
        api.IntroduceBatch(), batches.introduce_batch, policy.pair_people, facts.of_batch, what_came_of_each
    ),
    "create_pair": _handler(api.CreatePair(), pairing.create_pair, policy.pair_people, facts.of_two),
    "create_pairs": _handler(
        api.CreatePairs(), pairing.create_pairs, policy.pair_people, facts.of_many, what_came_of_each
    ),
    "introduce_pair": _handler(api.IntroducePair(), pairing.introduce_pair, policy.pair_people_of, facts.of_pair),
    "end_pair": _handler(api.EndPair(), pairing.end_pair, policy.end_the_pair),
    "pause_pair": _handler(_PAIR, pairing.pause_pair, policy.rest_the_pair),
    "resume_pair": _handler(_PAIR, pairing.resume_pair, policy.go_on_with_the_pair),
    "open_roster": _handler(api.OpenRoster(), opening.open_roster),
    "revise_roster": _handler(api.ReviseRoster(), opening.revise_roster),
    "close_roster": _handler(_PROGRAM, opening.close_roster),
    "run_recommendations": _handler(_PROGRAM, rolling.run_recommendations, facts=facts.of_everybody),
    "expire_draft": _handler(_PAIR, pairing.expire_draft),
    "expire_signup": _handler(api.ExpireSignup(), signing.expire_signup),
    "remove_person": _handler(api.RemovePerson(), signing.remove_person),
    "readmit_person": _handler(api.ReadmitPerson(), signing.readmit_person),
    "part_couple": _handler(api.PartCouple(), pairing.part_couple),
}
