"""Filters: `filter[invoice_id]=1,2`, `filter[invoice_id][]=1`, `filter[amount][gt_eq]=100`, and groups of them,
`filter[$op]=or&filter[0][number]=P1&filter[1][number]=P2`, within one another too."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.queries.conditions import Group, Match, Part
from ledger.storage.columns import TEXT_LIMIT
from rpcserver.dialects.productive import values
from rpcserver.dialects.productive.query import Member, listed, unknown
from rpcserver.dialects.productive.words import parameter, refusal

MOST_LEVELS, MOST_CONDITIONS, MOST_VALUES = 8, 100, 500
OPERATION = "$op"
IS, IS_NOT = "eq", "not_eq"

_PLACE = re.compile(r"[0-9]{1,9}")
_LAST_KEY = 2**63 - 1


def _key(text: str) -> int:
    """A row key. An id is any text here: one that no record could have is one that no record has."""
    return int(text) if values.is_key(text) else 0


def _day(text: str) -> str:
    found = values.day(text)
    if found is None:
        raise ValueError("is not a date; expected is one as in 2021-01-24")
    return found


def _amount(text: str) -> int:
    found = values.minor(text)
    if found is None or abs(found) > _LAST_KEY:
        raise ValueError("is no amount; expected is an integer in minor units")
    return found


def _words(text: str) -> str:
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"is longer than {TEXT_LIMIT} characters")
    return text


@dataclass(frozen=True, slots=True)
class Filter:
    """What one filter compares: the ledger's word, the operations with the ledger's names of them, how a value is read."""

    word: str
    operations: Mapping[str, str]
    read: Callable[[str], Any] = _words
    is_array: bool = False


_MEMBERSHIP = {IS: IS, IS_NOT: IS_NOT, "contains": IS, "not_contain": IS_NOT}
_ORDERED = {name: name for name in (IS, IS_NOT, "gt", "gt_eq", "lt", "lt_eq")}
_TEXT = {name: name for name in (IS, IS_NOT, "contains", "not_contain")}


def _of_keys(word: str) -> Filter:
    return Filter(word, _MEMBERSHIP, _key, is_array=True)


FILTERS: Mapping[str, Filter] = {
    "id": _of_keys("pk"),
    "invoice_id": _of_keys("invoice"),
    "company_id": _of_keys("customer"),
    "project_id": _of_keys("project"),
    "budget_id": _of_keys("project"),
    "subsidiary_id": _of_keys("subsidiary"),
    "paid_on": Filter("received_on", _ORDERED, _day),
    "paid_after": Filter("received_on", {IS: "gt_eq"}, _day),
    "paid_before": Filter("received_on", {IS: "lt_eq"}, _day),
    "written_off_on": Filter("written_off_on", _ORDERED, _day),
    "amount": Filter("amount", _ORDERED, _amount),
    "number": Filter("number", _TEXT),
    "external_id": Filter("back_office_code", _TEXT),
    "query": Filter("text", {IS: "contains", "contains": "contains"}),
}


@dataclass(slots=True)
class _Node:
    """One level of the filter: how its parts are joined, its conditions, and the groups below."""

    any: bool = False
    conditions: dict[tuple[str, str], list[Member]] = field(default_factory=dict)
    groups: dict[int, "_Node"] = field(default_factory=dict)

    def part(self) -> Part | None:
        """What it stands for; nothing, if it is empty."""
        below = [group.part() for _, group in sorted(self.groups.items())]
        parts = (*(_match(*names, sent) for names, sent in self.conditions.items()), *(part for part in below if part is not None))
        return Group(self.any, parts) if len(parts) > 1 else parts[0] if parts else None


def where(members: Sequence[Member]) -> Part | None:
    """The filter that a request asks for, in the ledger's words."""
    if sum(member.value.count(",") + 1 for member in members) > MOST_VALUES:
        raise refusal([unknown("filter", f"at most {MOST_VALUES} values are read")])
    root = _Node()
    count = 0
    for member in members:
        node, rest = _placed(root, member)
        if rest == (OPERATION,):
            node.any = _is_any(member)
            continue
        names = _names(member, rest)
        count += names not in node.conditions
        node.conditions.setdefault(names, []).append(member)
    if count > MOST_CONDITIONS:
        raise refusal([unknown("filter", f"at most {MOST_CONDITIONS} conditions are read")])
    return root.part()


def _placed(root: _Node, member: Member) -> tuple[_Node, tuple[str, ...]]:
    """The group that a parameter stands in, and the rest of its name."""
    node, rest, level = root, member.path, 0
    while rest and _PLACE.fullmatch(rest[0]):
        level += 1
        if level > MOST_LEVELS:
            raise refusal([unknown(member.name, f"filters are read {MOST_LEVELS} groups deep")])
        node, rest = node.groups.setdefault(int(rest[0]), _Node()), rest[1:]
    return node, rest


def _is_any(member: Member) -> bool:
    if member.value in ("and", "or"):
        return member.value == "or"
    raise _unusable(member, f"{member.value!r} joins no filters; expected is and, or or")


def _names(member: Member, rest: tuple[str, ...]) -> tuple[str, str]:
    """The filter and the operation that a parameter names; `[]` at its end makes a list of it."""
    name, *after = rest or ("",)
    if name not in FILTERS:
        title, detail = "Unsupported Filter", f"Filter '{name}' is not supported on this endpoint"
        raise refusal([parameter(member.name, "unsupported_filter", title, detail)])
    operation = (after[:-1] if after and not after[-1] else after) or [IS]
    if len(operation) > 1 or operation[0] not in FILTERS[name].operations:
        title = "Unsupported Filter Operation"
        detail = f"Operation '{']['.join(operation)}' is not supported for filter '{name}'"
        raise refusal([parameter(member.name, "unsupported_filter_operation", title, detail)])
    return name, operation[0]


def _match(name: str, operation: str, members: Sequence[Member]) -> Match:
    found = FILTERS[name]
    read = []
    for member in members:
        for text in listed(member.value) if found.is_array else [member.value]:
            try:
                read.append(found.read(text))
            except ValueError as error:
                raise _unusable(member, f"{text[:TEXT_LIMIT]!r} {error}") from None
    if not read:
        raise _unusable(members[0], "there is no value")
    if len(read) > 1 and operation not in _MEMBERSHIP:
        raise _unusable(members[0], f"{operation} compares with one value")
    return Match(found.word, found.operations[operation], tuple(read))


def _unusable(member: Member, detail: str) -> Exception:
    return refusal([parameter(member.name, "invalid_filter_value", "Invalid Filter Value", detail)])
