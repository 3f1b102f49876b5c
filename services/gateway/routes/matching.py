"""Sign-ups, recommendations and pairs."""

from __future__ import annotations

from services.gateway.routes.route import CONVERSATIONS_KNOW, PROGRAMS_KNOW, Then, Who, command, query
from shared.contracts import matching_api as api
from shared.contracts import recommendations_api as runs

_PROGRAM = "/v1/programs/{program_id}"
_SIGNUP = f"{_PROGRAM}/signups/me"
_RUN = f"{_PROGRAM}/recommendations/{{run_id}}"
_BATCH = f"{_PROGRAM}/batches/{{batch_id}}"
_PAIR = "/v1/pairs/{pair_id}"

_SIGNUPS = (
    command(
        f"POST {_PROGRAM}/signups",
        "matching.sign_up",
        Who.ADULT_MEMBER,
        "Sign up as mentor or mentee",
        api.SignUp,
        api.SignedUpAnswer,
        status=201,
    ),
    query(
        f"{_PROGRAM}/signups",
        "matching.signups",
        Who.ADMIN,
        "Who signed up for a program",
        api.Signups,
        api.SignupsAnswer,
    ),
    query(_SIGNUP, "matching.my_signup", Who.SELF, "My own sign-up", api.OfProgram, api.SignupAnswer),
    command(
        f"PATCH {_SIGNUP}",
        "matching.change_signup",
        Who.SELF,
        "Change my answers",
        api.ChangeSignup,
        api.SignedUpAnswer,
    ),
    command(
        f"POST {_SIGNUP}/pause",
        "matching.pause_signup",
        Who.SELF,
        "Not to be paired for now",
        api.OfProgram,
        api.SignedUpAnswer,
    ),
    command(
        f"POST {_SIGNUP}/resume",
        "matching.resume_signup",
        Who.SELF,
        "To be paired again",
        api.OfProgram,
        api.SignedUpAnswer,
    ),
    command(
        f"POST {_SIGNUP}/withdraw",
        "matching.withdraw_signup",
        Who.SELF,
        "Leave the program",
        api.OfProgram,
        api.SignedUpAnswer,
    ),
)

_RECOMMENDATIONS = (
    command(
        f"POST {_PROGRAM}/recommendations",
        "matching.recommend",
        Who.ADMIN,
        "The best whole assignment, with reasons",
        api.Recommend,
        runs.RecommendationsAnswer,
        status=201,
        then=Then("recommendations", runs.Recommendations),
        per_minute=60,
    ),
    query(
        f"{_PROGRAM}/recommendations",
        "matching.runs",
        Who.ADMIN,
        "The runs of a program, the latest first",
        api.Runs,
        api.RunsAnswer,
    ),
    query(
        f"{_PROGRAM}/recommendations/preview",
        "matching.preview",
        Who.ADMIN,
        "What the dial would change, before a run is made",
        runs.Preview,
        runs.PreviewAnswer,
        per_minute=30,
    ),
    query(
        _RUN,
        "matching.recommendations",
        Who.ADMIN,
        "One run of the recommendations",
        runs.Recommendations,
        runs.RecommendationsAnswer,
    ),
    query(
        f"{_RUN}/comparison",
        "matching.comparison",
        Who.ADMIN,
        "What changed from one run to another",
        runs.Comparison,
        runs.ComparisonAnswer,
    ),
    query(
        f"{_RUN}/replay",
        "matching.replay",
        Who.ADMIN,
        "Whether the same answer comes out again",
        runs.Recommendations,
        runs.ReplayAnswer,
        per_minute=30,
    ),
    command(
        f"POST {_RUN}/edit",
        "matching.edit_recommendations",
        Who.ADMIN,
        "Take pairs out of a run and put others in",
        api.EditRecommendations,
        runs.RecommendationsAnswer,
        then=Then("recommendations", runs.Recommendations),
    ),
    command(
        f"POST {_RUN}/publish",
        "matching.publish_recommendations",
        Who.ADMIN,
        "Make pairs of what a run proposed",
        api.PublishRecommendations,
        api.BulkAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_BATCH}/introduce",
        "matching.introduce_batch",
        Who.ADMIN,
        "Introduce the drafts that were made at once; each is answered for itself",
        api.IntroduceBatch,
        api.BulkAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_BATCH}/undo",
        "matching.undo_publication",
        Who.ADMIN,
        "Take back the drafts that were made at once, as far as nobody was told",
        api.OfBatch,
        api.BulkAnswer,
    ),
    query(
        f"{_PROGRAM}/candidates",
        "matching.candidates",
        Who.ADMIN,
        "Whom one person could be paired with, the best first",
        runs.Candidates,
        runs.CandidatesAnswer,
    ),
    query(
        f"{_PROGRAM}/waiting",
        "matching.waiting",
        Who.ADMIN,
        "Who has no pair, since when and until when they wait",
        api.WaitingOf,
        api.WaitingAnswer,
    ),
)

_PAIRS = (
    command(
        f"POST {_PROGRAM}/pairs",
        "matching.create_pair",
        Who.ADMIN,
        "Pair a mentor and a mentee",
        api.CreatePair,
        api.PairedAnswer,
        status=201,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_PROGRAM}/pairs/bulk",
        "matching.create_pairs",
        Who.ADMIN,
        "Make many pairs; each is answered for itself",
        api.CreatePairs,
        api.BulkAnswer,
        per_minute=60,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    query(
        f"{_PROGRAM}/pairs",
        "matching.pairs_of_program",
        Who.ADMIN,
        "Pairs of a program, metadata alone",
        api.PairsOfProgram,
        api.PairsAnswer,
    ),
    query(
        f"{_PROGRAM}/board",
        "matching.board",
        Who.ADMIN,
        "Counts of sign-ups, pairs, waiting and closing reasons",
        api.OfProgram,
        api.BoardAnswer,
    ),
    query("/v1/me/pairs", "matching.my_pairs", Who.SELF, "My pairs", api.MyPairs, api.MyPairsAnswer),
    query(_PAIR, "matching.pair", Who.PAIR_OR_ADMIN, "One pair", api.OfPair, api.PairAnswer),
    command(
        f"POST {_PAIR}/introduce",
        "matching.introduce_pair",
        Who.ADMIN,
        "Tell both of each other",
        api.IntroducePair,
        api.PairedAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_PAIR}/end",
        "matching.end_pair",
        Who.PAIR_OR_ADMIN,
        "End the pair",
        api.EndPair,
        api.PairedAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_PAIR}/pause",
        "matching.pause_pair",
        Who.PAIR,
        "Rest for a while",
        api.OfPair,
        api.PairedAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
    command(
        f"POST {_PAIR}/resume",
        "matching.resume_pair",
        Who.PAIR,
        "Go on",
        api.OfPair,
        api.PairedAnswer,
        barriers=(PROGRAMS_KNOW, CONVERSATIONS_KNOW),
    ),
)

ROUTES = (*_SIGNUPS, *_RECOMMENDATIONS, *_PAIRS)
