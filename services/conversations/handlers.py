"""Commands of conversations: command → decide → append."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema

from services.conversations import policy
from services.conversations.domain import couple
from services.conversations.evidence import commit_to, seal_for_case
from shared.application.table import Allow, Decide, Handler, Reads, no_facts
from shared.contracts import conversations_api as api
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import couple as couple_id
from shared.kernel.pairs import couple_of


def _standing_facts(reads: Reads, state: couple.Couple, command: Data) -> Data:
    space, actor = state.spaces.get(command["pair_id"]), command["actor_id"]
    sides = space.sides if space else (actor,)
    found = reads.get_many("standing", sides)
    other = next((side for side in sides if side != actor), None)
    return {"standing": found.get(actor), "of_the_other": found.get(other) if other else None}


def _message_facts(reads: Reads, state: Any, command: Data) -> Data:
    committed = commit_to(command["actor_id"], command["message_id"], command["text"])
    return {**committed, **_standing_facts(reads, state, command)}


def _evidence_facts(reads: Reads, state: couple.Couple, command: Data) -> Data:
    """The reported message and its neighbours, as they read now, encrypted for the case."""
    space = state.spaces.get(command["pair_id"])
    if space is None or command["message_id"] not in space.messages or command["report_id"] in space.disclosed:
        return {"evidence": None}
    found = [reads.get("messages", message_id) for message_id in couple.window(space, command["message_id"])]
    if any(one is None or len(one["versions"]) <= space.messages[one["id"]].edits for one in found):
        raise Unavailable  # the view is behind the log: evidence without a version would not be proven
    return {"evidence": seal_for_case([_disclosed(reads, one) for one in found if one], command["evidence_key"])}


def _disclosed(reads: Reads, message: Data) -> Data:
    """A message as evidence: every version, with what proves it against the log. A deleted one is shown as it was."""
    versions = []
    for version in message["versions"]:
        opened = reads.open(version["text"])
        words = opened if isinstance(opened, dict) else {"text": opened, "salt": None}
        versions.append({**words, "at": version["at"], "commitment": version["commitment"]})
    return {
        "message_id": message["id"],
        "sender_id": message["sender_id"],
        "deleted": message["deleted"],
        "versions": versions,
    }


def _stream(command: Data) -> str:
    return f"couple-{couple_of(command['pair_id'])}"


def _of_pair(
    schema: Schema,
    decide: Decide,
    *,
    allow: Allow | None = policy.one_of_the_pair,
    facts: Callable[[Reads, Any, Data], Data] = no_facts,
    creates: str | None = None,
) -> Handler:
    return Handler(schema, couple.COUPLE, _stream, decide, allow=allow, facts=facts, creates=creates)


def _of_couple(decide: Decide) -> Handler:
    return Handler(
        api.OfPerson(),
        couple.COUPLE,
        lambda command: f"couple-{couple_id(command['actor_id'], command['person_id'])}",
        decide,
        allow=policy.anyone,
    )


COMMANDS = {
    "send_message": _of_pair(api.SendMessage(), couple.send_message, facts=_message_facts, creates="message_id"),
    "edit_message": _of_pair(api.EditMessage(), couple.edit_message, facts=_message_facts),
    "delete_message": _of_pair(api.OfMessage(), couple.delete_message),
    "react": _of_pair(api.React(), couple.react, facts=_standing_facts),
    "mark_read": _of_pair(api.MarkRead(), couple.mark_read, facts=_standing_facts),
    "share_post": _of_pair(api.SharePost(), couple.share_post, facts=_standing_facts),
    "add_comment": _of_pair(api.AddComment(), couple.add_comment, facts=_standing_facts),
    "block_person": _of_couple(couple.block_person),
    "unblock_person": _of_couple(couple.unblock_person),
    "open_conversation": _of_pair(api.OpenConversation(), couple.open_conversation, allow=None),
    "confirm_commitment": _of_pair(api.OpenConversation(), couple.confirm_commitment, allow=None),
    "pause_conversation": _of_pair(api.OfPair(), couple.pause_conversation, allow=None),
    "resume_conversation": _of_pair(api.OfPair(), couple.resume_conversation, allow=None),
    "hold_conversation": _of_pair(api.ReviewConversation(), couple.hold_conversation, allow=None),
    "release_conversation": _of_pair(api.ReviewConversation(), couple.release_conversation, allow=None),
    "close_conversation": _of_pair(api.OfPair(), couple.close_conversation, allow=None),
    "disclose_evidence": _of_pair(api.DiscloseEvidence(), couple.disclose_evidence, allow=None, facts=_evidence_facts),
}
