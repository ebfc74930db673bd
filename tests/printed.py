"""Printed examples held against answers: what a listed substitution allows may differ, and nothing else."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "published"


class Substitute(ABC):
    """What may stand where something else is printed."""

    @abstractmethod
    def fits(self, printed: Any, answered: Any) -> bool:
        """Whether this answer may stand for what is printed."""


@dataclass
class Id(Substitute):
    """An id that another server gave: one of ours for each of theirs. `as_text` where they print numbers and we say texts."""

    as_text: bool = False
    ours: dict[Any, Any] = field(default_factory=dict)

    def fits(self, printed: Any, answered: Any) -> bool:
        if type(answered) is not (str if self.as_text else type(printed)):
            return False
        theirs = {ours: theirs for theirs, ours in self.ours.items()}
        return bool(self.ours.setdefault(printed, answered) == answered and theirs.get(answered, printed) == printed)


@dataclass
class Form(Substitute):
    """A value that the server makes up; both have this form."""

    pattern: str

    def fits(self, printed: Any, answered: Any) -> bool:
        return all(isinstance(each, str) and re.fullmatch(self.pattern, each) for each in (printed, answered))


@dataclass
class Ours(Substitute):
    """Something that is different here, for a reason that is said beside it."""

    theirs: Any
    ours: Any

    def fits(self, printed: Any, answered: Any) -> bool:
        return same(printed, self.theirs) and same(answered, self.ours)


Substitutions = Mapping[str, Substitute]
"""What may differ where: places as `data.*.attributes.amount`, a star for any one step."""


def document(name: str) -> Any:
    """A printed document that is too long for a test's own file."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def same(printed: Any, answered: Any) -> bool:
    """Whether two leaves are the same value in the same type: 10.0 is not 10, true is not 1."""
    return type(printed) is type(answered) and bool(printed == answered)


def assert_as_printed(answered: Any, printed: Any, substitutions: Substitutions) -> None:
    """The answer is what is printed: all members, their order, the values. A substitution that is never made may not be listed."""
    used: set[str] = set()
    assert list(differences(answered, printed, substitutions, used)) == []
    assert [place for place in substitutions if place not in used] == [], "substitutions that nobody needs"


def differences(answered: Any, printed: Any, substitutions: Substitutions, used: set[str], place: str = "") -> Iterator[str]:
    """What differs, each with its place."""
    allowed = [(key, each) for key, each in substitutions.items() if _covers(key, place)]
    for key, substitute in allowed:
        if substitute.fits(printed, answered):
            used.add(key)
            return
    if isinstance(printed, dict) and isinstance(answered, dict):
        if list(printed) != list(answered):
            yield f"{place}: members {_odd(list(answered), list(printed))}"
        for name in printed:
            if name in answered:
                yield from differences(answered[name], printed[name], substitutions, used, f"{place}.{name}".lstrip("."))
    elif isinstance(printed, list) and isinstance(answered, list):
        if len(printed) != len(answered):
            yield f"{place}: {len(answered)} instead of {len(printed)}"
        for number, (theirs, ours) in enumerate(zip(printed, answered, strict=False)):
            yield from differences(ours, theirs, substitutions, used, f"{place}.{number}".lstrip("."))
    elif not same(printed, answered):
        yield f"{place}: {answered!r} instead of {printed!r}"


def _covers(key: str, place: str) -> bool:
    return re.fullmatch(r"[^.]+".join(map(re.escape, key.split("*"))), place) is not None


def _odd(answered: list[str], printed: list[str]) -> str:
    missing = [name for name in printed if name not in answered]
    more = [name for name in answered if name not in printed]
    return f"missing {missing}, not printed {more}" if missing or more else f"in the order {answered}"
