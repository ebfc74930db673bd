"""References to things, as callers write them. Pure: it knows no database."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from identifiers.errors import AmbiguousIdentifier, EntityNotFound, quoted
from identifiers.forms import hex32
from identifiers.reference import Reference

T = TypeVar("T")

__all__ = ["resolve"]


def resolve(ref: Reference, find: Callable[[str, str], Sequence[T]]) -> T:
    """The one record that a reference means. `find(member, value)` answers the records that have it, two at the most.

    An id is looked for in its stored spelling, whatever the caller's. Refused: EntityNotFound, AmbiguousIdentifier.
    """
    value = hex32(ref.value) if ref.member == "id" else ref.value
    found = () if value is None else find(ref.member, value)
    if len(found) == 1:
        return found[0]
    named = f"{ref.member} {quoted(ref.value)}"
    if found:
        others = ", ".join(member for member in ref.kind.members if member != ref.member)
        raise AmbiguousIdentifier(f"More than one {ref.kind.words} has the {named}; expected is one that is unique: {others}.")
    hint = "; expected are 32 hexadecimal characters" if value is None else ""
    raise EntityNotFound(f"There is no {ref.kind.words} with the {named}{hint}.")
