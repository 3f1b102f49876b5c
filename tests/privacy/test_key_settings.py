"""Settings of keys and retention: what is unsafe stops the start."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from shared.runtime.faults import Fault
from shared.runtime.settings import Settings, keys_mongo_url, retention_days

STRONG = "x8Kq2-long-enough"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "kek"
    key.write_text("\n".join(base64.b64encode(os.urandom(32)).decode() for _ in range(2)))
    key.chmod(0o600)
    return {
        "AMQP_URL": f"amqps://programs:{STRONG}@rabbit.example:5671/mentorship",
        "MONGO_URL": f"mongodb://programs:{STRONG}@a.example:27017/?replicaSet=rs0",
        "KEY_ENCRYPTION_KEY_FILE": str(key),
    }


def test_the_registry_may_have_an_account_of_its_own(environment: dict[str, str]) -> None:
    """KEYS_MONGO_URL, a service's own before the common one; without it, the service's."""
    settings = Settings.from_environment("programs", environment)
    assert settings.keys_mongo_url == settings.mongo_url
    assert len(settings.key_encryption_keys()) == 2
    own = {"PROGRAMS_KEYS_MONGO_URL": f"mongodb://programs_keys:{STRONG}@keys.example/"}
    assert "keys.example" in Settings.from_environment("programs", environment | own).keys_mongo_url
    assert "keys.example" not in Settings.from_environment("matching", environment | own).keys_mongo_url
    assert "keys.example" in keys_mongo_url("programs", own)
    with pytest.raises(Fault, match="KEYS_MONGO_URL"):
        Settings.from_environment("programs", environment | {"KEYS_MONGO_URL": "mongodb://u:weak@h/"})


def test_backups_of_keys_end_before_erasure_is_promised(environment: dict[str, str]) -> None:
    """PR-20: a service does not start where a registry's backup outlives the promise to erase."""
    for kept, within in (("30", "30"), ("31", "30"), ("14", "7"), ("many", "30")):
        more = {"KEYS_BACKUPS_KEPT_DAYS": kept, "ERASURE_WITHIN_DAYS": within}
        with pytest.raises(Fault, match="KEYS_BACKUPS_KEPT_DAYS"):
            Settings.from_environment("programs", environment | more)
    assert Settings.from_environment("programs", environment | {"KEYS_BACKUPS_KEPT_DAYS": "29"})


def test_retention_has_defaults_and_bounds() -> None:
    """PR-14: no case is ended within its appeal window, whatever is set."""
    assert retention_days({}) == {"pair": 365, "program": 730, "case": 1095, "grace": 30}
    assert retention_days({"RETENTION_PAIR_DAYS": "90"})["pair"] == 90
    for name, value in (("CASE", "209"), ("PAIR", "0"), ("GRACE", "no")):
        with pytest.raises(Fault, match=f"RETENTION_{name}_DAYS"):
            retention_days({f"RETENTION_{name}_DAYS": value})


def test_a_case_outlasts_its_appeals(environment: dict[str, str]) -> None:
    """PR-14, TS-19: neither retention nor trust_safety starts where a case could end before an appeal is decided."""
    for window, case, good in (("90", "120", True), ("90", "119", False), ("365", "394", False), ("", "210", True)):
        given = {"APPEAL_WINDOW_DAYS": window, "RETENTION_CASE_DAYS": case}
        if good:
            assert retention_days(given)["case"] == int(case)
            assert Settings.from_environment("trust_safety", environment | given)
            continue
        with pytest.raises(Fault, match=f"RETENTION_CASE_DAYS must be at least {int(window) + 30}"):
            retention_days(given)
        with pytest.raises(Fault, match="RETENTION_CASE_DAYS"):
            Settings.from_environment("trust_safety", environment | given)
