"""The table of kinds: what the published API page lets each identifier be named by."""

import pytest

from identifiers.kinds import KINDS, PAYMENT_METHOD, Kind

DOCUMENT = ("id", "number", "reference_number", "back_office_code")
MEMBERS = {
    "payment": DOCUMENT,
    "accounts_receivable": ("id", "number", "name"),
    "type": ("id", "name", "alternative_code"),
    "category": ("id", "name", "code"),
    "payment_method": ("id", "name", "alternative_code"),
    "rejection_reason": ("id", "name", "alternative_code"),
    "invoice": DOCUMENT,
    "invoice_cancellation": DOCUMENT,
    "credit_note": DOCUMENT,
    "payment_cancellation": DOCUMENT,
    "bill": ("id", "number"),
    "wallet": ("id", "number"),
    "product": ("id", "code", "alternative_code"),
    "group": ("id", "name", "alternative_code"),
    "community": ("id", "name", "alternative_code"),
    "business_unit": ("id", "name", "code"),
    "unit": ("id", "name", "alternative_code"),
    "user": ("id", "username"),
    "currency": ("id", "code"),
    "customer": ("id", "number", "name"),
    "attachment": ("id",),
    "payment_profile": ("id", "name"),
    "project": ("id", "name", "alternative_code"),
    "subsidiary": ("id", "name", "alternative_code"),
    "webhook": ("id", "name"),
}


def test_every_kind_has_exactly_its_published_members() -> None:
    assert {name: kind.members for name, kind in KINDS.items()} == MEMBERS


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_example_of_a_kind_is_a_right_form_of_it(kind: Kind) -> None:
    ((member, value),) = kind.example().items()
    assert member in kind.members
    assert value


def test_a_kind_without_a_sample_is_shown_by_its_id() -> None:
    assert list(Kind("parcel", ("id", "number")).example()) == ["id"]


def test_a_kind_is_named_in_sentences_without_underscores() -> None:
    assert PAYMENT_METHOD.words == "payment method"
