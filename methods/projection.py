"""What of an answer is shown: the members that fields_set names, and in a rehearsal nothing that will not be kept."""

from collections.abc import Iterable
from typing import Any

from ledger.entry import Entry

_NUMBERS = ("number", "reference_number")
_Tree = dict[str, "_Tree | None"]


def projected(fields_set: Iterable[str] | None, data: Any) -> Any:
    """An object, or a list of objects, cut to the named members; dotted names cut the objects inside."""
    return data if fields_set is None else _cut(_tree(fields_set), data)


def _tree(names: Iterable[str]) -> _Tree:
    """The names by level. None stands for all of a member, and wins over a part of it."""
    tree: _Tree = {}
    for name in names:
        _put(tree, name)
    return tree


def _put(tree: _Tree, name: str) -> None:
    head, dot, rest = name.partition(".")
    if not dot:
        tree[head] = None
        return
    inner = tree.setdefault(head, {})
    if inner is not None:
        _put(inner, rest)


def _cut(tree: _Tree, data: Any) -> Any:
    if isinstance(data, list):
        return [_cut(tree, item) for item in data]
    if not isinstance(data, dict):
        return data
    return {name: value if tree[name] is None else _cut(tree[name] or {}, value) for name, value in data.items() if name in tree}


def rehearsed(entry: Entry, data: Any) -> Any:
    """An answer without the ids of records that were rolled back, and without the numbers that they would have got."""
    if isinstance(data, list):
        return [rehearsed(entry, item) for item in data]
    if not isinstance(data, dict):
        return data
    record_id = data.get("id")
    shown = {name: rehearsed(entry, value) for name, value in data.items()}
    if record_id in entry.created:
        shown |= {name: None for name in ("id", *_NUMBERS) if name in shown}
    elif record_id in entry.numbered and "number" in shown:
        shown["number"] = None
    return shown
