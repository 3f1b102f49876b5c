"""Start everything, play the story, print it, and keep serving. `ONCE=1` ends after the story."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from tqdm import tqdm

from shared.demo.client import Api, Refused
from shared.demo.story import CHAPTERS, World
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
        world, sentences = play(instance, address(port))
        say("\nWhat happened\n")
        for number, sentence in enumerate(sentences, 1):
            say(f"  {number:2}. {sentence}")
        if os.environ.get("ONCE"):
            say("\nEverything is stopped again; `mentorship up` goes on with the same data.")
        else:
            tell(instance, address(port), world)
            _wait()
    except (AssertionError, Refused, httpx.HTTPError) as error:
        say(f"demo: the story could not go on: {error} (logs: {instance.logs}).", sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        down(instance)
    return 0


def play(instance: Instance, base: str) -> tuple[World, list[str]]:
    """Play every chapter against a running instance; answers what it knows and its sentences.

    Raises AssertionError where something did not happen, Refused where the API said no.
    """
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
        return world, [chapter(world) for chapter in bar]


def tell(instance: Instance, base: str, world: World) -> None:
    """Where to look, and the tokens of those whom the story told of."""
    say(f"\nWhere to look\n\n  {base}/docs\n  {base}/v1/openapi.json\n  {base}/metrics\n  mails: {instance.mail}")
    say(f"  the log: .venv/bin/mentorship log tail --data {instance.folder}")
    say(f"  program: {world.ids['program']}\n  Tom's pair: {world.ids['pairs']['tom']}")
    say("  the clock of this instance is ahead now: `mentorship clock show`")
    say('\nTokens, good for an hour: curl -H "Authorization: Bearer $TOKEN" ' + base + "/v1/me/pairs\n")
    for name in ("ada", world.ids["mentors"]["tom"], "tom"):
        say(f"  {name:<5} {world.person(name).token}")
    say(f"  mo    {world.moderator.token}\n\nServing until Ctrl-C.")


def _wait() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.pause()


def say(text: str, stream: object = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
