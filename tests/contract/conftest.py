"""The store these tests run on: MONGO_URL where it is set, else a private one."""

from __future__ import annotations

import pytest

from tests.support.mongod import shared_url


@pytest.fixture(scope="session")
def mongo_url() -> str:
    return shared_url()
