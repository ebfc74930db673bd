"""Sparse fieldsets: `fields[payments]=amount,invoice` leaves these attributes and relationships of each payment."""

from collections.abc import Mapping, Sequence
from typing import Any

from rpcserver.dialects.productive.query import Member, inner, listed

Fields = Mapping[str, frozenset[str]]
Resource = dict[str, Any]


def fields(members: Sequence[Member]) -> Fields:
    """The names that are wanted, by type of resource. Names that a type does not have find nothing."""
    return {type_: frozenset(listed(member.value)) for type_, member in inner(members)}


def cut(resource: Resource, wanted: Fields) -> Resource:
    """The resource with what is wanted of it; attributes and relationships of which nothing is left go as a whole."""
    names = wanted.get(resource["type"])
    if names is None:
        return resource
    left = {
        part: {name: value for name, value in resource[part].items() if name in names} for part in ("attributes", "relationships")
    }
    return {"id": resource["id"], "type": resource["type"], **{part: members for part, members in left.items() if members}}
