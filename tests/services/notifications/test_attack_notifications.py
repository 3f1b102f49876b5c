"""What somebody without a login tries on notifications, and does not get."""

from __future__ import annotations

import pytest

from services.notifications.domain.unsubscribe import make_token
from shared.application.application import Context
from shared.kernel.actor import Actor
from shared.kernel.errors import NotFound
from shared.kernel.ids import new_id
from tests.services.notifications.story import Story


@pytest.mark.parametrize("person_id", ["ann", "nobody"])
@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_forged_link_tells_nothing_about_an_inbox(person_id: str, version: int) -> None:
    """NO-10: a made-up token answers alike for everybody, whatever version `If-Match` names."""
    story = Story()
    context = Context(Actor("anonymous"), new_id(), new_id(), if_match=version)
    with pytest.raises(NotFound):
        token = make_token("guessed", person_id, "pair-ended")
        story.app.execute("unsubscribe", {"token": token}, context)
