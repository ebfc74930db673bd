"""Compound documents: which related resources come along, and how resources refer to one another."""

from collections.abc import Iterable, Sequence
from typing import Any

from rpcserver.dialects.productive.query import Member, listed, plain
from rpcserver.dialects.productive.words import parameter, refusal

INVOICE = "invoice"
COMPANY = "invoice.company"
CREATOR = "invoice.creator"
EMPLOYER = "invoice.creator.company"
PATHS = (INVOICE, COMPANY, CREATOR, EMPLOYER)


def paths(members: Sequence[Member]) -> frozenset[str]:
    """The paths to include: those that are asked for with all that lies on their way, else every one there is."""
    said = plain(members)
    if said is None:
        return frozenset(PATHS)
    found: set[str] = set()
    for path in listed(said):
        if path not in PATHS:
            detail = f"Include '{path}' is not supported on this endpoint"
            raise refusal([parameter("include", "unsupported_include", "Unsupported Include", detail)])
        found.update(way for way in PATHS if path == way or path.startswith(f"{way}."))
    return frozenset(found)


def to_one(type_: str, key: object) -> dict[str, Any]:
    """A relationship to one resource, or to none."""
    return {"data": None if key is None else {"type": type_, "id": str(key)}}


def once(resources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each resource once, in the order in which they come first."""
    return list({(resource["type"], resource["id"]): resource for resource in resources}.values())
