"""A supervisor over real servers and stub programs: `python stub_system.py FOLDER PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

from shared.cli import main
from shared.cli_commands import system
from shared.runtime.local.instance import Instance
from shared.runtime.local.programs import Program
from shared.runtime.local.supervisor import Supervisor, say, supervise

GATEWAY = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""
BROKEN = "import sys; sys.exit('SMTP_URL is not set: set it.')"


def make(port: int, smtp_port: int | None) -> list[Program]:
    assert smtp_port is not None
    workers = {"gateway": GATEWAY, "stubborn": STUBBORN}
    if "--broken" in sys.argv:
        workers["broken"] = BROKEN
    return [Program(name, [sys.executable, "-c", code, str(port)], {}) for name, code in workers.items()]


def up(instance: Instance, port: int, *, one_process: bool) -> None:
    assert not one_process
    instance.prepare()
    supervise(Supervisor(instance, port, make, say))


if __name__ == "__main__":
    vars(system)["up"] = up
    folder, port, *_ = sys.argv[1:]
    sys.exit(main(["up", "--data", str(Path(folder)), "--port", port]))
