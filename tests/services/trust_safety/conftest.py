"""The stories of these tests begin with the same few people."""

from __future__ import annotations

import pytest

from services.trust_safety import targets
from tests.services.trust_safety.story import Story


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views in memory are never behind, so nothing is looked for twice."""
    monkeypatch.setattr(targets, "PATIENCE", 0)


@pytest.fixture
def story() -> Story:
    return Story()
