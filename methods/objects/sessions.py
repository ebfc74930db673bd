"""Tokens, callers, and the envelopes that a batch answers."""

from typing import Any

from methods.objects.configuration import CurrencyShape
from methods.objects.people import CustomerShort, UnitShape
from methods.shape import Id, Shape


class Nothing(Shape):
    """The empty object of a method that has nothing to answer."""


class Token(Shape):
    token: str | None


class OrganisationShape(Shape):
    id: Id
    name: str
    default_currency: CurrencyShape


class Caller(Shape):
    """Who calls, and with which rights."""

    id: Id
    username: str
    person_name: str | None
    email: str | None
    role: str
    rights: list[str]
    unit: UnitShape | None
    customers_set: list[CustomerShort]
    organisation: OrganisationShape


class EnvelopeFault(Shape):
    """One thing that is wrong with a call."""

    parameter: str
    code: str
    message: str


class EnvelopeStatus(Shape):
    """How a call went. `errors` is there when parameters or identifiers were refused: everything that is wrong with them."""

    code: str
    message: str | None
    description: str | None
    errors: list[EnvelopeFault]


class Envelope(Shape):
    """What one call of a batch is answered."""

    status: EnvelopeStatus
    data: Any
