"""The query of a request: families of parameters (`page[size]`), refused where a name is reserved or a value would be lost."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rpcserver.dialects.productive.words import Problem, parameter, refusal

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
_RESERVED = re.compile(r"[a-z]+")
"""Names of these letters alone belong to JSON:API; any other unknown name is somebody's own and let pass."""

Path = tuple[str, ...]


class Member(NamedTuple):
    """One parameter of a family: what stands in its brackets, its value, and how it was spelled."""

    path: Path
    value: str
    name: str


Families = dict[str, list[Member]]


def families(pairs: Iterable[tuple[str, str]], known: frozenset[str]) -> Families:
    """The parameters by family. Refused: unknown names, wrong brackets, and a name that comes twice without being a list."""
    found: Families = {name: [] for name in known}
    seen = set()
    for name, value in pairs:
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise _wrong(name, "is not spelled as a parameter is")
        family = parts[1]
        if family not in known:
            if _RESERVED.fullmatch(family):
                raise _wrong(name, "is not a parameter of this endpoint")
            continue
        if name in seen and not name.endswith("[]"):
            raise _wrong(name, "was sent more than once; a list is spelled with commas, or with [] at the end of the name")
        seen.add(name)
        found[family].append(Member(tuple(_BRACKETED.findall(parts[2])), value, name))
    return found


def plain(members: Iterable[Member]) -> str | None:
    """The value of a parameter that takes no brackets, if it was sent."""
    value = None
    for member in members:
        if member.path:
            raise _wrong(member.name, "takes no brackets")
        value = member.value
    return value


def inner(members: Iterable[Member]) -> Iterator[tuple[str, Member]]:
    """The parameters of a family that takes one name in brackets, by that name."""
    for member in members:
        if len(member.path) != 1 or not member.path[0]:
            raise _wrong(member.name, "takes one name in brackets")
        yield member.path[0], member


def listed(value: str) -> list[str]:
    """The parts of a value between its commas; none of the empty value."""
    return [part.strip() for part in value.split(",")] if value.strip() else []


def _wrong(name: str, why: str) -> Exception:
    return refusal([unknown(name, f"{name!r} {why}")])


def unknown(name: str, detail: str) -> Problem:
    """A parameter that this endpoint cannot read."""
    return parameter(name, "invalid_query_parameter", "Invalid Query Parameter", detail)
