"""Folds changes into documents in memory, exactly as the store would: what it might do otherwise is not folded here.

So a batch that changes a document often, or makes it, writes it once and whole.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from itertools import chain, pairwise
from typing import Any

import bson

from shared.kernel.events import Data
from shared.views.changes import Change

_LARGEST_INT = 2**31 - 1
"""What the store keeps in 32 bits: beyond it, the type of a sum is its business."""


class NotFoldable(Exception):
    """Ask the store: it may refuse the change, or do it in a way that is not known here."""


def fold(documents: MutableMapping[str, Data], changes: Iterable[Change]) -> None:
    """Apply the changes of one view, in order, to its documents by id. Raises NotFoldable, with half of them done.

    The documents themselves are changed in place. What is in their fields is shared with the changes, so it is never
    changed but replaced.
    """
    for change in changes:
        if change.update is None:
            documents.pop(change.id, None)
        elif change.upsert:
            _amend(documents.setdefault(change.id, {}), change.update)
        else:
            # The store refuses some changes even where there is nothing to change.
            _amend(documents.get(change.id, {}), change.update)


def _amend(document: Data, update: Mapping[str, Mapping[str, Any]]) -> None:
    if not _independent(tuple(chain.from_iterable(update.values()))):
        raise NotFoldable("path")
    for operator, fields in update.items():
        amend = _OPERATORS.get(operator)
        if amend is None:
            raise NotFoldable(operator)
        for path, value in fields.items():
            if "." not in path:
                amend(document, path, value)
            elif holder := _holder(document, path, make=operator not in _TAKING):
                amend(*holder, value)


@functools.lru_cache(4096)
def _independent(paths: tuple[str, ...]) -> bool:
    """No path is odd, and none is inside another: then the order would matter, and the store refuses that."""
    if any(not part or part[0] == "$" for path in paths for part in path.split(".")):
        return False
    ended = sorted(f"{path}." for path in ("_id", *paths))
    return not any(inner.startswith(outer) for outer, inner in pairwise(ended))


def _holder(document: Data, path: str, *, make: bool) -> tuple[Data, str] | None:
    """The object that a dotted path ends in, and its field there; None where it is missing and not to be made."""
    *parents, name = path.split(".")
    for parent in parents:
        if parent not in document and not make:
            return None
        found = document.get(parent, {})
        if not isinstance(found, dict):
            raise NotFoldable("path")
        document[parent] = document = dict(found)
    return document, name


def _set(holder: Data, name: str, value: Any) -> None:
    holder[name] = value


def _inc(holder: Data, name: str, value: Any) -> None:
    old = holder.get(name, 0)
    if not {type(old), type(value)} <= {int, float}:
        raise NotFoldable("inc")
    if name in holder:
        value = old + value
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        raise NotFoldable("inc")
    holder[name] = value


def _list(holder: Data, name: str) -> list[Any]:
    found = holder.get(name, [])
    if not isinstance(found, list):
        raise NotFoldable("list")
    return found


def _push(holder: Data, name: str, value: Any) -> None:
    holder[name] = [*_list(holder, name), _plain(value)]


def _add(holder: Data, name: str, value: Any) -> None:
    value, found = _plain(value), _list(holder, name)
    holder[name] = found if any(_same(item, value) for item in found) else [*found, value]


def _pull(holder: Data, name: str, value: Any) -> None:
    if name not in holder:
        return
    value, found = _plain(value), _list(holder, name)
    if isinstance(value, list) or any(isinstance(item, list) for item in found):
        raise NotFoldable("pull")
    holder[name] = [item for item in found if not _pulled(item, value)]


def _pulled(item: Any, value: Any) -> bool:
    if not isinstance(value, dict):
        return _same(item, value)
    if not value or not isinstance(item, dict) or not all(isinstance(wanted, str) for wanted in value.values()):
        raise NotFoldable("pull")
    if any("." in name or isinstance(item.get(name), list) for name in value):
        raise NotFoldable("pull")
    return all(item.get(name) == wanted for name, wanted in value.items())


def _unset(holder: Data, name: str, _value: Any) -> None:
    holder.pop(name, None)


def _max(holder: Data, name: str, value: Any) -> None:
    if name not in holder or _comparable(holder[name], value) < value:
        holder[name] = value


def _min(holder: Data, name: str, value: Any) -> None:
    if name not in holder or _comparable(holder[name], value) > value:
        holder[name] = value


def _comparable(old: Any, value: Any) -> Any:
    if not isinstance(old, (str, int)) or isinstance(old, bool) or type(old) is not type(value):
        raise NotFoldable("order")
    return old


def _plain(value: Any) -> Any:
    """The value, where it has no operators in it: those the store would heed."""
    if isinstance(value, dict) and any(not name or name[0] == "$" for name in value):
        raise NotFoldable("operator")
    return value


def _same(one: Any, other: Any) -> bool:
    """Alike to Python (which takes no heed of the order of fields, nor tells True from 1), the bytes must be, too."""
    if one != other:
        return False
    if not isinstance(one, str) and bson.encode({"": one}) != bson.encode({"": other}):
        raise NotFoldable("equal")
    return True


_TAKING = frozenset({"$pull", "$unset"})
_OPERATORS: Mapping[str, Callable[[Data, str, Any], None]] = {
    "$set": _set,
    "$inc": _inc,
    "$push": _push,
    "$pull": _pull,
    "$unset": _unset,
    "$max": _max,
    "$min": _min,
    "$addToSet": _add,
}
