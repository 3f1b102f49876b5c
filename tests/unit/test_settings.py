"""SE-23: the start is refused, with a sentence that helps, when a setting is missing or unsafe."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from shared.kernel.clock import OffsetClock, SystemClock
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings

STRONG = "x8Kq2-long-enough"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "kek"
    key.write_text(base64.b64encode(os.urandom(32)).decode())
    key.chmod(0o600)
    return {
        "AMQP_URL": f"amqps://programs:{STRONG}@rabbit.example:5671/mentorship",
        "MONGO_URL": f"mongodb://programs:{STRONG}@a.example:27017,b.example:27017/?replicaSet=rs0",
        "OIDC_ISSUER": "https://id.example",
        "OIDC_JWKS_URL": "https://id.example/certs",
        "SMTP_URL": "smtp://mail.example:25",
        "KEY_ENCRYPTION_KEY_FILE": str(key),
        "PUBLIC_URL": "https://mentorship.example/",
    }


@pytest.mark.parametrize("service", ["gateway", "programs", "notifications"])
def test_good_settings_pass(service: str, environment: dict[str, str]) -> None:
    """Every kind of service starts from the settings of the contract."""
    settings = Settings.from_environment(service, environment)
    assert (settings.log_partitions, settings.oidc_audience, settings.gateway_port) == (2, "mentorship", 8000)
    assert isinstance(settings.clock(), SystemClock)
    assert [len(key) for key in settings.key_encryption_keys()] == [32]
    assert STRONG not in repr(settings)


def test_a_services_own_value_comes_first_and_may_be_in_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    """PROGRAMS_MONGO_URL wins over MONGO_URL for programs alone, given directly or as a file."""
    own = tmp_path / "url"
    own.write_text(f"mongodb://own:{STRONG}@own.example/\n")
    environment["PROGRAMS_MONGO_URL_FILE"] = str(own)
    assert "own.example" in Settings.from_environment("programs", environment).mongo_url
    assert "own.example" not in Settings.from_environment("matching", environment).mongo_url


REFUSED = {
    "AMQP_URL": [
        "",
        "http://x",
        "amqp://guest:guest@h/mentorship",
        f"amqp://u:{STRONG}@h",
        f"amqp://u:{STRONG}@h/%2F",
        "amqp://u@h/mentorship",
        "amqp://u:short@h/mentorship",
        "amqp://mentorship:mentorship@h/m",
        "amqp://u:changeme@h/m",
        f"amqp://u:{STRONG}@h:port/m",
    ],
    "MONGO_URL": ["", "postgres://h", "mongodb://h/", "mongodb://u:password@h/", "mongodb://a.example,b.example/"],
    "OIDC_ISSUER": ["", "http://id.example", "mentorship-dev:abc", "nonsense"],
    "OIDC_JWKS_URL": ["", "http://id.example/certs", "file:///etc/keys.json"],
    "PUBLIC_URL": ["", "http://mentorship.example"],
    "KEY_ENCRYPTION_KEY_FILE": ["", "/nowhere/key"],
    "LOG_LEVEL": ["LOUD"],
    "LOG_PARTITIONS": ["0", "65", "two", "-1", "²"],
    "WEB_CONCURRENCY": ["0"],
    "CLOCK_OFFSET_FILE": ["/tmp/clock"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_unsafe_or_missing_values_stop_the_start(name: str, value: str, environment: dict[str, str]) -> None:
    """The sentence names the setting and does not repeat its value."""
    with pytest.raises(Fault) as fault:
        Settings.from_environment("gateway", environment | {name: value})
    sentence = str(fault.value)
    assert name in sentence and sentence.endswith(".") and "\n" not in sentence
    assert STRONG not in sentence


def test_mail_passwords_do_not_travel_in_the_clear(environment: dict[str, str]) -> None:
    """A password in SMTP_URL needs TLS; notifications cannot start without SMTP_URL."""
    for bad in ("", f"smtp://u:{STRONG}@mail.example", "mailto:x"):
        with pytest.raises(Fault, match="SMTP_URL"):
            Settings.from_environment("notifications", environment | {"SMTP_URL": bad})
    good = environment | {"SMTP_URL": f"smtp+starttls://u:{STRONG}@mail.example"}
    assert Settings.from_environment("notifications", good).smtp_url


def test_key_files_must_hold_a_secret_key(environment: dict[str, str], tmp_path: Path) -> None:
    """Wrong length, all zeros, no base64, and readable by all are refused."""
    path = tmp_path / "bad"
    good = base64.b64encode(os.urandom(32)).decode()
    for text, mode in ((good[:20], 0o600), ("A" * 43 + "=", 0o600), ("§§", 0o600), (good, 0o644)):
        path.write_text(text)
        path.chmod(mode)
        with pytest.raises(Fault, match="KEY_ENCRYPTION_KEY_FILE"):
            Settings.from_environment("programs", environment | {"KEY_ENCRYPTION_KEY_FILE": str(path)})


def test_a_development_instance_may_shift_its_clock(environment: dict[str, str], tmp_path: Path) -> None:
    """With DATA_DIR the own issuer, a key set in that folder, and the offset file are allowed."""
    more = {
        "DATA_DIR": str(tmp_path),
        "OIDC_ISSUER": "mentorship-dev:abc",
        "OIDC_JWKS_URL": f"file://{tmp_path}/jwks.json",
        "CLOCK_OFFSET_FILE": str(tmp_path / "clock"),
        "MONGO_URL": "mongodb://127.0.0.1:2000/?replicaSet=rs0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }
    assert isinstance(Settings.from_environment("gateway", environment | more).clock(), OffsetClock)
    with pytest.raises(Fault, match="OIDC_JWKS_URL"):
        Settings.from_environment("gateway", environment | more | {"OIDC_JWKS_URL": f"file://{tmp_path}/../jwks.json"})
