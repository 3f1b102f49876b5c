"""Computations that do not hold up a whole service."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from shared.runtime.aside import aside

GREEN = """
import warnings
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")
import eventlet
eventlet.monkey_patch()
import hashlib
from shared.runtime.aside import aside

ticks = []

def tick():
    while True:
        ticks.append(1)
        eventlet.sleep(0.005)

eventlet.spawn(tick)
eventlet.sleep(0)
began = len(ticks)
made = aside(hashlib.pbkdf2_hmac, "sha256", b"word", salt=b"salt", iterations=1_000_000)
print(len(made), len(ticks) - began)
"""


def test_the_others_go_on_while_it_computes() -> None:
    """Under eventlet green threads have their turns while a long computation runs, and its result is theirs."""
    said = subprocess.run([sys.executable, "-c", GREEN], capture_output=True, text=True, timeout=60, check=True).stdout
    length, ticks = map(int, said.split())
    assert length == 32
    assert ticks > 5


def test_without_green_threads_it_stays_where_it_is() -> None:
    """In a command line or a test it runs on the caller's thread, and what it raises is raised."""
    assert aside(threading.get_ident) == threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0)
