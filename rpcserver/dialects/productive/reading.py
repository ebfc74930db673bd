"""What a document says of a payment, in the ledger's words, with everything that is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger.storage.columns import NOTE_LIMIT
from rpcserver import bodies
from rpcserver.dialects.productive import values
from rpcserver.dialects.productive.words import BLANK, NO_DATE, Problem, attribute, document, refusal, value

TYPE = "payments"
LIMIT = 10**15
"""What no amount reaches, in minor units: 15 digits are kept exactly by every client."""

INVOICE, AMOUNT, PAID_ON, WRITTEN_OFF_ON, NOTE = "invoice", "amount", "paid_on", "written_off_on", "note"

_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """The attributes that a document brings, by name: None where one is blank. An invoice is a row key (0: one that no record has),
    an amount minor units, a date `YYYY-MM-DD`."""

    values: Mapping[str, Any]
    problems: Mapping[str, list[Problem]] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """What was said of an attribute; None where it is blank or was not sent."""
        return self.values.get(name)

    def faults(self, *names: str) -> list[Problem]:
        """What is wrong with the values of these attributes."""
        return [problem for name in names for problem in self.problems.get(name, [])]


def new(body: bytes) -> Sent:
    """What is said of a new payment. Refuses what is no such document, what comes with an id, and values that are missing or wrong:
    the invoice, the amount and a date have to be there."""
    data = _resource(body)
    if data.get("id") is not None:
        detail = "ids are given by the server; send the payment without one"
        raise refusal([Problem(403, "client_generated_id", "Access Denied", detail, ("pointer", "data/id"))])
    sent = _sent(data)
    problems = [
        *(sent.faults(INVOICE) or _blank(sent, INVOICE)),
        *(sent.faults(AMOUNT) or _blank(sent, AMOUNT)),
        *(sent.faults(PAID_ON) or no_date(sent.get(PAID_ON), sent.get(WRITTEN_OFF_ON) or sent.faults(WRITTEN_OFF_ON))),
        *sent.faults(WRITTEN_OFF_ON, NOTE),
    ]
    if problems:
        raise refusal(problems)
    return sent


def changes(body: bytes, pk: str) -> Sent:
    """What is said of a payment that is there, wrong values among it."""
    data = _resource(body)
    given = data.get("id")
    if given is not None and given != pk:
        raise refusal([_conflict("data/id", f"the id {given!r} is not that of the address")])
    return _sent(data)


def wrong(sent: Sent, paid_on: str | None, written_off_on: str | None) -> list[Problem]:
    """What is wrong with changes of a payment that has these dates now."""
    dates = [sent.values.get(PAID_ON, paid_on), sent.values.get(WRITTEN_OFF_ON, written_off_on) or sent.faults(WRITTEN_OFF_ON)]
    return [
        *(sent.faults(INVOICE) or (_blank(sent, INVOICE) if INVOICE in sent.values else [])),
        *(sent.faults(AMOUNT) or (_blank(sent, AMOUNT) if AMOUNT in sent.values else [])),
        *(sent.faults(PAID_ON) or no_date(*dates)),
        *sent.faults(WRITTEN_OFF_ON, NOTE),
    ]


def no_date(paid_on: object, written_off_on: object) -> list[Problem]:
    """A payment has a date of payment; only one that is written off may be without."""
    return [] if paid_on or written_off_on else [attribute(PAID_ON, BLANK), attribute(PAID_ON, NO_DATE)]


def _blank(sent: Sent, name: str) -> list[Problem]:
    return [attribute(name, BLANK)] if sent.get(name) is None else []


def _conflict(pointer: str, detail: str) -> Problem:
    return Problem(409, "conflict", "Conflict", detail, ("pointer", pointer))


def _resource(body: bytes) -> Object:
    found = bodies.parsed(body)
    data = found.get("data")
    if not isinstance(data, dict):
        raise refusal([document("data", "the document needs data: one resource object")])
    type_ = data.get("type")
    if not isinstance(type_, str):
        raise refusal([document("data/type", "the resource object needs a type, which is a text")])
    if type_ != TYPE:
        raise refusal([_conflict("data/type", f"the type {type_!r} is not {TYPE!r}")])
    if not isinstance(data.get("id", ""), str | None):
        raise refusal([document("data/id", "an id is a text")])
    return data


def _member(data: Object, name: str) -> Object:
    """A member that is an object, if it is there."""
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise refusal([document(f"data/{name}", f"{name} are an object")])
    return found


def _sent(data: Object) -> Sent:
    attributes, found, problems = _member(data, "attributes"), {}, {}
    for name, read in _READERS.items():
        if name in attributes:
            found[name], faults = read(attributes[name])
            problems[name] = [make(name, detail) for make, detail in faults]
    named = _invoices(_member(data, "relationships"), attributes)
    if named:
        found[INVOICE], *others = named
        if any(other != found[INVOICE] for other in others):
            problems[INVOICE] = [value(INVOICE, "is named twice, as a relationship and as invoice_id, and not the same")]
    return Sent(found, problems)


def _invoices(relationships: Object, attributes: Object) -> list[int | None]:
    """The invoice as often as it is named: as a relationship, and as an attribute."""
    named: list[int | None] = []
    if INVOICE in relationships:
        named.append(_linkage(relationships[INVOICE]))
    if "invoice_id" in attributes:
        given = attributes["invoice_id"]
        text = "" if given is None else str(given).strip() if isinstance(given, int | str) else "?"
        named.append(_key(text) if text else None)
    return named


def _linkage(relationship: object) -> int | None:
    if not isinstance(relationship, dict) or "data" not in relationship:
        raise refusal([document("data/relationships/invoice", "a relationship is an object with data")])
    data = relationship["data"]
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str) or not isinstance(data.get("id"), str):
        detail = "a relationship to one resource names it by type and id, which are texts"
        raise refusal([document("data/relationships/invoice/data", detail)])
    if data["type"] != "invoices":
        raise refusal([_conflict("data/relationships/invoice/data/type", f"the type {data['type']!r} is not 'invoices'")])
    return _key(data["id"])


def _key(text: str) -> int:
    return int(text) if values.is_key(text) else 0


Read = tuple[Any, list[tuple[Any, str]]]


def _is_blank(given: object) -> bool:
    return given is None or (isinstance(given, str) and not given.strip())


def _amount(given: object) -> Read:
    if _is_blank(given):
        return None, []
    number = values.number(given.strip()) if isinstance(given, str) else given
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or not Decimal(number).is_finite():
        return None, [(attribute, "is not a number")]
    if number <= 0:
        return None, [(attribute, "must be greater than 0")]
    if number >= LIMIT:
        return None, [(attribute, f"must be less than {LIMIT}")]
    if number != int(number):
        return None, [(attribute, "must be an integer")]
    return int(number), []


def _date(given: object) -> Read:
    if _is_blank(given):
        return None, []
    found = values.day(given) if isinstance(given, str) else None
    return found, [] if found else [(attribute, NO_DATE)]


def _note(given: object) -> Read:
    if given is None:
        return None, []
    if not isinstance(given, str):
        return None, [(value, "is not a text")]
    if len(given) > NOTE_LIMIT:
        return None, [(value, f"is too long (maximum is {NOTE_LIMIT} characters)")]
    if _UNSPEAKABLE.search(given):
        return None, [(value, "holds a control character, or half a character")]
    return given, []


_READERS = {AMOUNT: _amount, PAID_ON: _date, WRITTEN_OFF_ON: _date, NOTE: _note}
