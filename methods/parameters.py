"""The types of the parameters: how each is read (values.py), what it is called in tables, and its JSON schema.

A type that may be left out or null is written `Amount | None`. What a parameter means is said where it is declared.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from identifiers import kinds
from identifiers.kinds import Kind
from identifiers.reference import Reference
from ledger.accounts import LONGEST_CREDIT_DAYS, STATES
from ledger.classification import SIGNS
from ledger.configuration import DOORS, PREFIX_LIMIT
from ledger.deliveries import PARKED, WAITING
from ledger.items import QUANTITY_DECIMALS
from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED
from ledger.money import MAX_DECIMALS
from ledger.numbering import PADDING_LIMIT
from ledger.profiles import PAYMENT_TYPES
from ledger.rates import RATE_DECIMALS
from ledger.rights import ROLES
from methods import values
from methods.secrets import secret
from methods.values import Bounds

PASSWORD_MIN = 8
PAGE_MOST, PAGE_LEFT_OUT = 1_000, 100
VAT_RATE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Called:
    """What a type is called in the table of parameters, and the members or words it allows."""

    name: str
    members: tuple[str, ...] = ()


_TITLES = {kinds.TYPE: "Financial transaction type", kinds.CATEGORY: "Financial transaction category"}


_NULL = {"type": "null"}
_READABLE = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$"
_MEMBER: dict[str, Any] = {
    "title": "identifier value",
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": values.TEXT_LIMIT, "pattern": _READABLE},
        {"type": "integer", "minimum": -values.MAX_INTEGER - 1, "maximum": values.MAX_INTEGER},
    ],
}


def _identifier(kind: Kind) -> tuple[Called, PlainValidator, PlainSerializer, WithJsonSchema]:
    schema: dict[str, Any] = {
        "title": f"{kind.words} identifier",
        "oneOf": [
            {"type": "object", "required": [name], "properties": {name: _MEMBER}, "additionalProperties": False}
            for name in kind.members
        ],
        "examples": [kind.example()],
    }
    called = Called(f"{_TITLES.get(kind, kind.words.capitalize())} identifier", kind.members)
    return called, PlainValidator(values.identifier(kind)), PlainSerializer(_named), WithJsonSchema(schema)


def _named(reference: Reference) -> dict[str, str]:
    return {reference.member: reference.value}


_ACCOUNT, _PAYMENT, _TYPE = _identifier(kinds.ACCOUNT), _identifier(kinds.PAYMENT), _identifier(kinds.TYPE)
_CATEGORY, _METHOD, _REASON = _identifier(kinds.CATEGORY), _identifier(kinds.PAYMENT_METHOD), _identifier(kinds.REJECTION_REASON)
_INVOICE, _BILL, _CANCELLATION = _identifier(kinds.INVOICE), _identifier(kinds.BILL), _identifier(kinds.PAYMENT_CANCELLATION)
_USER, _UNIT = _identifier(kinds.USER), _identifier(kinds.UNIT)
_CURRENCY, _CUSTOMER = _identifier(kinds.CURRENCY), _identifier(kinds.CUSTOMER)
_WEBHOOK = _identifier(kinds.WEBHOOK)
_PROFILE, _PROJECT, _SUBSIDIARY = _identifier(kinds.PAYMENT_PROFILE), _identifier(kinds.PROJECT), _identifier(kinds.SUBSIDIARY)

AccountIdentifier = Annotated[Reference, *_ACCOUNT]
PaymentIdentifier = Annotated[Reference, *_PAYMENT]
TypeIdentifier = Annotated[Reference, *_TYPE]
CategoryIdentifier = Annotated[Reference, *_CATEGORY]
MethodIdentifier = Annotated[Reference, *_METHOD]
ReasonIdentifier = Annotated[Reference, *_REASON]
InvoiceIdentifier = Annotated[Reference, *_INVOICE]
BillIdentifier = Annotated[Reference, *_BILL]
CancellationIdentifier = Annotated[Reference, *_CANCELLATION]
UserIdentifier = Annotated[Reference, *_USER]
UnitIdentifier = Annotated[Reference, *_UNIT]
CurrencyIdentifier = Annotated[Reference, *_CURRENCY]
CustomerIdentifier = Annotated[Reference, *_CUSTOMER]
ProfileIdentifier = Annotated[Reference, *_PROFILE]
ProjectIdentifier = Annotated[Reference, *_PROJECT]
SubsidiaryIdentifier = Annotated[Reference, *_SUBSIDIARY]
WebhookIdentifier = Annotated[Reference, *_WEBHOOK]


def _text(called: str, limit: int, least: int = 0) -> tuple[Called, PlainValidator, WithJsonSchema]:
    schema: dict[str, Any] = {"type": "string", "minLength": least, "maxLength": limit, "pattern": _READABLE}
    return Called(called), PlainValidator(values.text(limit, least=least)), WithJsonSchema(schema)


def _secret(least: int = 0) -> tuple[Called, PlainValidator, WithJsonSchema]:
    called, _, schema = _text("String", values.TEXT_LIMIT, least)
    return called, PlainValidator(secret(least=least)), schema


def _integer(least: int, most: int = values.MAX_INTEGER) -> tuple[Called, PlainValidator, WithJsonSchema]:
    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    return Called("Number"), PlainValidator(values.integer(least, most)), WithJsonSchema(schema)


def _decimal(bounds: Bounds, places: int = MAX_DECIMALS) -> tuple[Called, PlainValidator, WithJsonSchema]:
    limits = {"minimum": bounds.least, "exclusiveMinimum": bounds.above, "maximum": bounds.most}
    number: dict[str, Any] = {"type": "number", **{name: limit for name, limit in limits.items() if limit is not None}}
    positive = "(?=.*[1-9])" if bounds.above is not None else ""
    schema = {"anyOf": [number, {"type": "string", "pattern": rf"^{positive}[0-9]{{1,15}}(\.[0-9]{{1,{places}}})?$"}]}
    return Called("Number"), PlainValidator(values.decimal(bounds, places)), WithJsonSchema(schema)


def _word(*words: str) -> tuple[Called, PlainValidator, WithJsonSchema]:
    return Called("String", words), PlainValidator(values.one_of(*words)), WithJsonSchema({"type": "string", "enum": list(words)})


_TEXT, _NOTE = _text("String", values.TEXT_LIMIT), _text("String", values.NOTE_LIMIT)
_NAME, _LINE = _text("String", values.TEXT_LIMIT, least=1), _text("String", values.NOTE_LIMIT, least=1)
_SECRET, _PASSWORD, _PREFIX = _secret(), _secret(least=PASSWORD_MIN), _text("String", PREFIX_LIMIT)
_AMOUNT, _AMOUNT_OR_ZERO = _decimal(Bounds(above=0)), _decimal(Bounds(least=0))
_PERCENTAGE, _VAT_RATE = _decimal(Bounds(least=0, most=100)), _decimal(Bounds(least=0, most=VAT_RATE_MAX))
_QUANTITY, _RATE = _decimal(Bounds(above=0), QUANTITY_DECIMALS), _decimal(Bounds(above=0), RATE_DECIMALS)
_AT_LEAST_0, _AT_LEAST_1, _PAGE = _integer(0), _integer(1), _integer(1, PAGE_MOST)
_DAYS, _PADDING = _integer(0, LONGEST_CREDIT_DAYS), _integer(0, PADDING_LIMIT)
_NEW_STATE, _STATE = _word(DRAFT, POSTED), _word(DRAFT, POSTED, REJECTED, CANCELLED)
_ACCOUNT_STATE, _ACTION, _ROLE = _word(*STATES), _word("ADD", "REMOVE"), _word(*ROLES)
_DOOR, _CLASSIFICATION, _PAYMENT_TYPE = _word(*DOORS), _word(*SIGNS), _word(*PAYMENT_TYPES)
_DELIVERY_STATE = _word(WAITING, PARKED)
_DATE = WithJsonSchema(
    {
        "title": "moment",
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$",
        "examples": ["2014-05-21T16:12:29", "2014-05-21"],
    }
)
_ID = WithJsonSchema(
    {
        "title": "record id",
        "type": "string",
        "pattern": "^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
        "examples": ["7C5B8E9E5A8D1733EBFE75D89C10D8FC"],
    }
)
_ROW = WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,18}$", "examples": ["1024"]})
_OR_EMPTY = BeforeValidator(values.unless_null(dict)), WithJsonSchema({"anyOf": [{"type": "object"}, _NULL]})
_OR_FALSE = BeforeValidator(values.unless_null(bool)), WithJsonSchema({"anyOf": [{"type": "boolean"}, _NULL]})
_OR_TRUE = BeforeValidator(values.unless_null(lambda: True)), WithJsonSchema({"anyOf": [{"type": "boolean"}, _NULL]})
_COUNTED: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": values.MAX_INTEGER}
_OR_ZERO = BeforeValidator(values.unless_null(int)), WithJsonSchema({"anyOf": [_COUNTED, _NULL]})
_PAGED: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": PAGE_MOST}
_OR_A_PAGE = BeforeValidator(values.unless_null(lambda: PAGE_LEFT_OUT)), WithJsonSchema({"anyOf": [_PAGED, _NULL]})
_TAGS = WithJsonSchema({"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": values.TEXT_LIMIT}})
_NAMES = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})

Text = Annotated[str, *_TEXT]
"""At most 255 characters, none of them allowed to be missing from UTF-8 or to control a terminal."""
Name = Annotated[str, *_NAME]
"""A text by which something is found again, so never empty."""
Notes = Annotated[str, *_NOTE]
Line = Annotated[str, *_LINE]
Secret = Annotated[str, *_SECRET]
"""A text that no refusal repeats."""
Password = Annotated[str, *_PASSWORD]
Prefix = Annotated[str, *_PREFIX]
Amount = Annotated[Decimal, *_AMOUNT]
AmountOrZero = Annotated[Decimal, *_AMOUNT_OR_ZERO]
Percentage = Annotated[Decimal, *_PERCENTAGE]
VatRate = Annotated[Decimal, *_VAT_RATE]
Quantity = Annotated[Decimal, *_QUANTITY]
Rate = Annotated[Decimal, *_RATE]
Count = Annotated[int, *_AT_LEAST_1]
Offset = Annotated[int, *_AT_LEAST_0, *_OR_ZERO]
PageSize = Annotated[int, *_PAGE, *_OR_A_PAGE]
"""How many rows to answer at once, where a list is not streamed."""
Days = Annotated[int, *_DAYS]
Padding = Annotated[int, *_PADDING]
Boolean = Annotated[bool, Called("Boolean"), PlainValidator(values.boolean), WithJsonSchema({"type": "boolean"})]
Flag = Annotated[Boolean, *_OR_FALSE]
"""A boolean that is false if it is left out."""
FlagOn = Annotated[Boolean, *_OR_TRUE]
"""A boolean that is true if it is left out."""
UdfFloat = Annotated[float, Called("Float"), PlainValidator(values.udf_float), WithJsonSchema({"type": "number"})]
Moment = Annotated[str, Called("Date"), PlainValidator(values.moment), _DATE]
LastMoment = Annotated[str, Called("Date"), PlainValidator(values.last_moment), _DATE]
RecordId = Annotated[str, Called("String"), PlainValidator(values.record_id), _ID]
RowKey = Annotated[str, Called("String"), PlainValidator(values.row_key), _ROW]
Object = Annotated[dict[str, Any], Called("Object"), PlainValidator(values.an_object), *_OR_EMPTY]
Attributes = Annotated[dict[str, Any], Called("Object"), PlainValidator(values.attributes), WithJsonSchema({"type": "object"})]
Tags = Annotated[tuple[str, ...], Called("List of Strings"), PlainValidator(values.tags), _TAGS]
Anything = Annotated[object, Called("Anything"), WithJsonSchema({})]
NewState = Annotated[str, *_NEW_STATE]
State = Annotated[str, *_STATE]
AccountState = Annotated[str, *_ACCOUNT_STATE]
Action = Annotated[str, *_ACTION]
Role = Annotated[str, *_ROLE]
Door = Annotated[str, *_DOOR]
Classification = Annotated[str, *_CLASSIFICATION]
PaymentType = Annotated[str, *_PAYMENT_TYPE]
DeliveryState = Annotated[str, *_DELIVERY_STATE]
FieldsSet = Annotated[tuple[str, ...], Called("List of Strings, comma separated"), PlainValidator(values.fields_set), _NAMES]
KEPT = BeforeValidator(values.not_null)
"""Marks a member of an update that may be left out but not cleared with null."""
