"""Sign-ups, recommendations and pairs."""

from __future__ import annotations

from services.gateway.routes.route import CONVERSATIONS_KNOW, PROGRAMS_KNOW, Then, Who, command, query
from shared.contracts import matching_api as api

_PROGRAM = "/v1/programs/{program_id}"
_SIGNUP = f"{_PROGRAM}/signups/me"
_RUN = f"{_PROGRAM}/recommendations/{{run_id}}"
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
        api.RecommendationsAnswer,
        status=201,
        then=Then("recommendations", api.Recommendations),
        per_minute=60,
    ),
    query(
        _RUN,
        "matching.recommendations",
        Who.ADMIN,
        "One run of the recommendations",
        api.Recommendations,
        api.RecommendationsAnswer,
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
    query(
        f"{_PROGRAM}/candidates",
        "matching.candidates",
        Who.ADMIN,
        "Mentors for one mentee, the best first",
        api.Candidates,
        api.CandidatesAnswer,
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
