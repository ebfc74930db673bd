"""Notes every refusal that the native door answers and that its method does not document."""

from collections.abc import Callable

import pytest

from ledger.errors import MandatoryParameterMissing, NotAllowedInBatch, Refusal
from methods.method import Method
from rpcserver import batch, dispatch

Refusals = tuple[type[Refusal], ...]
_KNOWN: dict[int, Refusals] = {}


def of_method(method: Method) -> Refusals:
    """What a method documents, worked out once."""
    known = _KNOWN.get(id(method))
    if known is None:
        known = _KNOWN[id(method)] = method.all_refusals
    return known


def watched(monkeypatch: pytest.MonkeyPatch, documented: Callable[[Method], Refusals] = of_method) -> list[str]:
    """From now on, in this process: the refusals that were answered and are not documented."""
    strangers: list[str] = []
    answered, enveloped = dispatch.Visit.refused, vars(batch.Refused)["envelope"].fget

    def note(refusal: Refusal, method: Method | None, also: Refusals = ()) -> None:
        if method is not None and type(refusal) not in (*documented(method), *also):
            strangers.append(f"{refusal.code} ({refusal.message}) by: {method.summary}")

    def refused(visit: dispatch.Visit, refusal: Refusal) -> object:
        note(refusal, visit._method)
        return answered(visit, refusal)

    # Two refusals are the batch's own: of what has no place in it, and of a list that does not say how many rows it wants.
    def envelope(inner: batch.Refused) -> object:
        many = inner.method is not None and inner.method.many
        note(inner.refusal, inner.method, (NotAllowedInBatch, *((MandatoryParameterMissing,) if many else ())))
        return enveloped(inner)

    monkeypatch.setattr(dispatch.Visit, "refused", refused)
    monkeypatch.setattr(batch.Refused, "envelope", property(envelope))
    return strangers
