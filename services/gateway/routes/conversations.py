"""What passes between the two of a pair."""

from __future__ import annotations

from services.gateway.routes.route import Who, command, query
from shared.contracts import conversations_api as api

_PAIR = "/v1/pairs/{pair_id}"
_MESSAGE = f"{_PAIR}/messages/{{message_id}}"

ROUTES = (
    query(f"{_PAIR}/messages", "conversations.messages", Who.PAIR, "The chat", api.PageOfPair, api.Messages),
    command(
        f"POST {_PAIR}/messages",
        "conversations.send_message",
        Who.PAIR,
        "Write to the other",
        api.SendMessage,
        api.MessageMade,
        status=201,
    ),
    command(
        f"POST {_PAIR}/messages/read",
        "conversations.mark_read",
        Who.PAIR,
        "I have read up to and including this message",
        api.MarkRead,
        api.MessageMade,
    ),
    command(
        f"PATCH {_MESSAGE}",
        "conversations.edit_message",
        Who.PAIR,
        "Change my message",
        api.EditMessage,
        api.MessageMade,
    ),
    command(
        f"DELETE {_MESSAGE}",
        "conversations.delete_message",
        Who.PAIR,
        "Take my message back",
        api.OfMessage,
        api.MessageMade,
    ),
    command(
        f"POST {_MESSAGE}/reactions",
        "conversations.react",
        Who.PAIR,
        "React to a message",
        api.React,
        api.MessageMade,
        status=201,
    ),
    query(
        f"{_PAIR}/steps/{{step_id}}/posts",
        "conversations.posts",
        Who.PAIR,
        "Posts of a step with their comments",
        api.PageOfStep,
        api.Posts,
    ),
    command(
        f"POST {_PAIR}/steps/{{step_id}}/posts",
        "conversations.share_post",
        Who.PAIR,
        "Share a post in a step",
        api.SharePost,
        api.PostMade,
        status=201,
    ),
    command(
        f"POST {_PAIR}/posts/{{post_id}}/comments",
        "conversations.add_comment",
        Who.PAIR,
        "Comment on a post",
        api.AddComment,
        api.PostMade,
        status=201,
    ),
)
