"""Transaction types and what they allow, categories, methods, reasons, and what doors use by themselves."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import configuration
from ledger.classification import SIGNS, TAKES_METHODS, booked
from ledger.errors import DuplicateName, InvalidParameter, TypeNotAllowed
from ledger.storage.columns import Record
from ledger.storage.models import (
    Category,
    DoorDefault,
    PaymentMethod,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
    TypeCategory,
    TypeMethod,
)
from tests.books import TYPES, Company


def test_there_are_seven_classifications_and_the_company_has_a_type_of_each() -> None:
    assert TYPES.keys() == SIGNS.keys()
    assert [name for name, sign in SIGNS.items() if sign > 0] == ["INVOICE", "PAYMENT_CANCEL", "REFUND"]
    assert (booked("INVOICE", 5), booked("PAYMENT", 5)) == (5, -5)


def test_a_type_keeps_what_it_allows_with_the_first_as_default(company: Company) -> None:
    cash, transfer = company.one(PaymentMethod, name="Cash"), company.one(PaymentMethod, name="Transfer")
    goods = company.one(Category, name="Goods")
    made = company.do(
        configuration.create_type,
        name="New",
        classification="PAYMENT",
        alternative_code="N",
        description="d",
        methods=[transfer, cash, transfer],
        categories=[goods],
    )
    assert (made.name, made.classification, made.alternative_code, made.description) == ("New", "PAYMENT", "N", "d")
    links = company.all(TypeMethod, type_pk=made.pk)
    assert [(link.method_pk, bool(link.is_default)) for link in links] == [(transfer.pk, True), (cash.pk, False)]
    assert [link.category_pk for link in company.all(TypeCategory, type_pk=made.pk)] == [goods.pk]


def test_a_type_of_payments_needs_a_method(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="at least one payment method") as refused:
        company.do(configuration.create_type, name="New", classification="PAYMENT")
    assert refused.value.word == "methods"


@pytest.mark.parametrize("classification", TYPES)
def test_methods_are_for_what_is_paid_with_them(company: Company, classification: str) -> None:
    cash = company.one(PaymentMethod, name="Cash")
    if classification in TAKES_METHODS:
        made = company.do(configuration.create_type, name="New", classification=classification, methods=[cash])
        assert made.classification == classification
    else:
        with pytest.raises(InvalidParameter, match="takes no payment methods"):
            company.do(configuration.create_type, name="New", classification=classification, methods=[cash])
        made = company.do(configuration.create_type, name="New", classification=classification)
        assert company.all(TypeMethod, type_pk=made.pk) == []


def test_an_unknown_classification_is_refused(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="'payment' is none of INVOICE") as refused:
        company.do(configuration.create_type, name="New", classification="payment")
    assert refused.value.word == "classification"


Make = Callable[[Company, str, str | None], Record]
MAKERS: dict[type[Record], tuple[str, Make]] = {
    TransactionType: (
        "alternative_code",
        lambda company, name, code: company.do(
            configuration.create_type, name=name, classification="INVOICE", alternative_code=code
        ),
    ),
    Category: ("code", lambda company, name, code: company.do(configuration.create_category, name=name, code=code)),
    PaymentMethod: (
        "alternative_code",
        lambda company, name, code: company.do(configuration.create_method, name=name, alternative_code=code),
    ),
    RejectionReason: (
        "alternative_code",
        lambda company, name, code: company.do(configuration.create_reason, name=name, alternative_code=code),
    ),
    Project: (
        "alternative_code",
        lambda company, name, code: company.do(configuration.create_project, name=name, alternative_code=code),
    ),
    Subsidiary: (
        "alternative_code",
        lambda company, name, code: company.do(configuration.create_subsidiary, name=name, alternative_code=code),
    ),
}


@pytest.mark.parametrize("model", MAKERS)
def test_names_and_codes_are_unique_per_kind(company: Company, model: type[Record]) -> None:
    column, make = MAKERS[model]
    make(company, "Same", "S")
    count = len(company.all(model))
    with pytest.raises(DuplicateName, match="the name 'Same'") as refused:
        make(company, "Same", None)
    assert refused.value.word == "name"
    with pytest.raises(DuplicateName, match=f"the {column} 'S'") as refused:
        make(company, "Other name", "S")
    assert refused.value.word == column
    make(company, "same", "s")
    make(company, "Without", None)
    make(company, "Without too", None)
    assert len(company.all(model)) == count + 3


def test_the_same_name_may_stand_for_things_of_different_kinds(company: Company) -> None:
    for _, make in MAKERS.values():
        assert make(company, "Same", "S").id


@pytest.mark.parametrize("make", [configuration.create_project, configuration.create_subsidiary])
def test_projects_and_subsidiaries_keep_what_is_said_of_them(company: Company, make: Callable[..., Record]) -> None:
    made: Any = company.do(make, name="New Quay", alternative_code="NQ", description="d")
    assert (made.name, made.alternative_code, made.description, made.created_on) == ("New Quay", "NQ", "d", "2024-05-01T12:00:00")
    (entry,) = company.audited(made)
    assert (entry.kind, entry.before) == (make.__name__.removeprefix("create_"), None)


def test_categories_form_a_tree(company: Company) -> None:
    goods = company.one(Category, name="Goods")
    made = company.do(configuration.create_category, name="Bread", code="B", description="d", parent=goods)
    assert (made.parent_pk, made.code, made.description) == (goods.pk, "B", "d")
    assert goods.parent_pk is None


def set_default(company: Company, door: str, **rows: Record | None) -> DoorDefault:
    return company.book.enter(company.call, lambda entry: configuration.set_door_default(entry, door, **rows))


def test_a_doors_defaults_change_one_by_one_and_none_clears(company: Company) -> None:
    cash, payment = company.one(PaymentMethod, name="Cash"), company.type("PAYMENT")
    set_default(company, "waldur", payment_type=payment, payment_method=cash)
    kept = set_default(company, "waldur", write_off_type=company.type("WRITE_OFF"))
    assert (kept.payment_type_pk, kept.payment_method_pk) == (payment.pk, cash.pk)
    assert kept.write_off_type_pk == company.type("WRITE_OFF").pk
    kept = set_default(company, "waldur", payment_type=None)
    assert (kept.payment_type_pk, kept.payment_method_pk) == (None, cash.pk)
    assert len(company.all(DoorDefault)) == 1


def test_a_door_for_which_nothing_is_given_keeps_its_defaults(company: Company) -> None:
    payment = company.type("PAYMENT")
    assert set_default(company, "waldur").payment_type_pk is None
    set_default(company, "waldur", payment_type=payment)
    assert set_default(company, "waldur").payment_type_pk == payment.pk


@pytest.mark.parametrize("word", ["payment_type", "cancellation_type", "write_off_type"])
def test_a_doors_types_have_to_be_of_their_classification(company: Company, word: str) -> None:
    with pytest.raises(TypeNotAllowed) as refused:
        set_default(company, "qbench", **{word: company.type("INVOICE")})
    assert refused.value.word == word
    assert company.all(DoorDefault) == []


def test_a_door_that_is_not_there_is_refused(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="'front' is none of native") as refused:
        set_default(company, "front")
    assert refused.value.word == "door"
