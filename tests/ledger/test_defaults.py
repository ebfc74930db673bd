"""What doors take for what their requests do not carry."""

from typing import Any, Literal

import pytest

from ledger import configuration
from ledger.configuration import DOORS
from ledger.defaults import Defaults, door_defaults
from ledger.errors import PaymentMethodNotAllowed, TypeNotAllowed
from ledger.storage.columns import Record
from ledger.storage.models import Category, PaymentMethod
from tests.books import Company

TypeWord = Literal["payment_type", "cancellation_type", "write_off_type"]
TYPE_WORDS: tuple[TypeWord, ...] = ("payment_type", "cancellation_type", "write_off_type")


def set_default(company: Company, door: str, **rows: Record | None) -> None:
    company.book.enter(company.call, lambda entry: configuration.set_door_default(entry, door, **rows))


def test_each_door_has_the_defaults_that_were_set_for_it(company: Company) -> None:
    rows: dict[str, Any] = {
        "payment_type": company.type("PAYMENT"),
        "cancellation_type": company.type("PAYMENT_CANCEL"),
        "write_off_type": company.type("WRITE_OFF"),
        "payment_method": company.one(PaymentMethod, name="Cash"),
        "category": company.one(Category, name="Goods"),
    }
    set_default(company, "waldur", **rows)
    assert company.read(door_defaults, "waldur") == Defaults("waldur", **rows)
    for type_word in TYPE_WORDS:
        assert company.read(door_defaults, "waldur").needed(type_word) == rows[type_word]
    assert company.read(door_defaults, "waldur").needed("payment_method") == rows["payment_method"]
    assert company.read(door_defaults, "qbench") == Defaults("qbench")


def test_what_is_not_set_is_none_until_it_is_needed(company: Company) -> None:
    set_default(company, "qbench", payment_type=company.type("PAYMENT"))
    found = company.read(door_defaults, "qbench")
    assert found == Defaults("qbench", payment_type=company.type("PAYMENT"))
    assert (found.write_off_type, found.payment_method, found.category) == (None, None, None)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("word", TYPE_WORDS)
def test_a_type_that_is_needed_and_not_set_is_refused_with_the_way_to_set_it(company: Company, door: str, word: TypeWord) -> None:
    with pytest.raises(TypeNotAllowed, match=f"the door {door} has no default {word.replace('_', ' ')}") as refused:
        company.read(door_defaults, door).needed(word)
    assert refused.value.word == "type"
    assert "configuration/door_defaults/update" in refused.value.message


def test_a_method_that_is_needed_and_not_set_is_refused_with_the_way_to_set_it(company: Company) -> None:
    with pytest.raises(PaymentMethodNotAllowed, match="the door waldur has no default payment method; set one with") as refused:
        company.read(door_defaults, "waldur").needed("payment_method")
    assert refused.value.word == "method"
