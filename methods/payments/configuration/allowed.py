"""What payment types allow: of one type, or of all together."""

from collections.abc import Sequence

from identifiers.reference import Reference
from ledger import queries
from ledger.classification import PAYMENT
from ledger.entry import Reading
from ledger.errors import Refusal, TypeNotAllowed
from ledger.queries import Option, TypeOptions
from ledger.resolving import Names
from ledger.storage.models import TransactionType

REFUSALS: tuple[type[Refusal], ...] = (TypeNotAllowed,)
WORDS = {"type": "payment_type_identifier"}


def payment_types(reading: Reading, reference: Reference | None) -> list[TransactionType]:
    """The type that is named, which has to be one for payments, or all such types."""
    names = Names(reading)
    named = names.type(reference)
    names.settle()
    if named is None:
        return queries.types(reading, PAYMENT)
    if named.classification != PAYMENT:
        raise TypeNotAllowed(f"Type {named.name!r} has the classification {named.classification}; {PAYMENT} is needed.", "type")
    return [named]


def options(reading: Reading, reference: Reference | None) -> list[TypeOptions]:
    """What each of these types allows."""
    types = payment_types(reading, reference)
    found = queries.type_options(reading, [row.pk for row in types])
    return [found[row.pk] for row in types]


def together(allowed: Sequence[Sequence[Option]]) -> list[Option]:
    """Several types' options, each once; a default of one of the types counts as default."""
    found: dict[str, Option] = {}
    for option in (option for of_type in allowed for option in of_type):
        kept = found.get(option.row.id)
        found[option.row.id] = Option(option.row, bool(option.is_default or (kept and kept.is_default)))
    return list(found.values())
