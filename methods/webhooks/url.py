"""The URL of a receiver as a parameter."""

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from identifiers.errors import quoted
from ledger.destinations import URL_LIMIT, read
from methods.parameters import Called
from methods.values import refused


def url(value: object) -> str:
    """Reads an absolute URL with http or https; whether it leads where something may be sent is looked at later."""
    if not isinstance(value, str):
        raise refused(f"{quoted(value)} was sent; expected is a URL, as in https://erp.example.com/hooks.")
    try:
        read(value)
    except ValueError as error:
        raise refused(f"{quoted(value)} was sent: {error}.") from None
    return value


Url = Annotated[
    str,
    Called("URL"),
    PlainValidator(url),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": URL_LIMIT}),
]
