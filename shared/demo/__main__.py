"""Start everything, play the story, print it, and keep serving. `ONCE=1` ends after the story."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from shared.auth.dev_issuer import Person as Claims
from shared.demo.client import Api
from shared.demo.story import CHAPTERS, GROUP, World
from shared.kernel.clock import read_offset
from shared.kernel.ids import new_id
from shared.runtime.faults import Fault, sentence_of
from shared.runtime.local import records
from shared.runtime.local.instance import DEFAULT_FOLDER, DEFAULT_PORT, Instance, python
from shared.runtime.local.supervisor import address, down


def main() -> int:
    """Exit status 0 when the story went well; 1 with one plain sentence where it could not be played."""
    instance = Instance(Path(os.environ.get("DATA") or DEFAULT_FOLDER))
    port = int(os.environ.get("PORT") or DEFAULT_PORT)
    try:
        return _demo(instance, port)
    except Fault as fault:
        say(f"demo: {fault}", sys.stderr)
    except OSError as error:
        say(f"demo: {sentence_of(error)}", sys.stderr)
    return 1


def _demo(instance: Instance, port: int) -> int:
    say("Starting RabbitMQ, MongoDB, five services and the gateway …")
    started = subprocess.run(  # noqa: S603 (ourselves)
        python("shared.cli", "up", "--detach", "--data", str(instance.folder), "--port", str(port)),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if started.returncode:
        return 1
    try:
        sentences = play(instance, address(port))
        tell(instance, port, sentences)
        if not os.environ.get("ONCE"):
            say("\nServing until Ctrl-C.")
            _wait()
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        down(instance)
    return 0


def play(instance: Instance, base: str) -> list[str]:
    """Play every chapter against a running instance; answers its sentences. Raises AssertionError, Refused."""
    issuer = instance.issuer()
    if issuer is None:
        raise Fault("The demo needs the development issuer: unset OIDC_ISSUER.")

    def advance(seconds: float) -> None:
        records.write_text(instance.clock_file, str(read_offset(instance.clock_file) + seconds))

    def mails() -> list[str]:
        return [path.read_text(errors="replace") for path in sorted(instance.mail.glob("*.eml"))]

    def command(*arguments: str) -> str:
        whole = python("shared.cli", *arguments, "--data", str(instance.folder))
        return subprocess.run(whole, capture_output=True, text=True, check=True).stdout  # noqa: S603

    with Api(base) as api:
        exports = instance.folder / "exports"
        world = World(api, issuer.token, advance, mails, command, exports, new_id()[:6])
        bar = tqdm(CHAPTERS, bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} chapters", leave=False)
        return [chapter(world) for chapter in bar]


def tell(instance: Instance, port: int, sentences: list[str]) -> None:
    """What happened, where to look, and tokens to try."""
    say("\nWhat happened\n")
    for number, sentence in enumerate(sentences, 1):
        say(f"  {number:2}. {sentence}")
    base, issuer = address(port), instance.issuer()
    say(f"\nWhere to look\n\n  {base}/docs\n  {base}/v1/openapi.json\n  {base}/metrics\n  mails: {instance.mail}")
    say(f"  the log: .venv/bin/mentorship log tail --data {instance.folder}")
    if issuer:
        say("\nTokens, good for an hour\n")
        for name, claims in {
            "admin": Claims("ada", "Ada", groups={GROUP: "admin"}),
            "member": Claims("tom", "Tom", groups={GROUP: "member"}),
            "moderator": Claims("mo", "Mo", roles=("moderator",)),
        }.items():
            say(f"  {name:<10} {issuer.token(claims)}")


def _wait() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.pause()


def say(text: str, stream: object = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
