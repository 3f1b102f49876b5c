"""The rules of the house: who may import what, and how large a room may be."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/service.py"))
PYTHON = sorted([*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")])
STORE = {"pymongo", "bson", "gridfs"}
BROKER_OR_WEB = {
    "nameko",
    "kombu",
    "amqp",
    "pika",
    "aiormq",
    "eventlet",
    "starlette",
    "uvicorn",
    "httptools",
}
ROOMS = ("README.md", "service.py", "domain", "handlers.py", "reactions.py", "views.py", "queries.py", "policy.py")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")


def offenders(files: list[Path], forbidden: set[str]) -> list[str]:
    return [
        f"{place(path)} imports {name}"
        for path in files
        for name in imports(path)
        if any(name == bad or name.startswith(f"{bad}.") for bad in forbidden)
    ]


def under(*places: str) -> list[Path]:
    return [path for path in PYTHON if any(place(path).startswith(name) for name in places)]


def beside(*places: str) -> list[Path]:
    return [path for path in PYTHON if not any(place(path).startswith(name) for name in places)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_domain_is_pure(service: str) -> None:
    """A domain imports the standard library, the kernel and itself, and no clock, chance, environment or network."""
    own = f"services.{service}.domain"
    impure = {"random", "secrets", "uuid", "os", "socket", "subprocess", "threading", "pathlib", "time"}
    for path in under(own):
        for name in imports(path):
            top = name.partition(".")[0]
            known = top in sys.stdlib_module_names or name.startswith(("shared.kernel", own))
            assert known, f"{place(path)} imports {name}"
            assert top not in impure, f"{place(path)} imports {name}"


@pytest.mark.parametrize("service", [*SERVICES, "gateway"])
def test_no_service_imports_another(service: str) -> None:
    """Services share contracts, nothing else."""
    others = {f"services.{other}" for other in [*SERVICES, "gateway"] if other != service}
    assert offenders(under(f"services.{service}."), others) == []


def test_shared_never_imports_services() -> None:
    """What is shared knows nobody in particular."""
    assert offenders(under("shared."), {"services"}) == []


def test_only_a_few_rooms_touch_the_store() -> None:
    """Log, views, privacy and queries; the runtime puts them together; analysts' tools read as operators."""
    rooms = ("shared.eventlog", "shared.views", "shared.privacy", "shared.runtime", "shared.analytics")
    files = [path for path in beside(*rooms) if path.name != "queries.py"]
    assert offenders(files, STORE) == []


def test_only_a_few_rooms_touch_the_broker_or_the_web() -> None:
    """The bus, the runtime and the gateway."""
    assert offenders(beside("shared.bus", "shared.runtime", "services.gateway"), BROKER_OR_WEB) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    """A stranger who knows one service finds their way in all."""
    missing = [room for room in ROOMS if not (ROOT / "services" / service / room).exists()]
    assert missing == []


def test_files_stay_small() -> None:
    """No file over 400 lines; the median under 120."""
    lengths = {place(path): len(path.read_text().splitlines()) for path in PYTHON if path.name != "__init__.py"}
    assert [name for name, length in lengths.items() if length > 400] == []
    assert statistics.median(lengths.values()) < 120


def test_every_test_says_what_it_promises() -> None:
    """One sentence for each."""
    silent = [
        f"{place(path)}.{node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_names_a_place_that_is_not_of_the_project() -> None:
    """No registry host, no URL in a lock file, no folder beside the checkout."""
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(), path.name
