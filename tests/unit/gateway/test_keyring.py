from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from services.gateway import keyring
from services.gateway.cursors import Cursors
from services.gateway.gateway import Gateway
from services.gateway.links import Links
from services.gateway.positions import Positions
from services.gateway.problems import Problem
from services.gateway.rpc import Reply
from shared.kernel.errors import NotFound
from shared.privacy.wrapping import KeyFile
from tests.support.gateway import Client, FakeServices, slug, token

PAIR = "/v1/pairs/p.c.1"


def _line() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def _write(file: Path, *lines: str) -> None:
    file.write_text("\n".join(lines))
    file.chmod(0o600)


def test_a_line_added_at_run_time_ends_nothing(tmp_path: Path) -> None:
    """SE-13, SE-17, PR-07: links, cursors and positions hold until the line that made them is taken out of the file."""
    file, old, new = tmp_path / "key", _line(), _line()
    _write(file, old)
    keys = KeyFile(file, "gateway").keys
    links, cursors, positions = Links(keys), Cursors(keys), Positions(keys)
    proof, cursor = links.proof("receipt", 0, 1), cursors.seal(7, "/", "ada")
    position = positions.sealed("matching.0.7")
    _write(file, new, old)
    links.check(proof, "receipt", 0, 1)
    assert (cursors.open(cursor, "/", "ada"), positions.read(position)) == (7, [("matching", 0, 7)])
    assert links.proof("receipt", 0, 1) != proof
    _write(file, new)
    with pytest.raises(NotFound):
        links.check(proof, "receipt", 0, 1)
    with pytest.raises(Problem):
        cursors.open(cursor, "/", "ada")
    with pytest.raises(Problem):
        positions.read(position)


def test_a_receipt_outlives_a_change_of_keys(client: Client, keys: list[bytes]) -> None:
    """PR-07: the address of a receipt is good after a line was added to the key file."""
    receipt = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    keys.insert(0, b"\x08" * 32)
    assert client.get(receipt).status_code == 200
    keys.pop()
    assert client.get(receipt).status_code == 404


def test_a_position_tells_nothing(client: Client, services: FakeServices) -> None:
    """BL-04: how far a log is, whether it has moved, and how large its number is show in no answer."""
    told = []
    for position in (7, 7, 123_456_789):
        services.replies["send_message"] = Reply({"message_id": "m"}, f"conversations.1.{position}", 3)
        answer = client.post(f"{PAIR}/messages", json={"text": "hi"}, headers=token())
        told.append(answer.headers["x-log-position"])
    assert len(set(told)) == 3
    assert {(one.rpartition(".")[0], len(one)) for one in told} == {("conversations.1", len(told[0]))}


def test_a_position_is_good_in_every_process(gateway: Gateway, keys: list[bytes]) -> None:
    """Whoever shares the key file, and the same process after a restart, reads what another has sealed."""
    sealed = gateway.positions.sealed("matching.0.17,programs.1.0")
    other = Positions(keyring.of(lambda: list(keys), "positions"))
    assert other.read(sealed) == [("matching", 0, 17), ("programs", 1, 0)]


def test_a_position_stays_with_its_log(client: Client, gateway: Gateway) -> None:
    """SE-06: a position of another log, altered, or of another key is a 400: nobody waits for others."""
    sealed = gateway.positions.sealed("programs.0.17")
    place, _, rest = sealed.rpartition(".")
    stranger = Positions(lambda: [b"\x09" * 32]).sealed("programs.0.17")
    turned = f"{place}.{'B' if rest[0] == 'A' else 'A'}{rest[1:]}"
    for wrong in (f"programs.1.{rest}", f"matching.0.{rest}", turned, stranger, "programs.0.17"):
        answer = client.get("/v1/programs/p", headers={**token(), "X-Log-Position": wrong})
        assert (answer.status_code, slug(answer)) == (400, "bad-log-position"), wrong
