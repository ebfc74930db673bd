"""Refusals: one class a rule, in order of precedence."""

import pytest

from ledger import errors
from ledger.errors import AmbiguousIdentifier, EntityNotFound, Fault, Refusal, by_code, refusal_of


def test_every_refusal_is_in_the_order_of_precedence_once() -> None:
    defined = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Refusal)]
    assert sorted(errors.REFUSALS, key=lambda refusal: refusal.code) == sorted(
        (each for each in defined if each is not Refusal), key=lambda refusal: refusal.code
    )


def test_every_refusal_has_a_code_and_a_meaning_of_its_own() -> None:
    assert len({refusal.code for refusal in errors.REFUSALS}) == len(errors.REFUSALS)
    assert len({refusal.meaning for refusal in errors.REFUSALS}) == len(errors.REFUSALS)
    assert all(refusal.code.replace("_", "").isupper() and refusal.meaning.endswith(".") for refusal in errors.REFUSALS)


def test_a_refusal_is_found_by_its_code() -> None:
    assert all(by_code(refusal.code) is refusal for refusal in errors.REFUSALS)
    with pytest.raises(KeyError):
        by_code("REFUSED")


def test_phases_come_in_the_order_in_which_a_call_is_judged() -> None:
    phases = (
        errors.MalformedRequest,
        errors.InvalidToken,
        errors.NotPermitted,
        errors.InvalidParameter,
        errors.IdempotencyKeyReused,
        errors.EntityNotFound,
        errors.InvalidLifeCycleState,
        errors.ServiceUnavailable,
    )
    places = [errors.REFUSALS.index(phase) for phase in phases]
    assert places == sorted(places)


def test_a_refusal_about_a_word_has_a_fault_and_one_about_none_has_not() -> None:
    refusal = EntityNotFound("there is none", "payment")
    assert refusal.faults == (Fault("payment", "ENTITY_NOT_FOUND", "there is none"),)
    assert EntityNotFound("there is none").faults == ()
    assert str(refusal) == refusal.message == "there is none"
    assert errors.TooManyRequests("wait", retry_after=3).values == {"retry_after": 3}


def test_several_faults_make_the_refusal_of_the_first() -> None:
    faults = (Fault("type", "AMBIGUOUS_IDENTIFIER", "two"), Fault("account", "ENTITY_NOT_FOUND", "none"))
    refusal = refusal_of(faults)
    assert type(refusal) is AmbiguousIdentifier
    assert (refusal.message, refusal.word, refusal.faults) == ("two", "type", faults)
