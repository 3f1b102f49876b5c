"""What is installed, and the list of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts import sbom, setup

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_by_its_hash(lock: Path) -> None:
    """BR-10: a lock file has a version and hashes for each package, and names no place to get it from."""
    text = lock.read_text()
    assert sbom.pinned(text)
    assert "://" not in text
    assert not re.search(r"^\s*(-|git\+|\.|/)(?!-hash=)", text, re.MULTILINE)


@pytest.mark.parametrize("line", ["attrs", "attrs>=1", "attrs==1.0", "-e .", "attrs==1.0 --hash=md5:" + "a" * 32])
def test_a_line_without_a_hash_is_found(line: str) -> None:
    """BR-10: the check above can fail."""
    with pytest.raises(sbom.Unlocked):
        sbom.pinned(f"{line}\n")


def test_nothing_is_installed_without_its_hash() -> None:
    """BR-10: wherever we install packages, pip is told to take nothing whose hash is not in a lock file."""
    script = (ROOT / "scripts/setup.py").read_text()
    assert script.count("*PIP,") == script.count('"--require-hashes"') == 2
    assert setup.LOCK in LOCKS
    dockerfile = (ROOT / "deploy/image/Dockerfile").read_text()
    for line in dockerfile.splitlines():
        assert "pip install" not in line or ("--require-hashes" in line and "--no-deps" in line)


def test_what_runs_is_a_part_of_what_is_tested() -> None:
    """BR-10: the image has the very versions that the tests ran with."""
    running, tested = (sbom.pinned((ROOT / "requirements" / name).read_text()) for name in ("runtime.txt", "dev.txt"))
    assert {name: tested.get(name) for name in running} == running


def test_the_bill_of_materials_is_valid_and_whole(tmp_path: Path) -> None:
    """BR-10: `make sbom` gives CycloneDX with every pinned package, the same each time."""
    for name in ("one", "other"):
        subprocess.run([sys.executable, ROOT / "scripts/sbom.py", tmp_path / name], check=True)
    text = (tmp_path / "one").read_text()
    assert text == (tmp_path / "other").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {(each["name"], each["version"]): each for each in json.loads(text)["components"]}
    locked = {name: found for lock in LOCKS for name, found in sbom.pinned(lock.read_text()).items()}
    assert set(listed) == {(name, version) for name, (version, _) in locked.items()}
    assert all(each["hashes"] for each in listed.values())
    required = {name for (name, _), each in listed.items() if each["scope"] == "required"}
    assert {"nameko", "cryptography"} <= required
    assert "pytest" not in required
