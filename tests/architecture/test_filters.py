"""SE-06: what a person sends is never a filter of a database, only a value in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import fields

from services.gateway.routes import ROUTES

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "services").rglob("*.py"))
READS = {"find", "count", "page", "get", "get_many", "find_one", "count_documents", "aggregate", "delete_many"}
SENT = {"params", "command", "data", "body", "query_params", "request"}
"""Names by which code holds what somebody sent."""

SCALARS = (fields.String, fields.Integer, fields.Boolean, fields.DateTime)


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            yield node


def named(node: ast.AST) -> str:
    """The last word of a name: `params` of `asked.params`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def whole(node: ast.AST) -> Iterator[ast.AST]:
    """What a filter takes over as it is: the filter itself, and what is unpacked or merged into it."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from whole(value)
            elif not isinstance(key, ast.Constant):
                yield key
    elif isinstance(node, ast.BinOp):
        yield from (*whole(node.left), *whole(node.right))
    elif isinstance(node, ast.Call) and named(node.func) == "dict":
        for argument in (*node.args, *(word.value for word in node.keywords if word.arg is None)):
            yield from whole(argument)
    else:
        yield node


def offences(path: Path) -> Iterator[str]:
    for call in calls(path):
        filters = [*call.args[:2], *(word.value for word in call.keywords if word.arg in {"where", "filter"})]
        for taken in (part for given in filters for part in whole(given)):
            if named(taken) in SENT:
                yield f"{path.name}:{call.lineno} takes {ast.unparse(taken)}"


def test_no_filter_takes_what_was_sent() -> None:
    """SE-06: no query filter is, unpacks or merges the parameters of a request, nor takes its names from them."""
    assert sum(len(list(calls(path))) for path in SERVICES) > 50
    assert [offence for path in SERVICES for offence in offences(path)] == []


@pytest.mark.parametrize(
    "code",
    [
        "reads.find('pairs', asked.params)",
        "reads.find('pairs', {'a': 1, **asked.params})",
        "reads.count('pairs', where=command)",
        "reads.page('pairs', {'a': 1} | params, order='x')",
        "reads.find('pairs', dict(request))",
        "reads.find('pairs', {'a': {**data}} | dict(**body))",
    ],
)
def test_the_lint_can_fail(code: str, tmp_path: Path) -> None:
    """Each way of passing a request on is seen."""
    (tmp_path / "planted.py").write_text(code)
    assert list(offences(tmp_path / "planted.py"))


def test_what_a_query_can_compare_with_is_a_scalar() -> None:
    """SE-06: every parameter of every query is one text, number or flag, so that none can be an operator."""
    for route in ROUTES:
        if route.in_query:
            for name, field in route.request().fields.items():
                assert isinstance(field, SCALARS), (route.key, name)
