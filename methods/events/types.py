"""The types of events as a parameter: all of them, or some."""

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from identifiers.errors import quoted
from ledger.happenings import TYPES
from methods.parameters import Called
from methods.values import refused

_ONE_OF_THEM = {"type": "string", "enum": list(TYPES)}


def event_types(value: object) -> tuple[str, ...]:
    """Reads types of events: comma separated text or a list, each of them once."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(isinstance(name, str) for name in given):
        raise refused(
            f"{quoted(value)} was sent; expected are types of events separated by commas, or a list of them, as in {TYPES[0]}."
        )
    types = tuple(dict.fromkeys(name.strip() for name in given))
    unknown = [quoted(name) for name in types if name not in TYPES]
    if unknown:
        raise refused(f"{', '.join(unknown[:5])}: no such type of event; expected are types out of {', '.join(TYPES)}.")
    return types


EventTypes = Annotated[
    tuple[str, ...],
    Called("List of Strings, comma separated", TYPES),
    PlainValidator(event_types),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": _ONE_OF_THEM}]}),
]
