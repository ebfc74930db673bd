"""Asking for what is another's, and for what is nobody's, in the same words: the two answers have to be the same, byte by byte."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from identifiers.forms import dashed
from identifiers.kinds import Kind
from methods import METHODS
from methods.method import parameter_table
from rpcserver.envelope import JSON
from tests.access.houses import AMOUNT, DAY, OWNED, Record
from tests.access.rows import kind_of
from tests.access.straight import Got, Straight

Body = dict[str, Any]

OF_EACH_ANSWER = {"x-request-id", "date", "content-length"}
"""Headers that differ from one answer to another, or only in what was sent."""
NUMBER = "Number"
_ID = re.compile(r"[0-9A-F]{32}")


@dataclass(frozen=True)
class Pair:
    """What names something of another's, and what names nothing, in the same form."""

    theirs: Any
    nobodys: Any

    def of(self, spell: Any) -> "Pair":
        """Both, spelled another way."""
        return Pair(spell(self.theirs), spell(self.nobodys))


def unlike(value: str) -> str:
    """A value of the same form that no record has."""
    return value[:-1] + ("0" if value[-1] != "0" else "1") if _ID.fullmatch(value) else f"{value}9"


def pair(value: str) -> Pair:
    return Pair(value, unlike(value))


def forms(member: str, value: str) -> Iterator[Pair]:
    """A member's value in each of its spellings."""
    yield pair(value)
    if member == "id":
        yield from (pair(value).of(spell) for spell in (str.lower, dashed, lambda id_: dashed(id_).upper()))
    elif value.isdecimal():
        yield pair(value).of(int)


def said(record: Record) -> Iterator[Pair]:
    """All that a record can be told by, in the spellings of all doors."""
    for member, value in record.names.items():
        yield from forms(member, value)
    yield Pair(record.pk, record.pk + 10**6)


def of_payments() -> Iterator[Pair]:
    """What lists of payments can be filtered by, and only another's has."""
    yield Pair(DAY, DAY[:-1] + "5")
    yield Pair(AMOUNT, AMOUNT[:-1] + "5")
    yield Pair(AMOUNT.replace(".", ""), AMOUNT.replace(".", "")[:-1] + "5")


def differences(one: Got, other: Got, asked: Pair) -> list[tuple[object, object]]:
    """In what two answers differ, what was sent and what belongs to every answer left aside."""
    one_told, other_told = ((got.status, _headers(got, asked), _bare(got.text, asked)) for got in (one, other))
    pairs: list[tuple[object, object]] = list(zip(one_told, other_told, strict=True))
    return [found for found in pairs if found[0] != found[1]]


def _headers(got: Got, asked: Pair) -> Mapping[str, str]:
    return {name: _bare(value, asked) for name, value in got.headers.items() if name not in OF_EACH_ANSWER}


def _bare(text: str, asked: Pair) -> str:
    """A text without the values that were sent, in whatever spelling; one of them may begin with the other."""
    for value in sorted((str(asked.theirs), str(asked.nobodys)), key=len, reverse=True):
        for spelled in dict.fromkeys((value, value.replace("-", ""), quote(value, safe=""), quote_plus(value))):
            text = re.sub(re.escape(spelled), "§", text, flags=re.IGNORECASE)
    return text


# --- the native door ---


@dataclass(frozen=True)
class Asker:
    """Who asks for what: a method under a prefix, with a token."""

    straight: Straight
    token: str
    path: str
    prefix: str = ""

    def post(self, body: Body) -> Got:
        sent = json.dumps({"token": self.token, **body}).encode()
        return self.straight.ask("POST", f"{self.prefix}/{self.path}", body=sent, headers={"Content-Type": JSON})

    def get(self, query: Mapping[str, object]) -> Got:
        return self.straight.ask("GET", f"{self.prefix}/{self.path}", urlencode(query), headers={"X-Auth-Token": self.token})

    def batch(self, body: Body) -> Got:
        """The call inside a batch; of a list a page of one."""
        is_list = any(row.name == "number_of_results" for row in parameter_table(METHODS[self.path]))
        few = {"number_of_results": 1} if is_list else {}
        sent = {"token": self.token, "calls": [{"method": self.path, "params": {**few, **body}}]}
        headers = {"Content-Type": JSON}
        return self.straight.ask("POST", f"{self.prefix}/batch", body=json.dumps(sent).encode(), headers=headers)

    def every_way(self, body: Body, name: str, member: str, value: object) -> Iterator[Got]:
        """The same question in every way in which it can be asked."""
        named = {**body, name: {member: value}}
        yield self.post(named)
        yield self.batch(named)
        query = {each: f"id={its['id']}" if isinstance(its, dict) else its for each, its in body.items() if each != name}
        yield self.get({**query, name: f"{member}={value}"})
        yield self.get({**query, f"{name}[{member}]": value})
        yield self.get({**query, name: json.dumps({member: value})})


def identifiers(path: str) -> Iterator[tuple[str, Kind]]:
    """The parameters of a method that name what belongs to customers."""
    for row in parameter_table(METHODS[path]):
        kind = kind_of(row)
        if kind is not None and kind in OWNED:
            yield row.name, kind


def others(path: str) -> Iterator[tuple[str, bool]]:
    """The parameters of a method that name nothing, but may say something of a record; and whether they are numbers."""
    table = parameter_table(METHODS[path])
    yield from ((row.name, row.type == NUMBER) for row in table if kind_of(row) is None and row.name != "token")
