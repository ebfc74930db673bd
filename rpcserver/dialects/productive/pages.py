"""Pages: by number, or after a record; and the links from one to another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ledger.queries.conditions import Match, Part
from ledger.queries.ordering import OLDEST_FIRST, Order
from rpcserver.dialects.productive import values
from rpcserver.dialects.productive.query import Families, Member, inner, plain, unknown
from rpcserver.dialects.productive.words import parameter, refusal

SIZE, MOST = 30, 200
LAST_NUMBER = 10**9
NUMBER, LENGTH, AFTER = "page[number]", "page[size]", "page[after]"
PER_PAGE = "per_page"

_OWN = frozenset({NUMBER, LENGTH, AFTER, PER_PAGE})


@dataclass(frozen=True, slots=True)
class Page:
    """Which page: the one of this number, or what comes after the record of this key (0: from the beginning)."""

    number: int = 1
    size: int = SIZE
    after: int | None = None

    @property
    def offset(self) -> int:
        return 0 if self.after is not None else (self.number - 1) * self.size

    @property
    def beyond(self) -> Part | None:
        """What the rows of the page fulfil besides the filter."""
        return Match("pk", "gt", (self.after,)) if self.after is not None else None


def page(families: Families, order: Order) -> Page:
    """The page that a request asks for; sizes above the largest are cut to it."""
    sent = dict(inner(families["page"]))
    for name, member in sent.items():
        if name not in ("number", "size", "after"):
            raise refusal([unknown(member.name, f"{member.name!r} is not a parameter of this endpoint")])
    size = _size(sent.get("size"), families[PER_PAGE])
    number = _whole(NUMBER, sent["number"].value, LAST_NUMBER) if "number" in sent else 1
    if "after" not in sent:
        return Page(number, size)
    if order != OLDEST_FIRST or "number" in sent:
        raise _unusable(AFTER, "page[after] goes with neither sort nor page[number]")
    after = sent["after"].value.strip()
    if after and not values.is_key(after):
        raise _unusable(AFTER, f"{after!r} is not the id of a payment")
    return Page(1, size, int(after or 0))


def _size(size: Member | None, per_page: Sequence[Member]) -> int:
    alias = plain(per_page)
    found = [_whole(LENGTH, size.value)] if size else []
    if alias is not None:
        found.append(_whole(PER_PAGE, alias))
    if len(set(found)) > 1:
        raise _unusable(PER_PAGE, f"{PER_PAGE} and {LENGTH} differ")
    return min(found[0], MOST) if found else SIZE


def _whole(name: str, text: str, most: int | None = None) -> int:
    found = int(text) if values.is_key(text.strip()) else 0
    if not found or (most is not None and found > most):
        raise _unusable(name, f"{text!r} is no {'size' if most is None else 'number'} of a page; the first is 1")
    return found


def _unusable(name: str, detail: str) -> Exception:
    return refusal([parameter(name, "invalid_page", "Invalid Page", detail)])


def total_pages(total: int, size: int) -> int:
    """How many pages a list has; none, if it is empty."""
    return -(-total // size)


def figures(asked: Page, total: int) -> dict[str, Any]:
    """What `meta` says about the pages."""
    current = {} if asked.after is not None else {"current_page": asked.number}
    return {
        **current,
        "total_pages": total_pages(total, asked.size),
        "total_count": total,
        "page_size": asked.size,
        "max_page_size": MOST,
    }


def links(address: str, query: Iterable[tuple[str, str]], asked: Page, total: int, last_key: int | None) -> dict[str, str]:
    """The pages beside this one; `address` is that of the list, `query` that of the request, which the links repeat. `last_key`:
    the last record of a page after which there are more."""
    others = [(name, value) for name, value in query if name not in _OWN]

    def link(**own: object) -> str:
        return f"{address}?{urlencode([*others, *((f'page[{name}]', str(value)) for name, value in own.items())])}"

    if asked.after is not None:
        first = {"first": link(after="", size=asked.size)}
        return first if last_key is None else {**first, "next": link(after=last_key, size=asked.size)}
    last = max(total_pages(total, asked.size), 1)
    found = {"first": link(number=1, size=asked.size), "last": link(number=last, size=asked.size)}
    if asked.number > 1:
        found["prev"] = link(number=min(asked.number - 1, last), size=asked.size)
    if asked.number < last:
        found["next"] = link(number=asked.number + 1, size=asked.size)
    return found
