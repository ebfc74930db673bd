"""Lists: pages with the number of all rows and links to one another, and what lists can be filtered, cut and ordered by."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import QueryParams

from identifiers.forms import hex32
from ledger.entry import Answer, Reading
from ledger.errors import EntityNotFound
from ledger.queries.ordering import Counted, Order
from ledger.storage.columns import Table
from rpcserver.dialects.waldur import words
from rpcserver.dialects.waldur.fields import TEXT_LIMIT, UnreadableError, day
from rpcserver.dialects.waldur.links import root, target
from rpcserver.dialects.waldur.manners import answer
from rpcserver.rest import Asking, Look

T = TypeVar("T", bound=Table)
Body = dict[str, Any]
Fetch = Callable[[Reading, int, int], Counted[T]]
"""A page of so many rows after so many."""
Show = Callable[[Reading, Sequence[T]], list[Body]]

PAGE, SIZE = "page", "page_size"
DEFAULT_SIZE, LARGEST_SIZE = 10, 300
LAST = "last"
LAST_PAGE = 10**12
"""No list has as many pages, and a database can count as far."""
MOST_DIGITS = 20
FOUR_DIGITS, FIRST_SHORT_YEAR = 4, 69

_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")


@dataclass(slots=True)
class Filters:
    """The filters of a query, read one by one; those that are wrong are refused together. Blank ones filter nothing."""

    query: QueryParams
    errors: dict[str, list[str]] = field(default_factory=dict)

    def day(self, name: str) -> str | None:
        """A day, as `YYYY-MM-DD` or the American way."""
        return self._read(name, _day, words.NO_FILTER_DATE)

    def uuid(self, name: str) -> str | None:
        """The id of a record."""
        return self._read(name, hex32, words.NO_FILTER_UUID)

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        """One or several of a few words."""
        given = [value for value in self.query.getlist(name) if value]
        unknown = [value for value in given if value not in allowed]
        if unknown:
            self.errors[name] = [f"Select a valid choice. {unknown[0][:100]} is not one of the available choices."]
        return given

    def text(self, name: str) -> str | None:
        """A part of a text to look for, as it is."""
        given = self.query.get(name) or None
        if given is not None and len(given) > TEXT_LIMIT:
            self.errors[name] = [f"Ensure this value has at most {TEXT_LIMIT} characters (it has {len(given)})."]
        return given

    def truth(self, name: str) -> bool | None:
        """Yes or no; what is neither filters nothing."""
        return {"true": True, "false": False}.get(self.query.get(name, "").lower())

    def settle(self) -> None:
        """Refuses: INVALID_PARAMETER."""
        if self.errors:
            raise words.wrong(self.errors)

    def _read(self, name: str, read: Callable[[str], str | None], sentence: str) -> str | None:
        given = self.query.get(name, "").strip()
        found = read(given) if given else None
        if given and found is None:
            self.errors[name] = [sentence]
        return found


def linked(query: QueryParams, name: str, collection: str) -> str | None:
    """The id in a filter that is a hyperlink: None where nothing is asked for, "" where it is no record of the collection.

    Refuses: ENTITY_NOT_FOUND (a path that leads nowhere)."""
    given = query.get(name, "").strip()
    if not given:
        return None
    found = target(given)
    if found is None and given.startswith(("http:", "https:", "/")):
        raise words.detailed(EntityNotFound, words.NOT_FOUND)
    return (hex32(found.name) if found and found.collection == collection else None) or ""


def ordered(query: QueryParams, words_: Mapping[str, str]) -> Order:
    """The order that is asked for in `o`; words that are not known are passed over, and so is one that comes
    again. Oldest first, where none is left."""
    given = [word for value in query.getlist("o") for word in value.split(",")]
    found: dict[str, bool] = {}
    for word in given:
        if word.lstrip("-") in words_:
            found.setdefault(words_[word.lstrip("-")], word.startswith("-"))
    return list(found.items()) or [("pk", False)]


def cut(query: QueryParams, bodies: Sequence[Body]) -> list[Body]:
    """The members that are asked for in `field`, or all."""
    wanted = set(query.getlist("field"))
    if not wanted:
        return list(bodies)
    return [{name: value for name, value in body.items() if name in wanted} for body in bodies]


def paged(asking: Asking, fetch: Fetch[T], show: Show[T], *, cuts: bool = False) -> Look:
    """Answer with the page that is asked for. Refuses: ENTITY_NOT_FOUND (there is no such page)."""
    size = _size(asking.query.get(SIZE, ""))
    wanted = asking.query.get(PAGE, "").strip() or "1"

    def run(reading: Reading) -> Answer:
        number = _last(fetch(reading, 1, 0).total, size) if wanted == LAST else _number(wanted)
        found = fetch(reading, size, (number - 1) * size)
        last = _last(found.total, size)
        if number > last:
            raise words.detailed(EntityNotFound, words.INVALID_PAGE)
        shown = show(reading, found.rows)
        headers = {"X-Result-Count": str(found.total), "Link": _links(asking, number, last)}
        return answer(asking.request, 200, cut(asking.query, shown) if cuts else shown, **headers)

    return Look(run)


def _size(given: str) -> int:
    return min(_natural(given) or DEFAULT_SIZE, LARGEST_SIZE)


def _number(given: str) -> int:
    number = _natural(given)
    if not 0 < number < LAST_PAGE:
        raise words.detailed(EntityNotFound, words.INVALID_PAGE)
    return number


def _natural(given: str) -> int:
    """A number in plain digits, however large it is; 0 for anything else."""
    return int(given[:MOST_DIGITS]) if given.isascii() and given.isdigit() else 0


def _last(total: int, size: int) -> int:
    return max(1, -(-total // size))


def _links(asking: Asking, number: int, last: int) -> str:
    places = [("first", 1), ("prev", number - 1), ("next", number + 1), ("last", last)]
    there = [(name, place) for name, place in places if 1 <= place <= last]
    return ", ".join(f'<{_address(asking, place)}>; rel="{name}"' for name, place in there)


def _address(asking: Asking, place: int) -> str:
    """The address of another page: all that was asked for, in alphabetical order, and the page unless it is the first."""
    given = parse_qs(asking.request.url.query, keep_blank_values=True)
    given.pop(PAGE, None)
    if place > 1:
        given[PAGE] = [str(place)]
    query = urlencode(sorted(given.items()), doseq=True)
    return root(asking.request) + asking.request.url.path + (f"?{query}" if query else "")


def _day(given: str) -> str | None:
    try:
        return day(given)
    except UnreadableError:
        return _american_day(given)


def _american_day(given: str) -> str | None:
    parts = _AMERICAN.fullmatch(given)
    if parts is None:
        return None
    try:
        return date(_year(parts[3]), int(parts[1]), int(parts[2])).isoformat()
    except ValueError:
        return None


def _year(digits: str) -> int:
    """Years of two digits lie between 1969 and 2068."""
    return int(digits) if len(digits) == FOUR_DIGITS else int(digits) + (1900 if int(digits) >= FIRST_SHORT_YEAR else 2000)
