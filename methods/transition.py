"""A move of one record from state to state: what post and reject, of payments and of invoices, share."""

from collections.abc import Callable
from typing import TypeVar

from identifiers.reference import Reference
from ledger import errors
from ledger.entry import Entry, Reading
from ledger.resolving import Look, Names
from ledger.storage.models import Invoice, Payment, RejectionReason
from methods.answers import Data
from methods.naming import found

T = TypeVar("T", Payment, Invoice)

POSTING: tuple[type[errors.Refusal], ...] = (errors.InvalidLifeCycleState, errors.AccountNotOpen, errors.BalanceTooLarge)
REJECTING: tuple[type[errors.Refusal], ...] = (errors.InvalidLifeCycleState, errors.RejectionReasonNotAllowed)


def posted(
    entry: Entry,
    named: Callable[[Names], Look[T]],
    reference: Reference,
    post: Callable[[Entry, T], T],
    show: Callable[[Reading, T], Data],
) -> Data:
    """Post the record that is named, and show it as it is then."""
    return show(entry, post(entry, found(entry, named, reference)))


def rejected(
    entry: Entry,
    named: Callable[[Names], Look[T]],
    references: tuple[Reference, Reference | None],
    reject: Callable[[Entry, T, RejectionReason | None], T],
    show: Callable[[Reading, T], Data],
) -> Data:
    """Reject the record that is named first, for the reason that may be named second."""
    names = Names(entry)
    record, reason = named(names)(references[0]), names.reason(references[1])
    names.settle()
    return show(entry, reject(entry, record, reason))
