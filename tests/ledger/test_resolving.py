"""From references to rows: every member of every kind, all faults at once, and owners who see only what is theirs."""

from collections.abc import Callable
from typing import Any

import pytest

from identifiers import kinds
from identifiers.kinds import Kind
from identifiers.reference import Reference
from ledger import attachments, configuration, profiles, resolving, webhooks
from ledger.entry import Reading
from ledger.errors import AmbiguousIdentifier, EntityNotFound, Fault
from ledger.lifecycle import DRAFT
from ledger.resolving import Names
from ledger.storage.columns import Record
from ledger.storage.models import Category, Currency, Customer, Payment, PaymentMethod, RejectionReason, TransactionType, Unit, User
from tests.books import BOBS, EUROS, Company


def profile(company: Company, account: str = EUROS) -> Record:
    return company.do(profiles.create, account=company.account(account), name="Monthly")


def proof(company: Company, payment: Payment) -> Record:
    return company.do(attachments.attach, payment, file_name="a", media_type="b", size=1, sha256="c")


Make = Callable[[Company], Record]
LOOKS: dict[str, tuple[Kind, Make]] = {
    "account": (kinds.ACCOUNT, lambda company: company.account()),
    "payment": (kinds.PAYMENT, lambda company: company.pay(back_office_code="P")),
    "type": (kinds.TYPE, lambda company: company.one(TransactionType, name="Refund")),
    "category": (kinds.CATEGORY, lambda company: company.one(Category, name="Goods")),
    "method": (kinds.PAYMENT_METHOD, lambda company: company.one(PaymentMethod, name="Card")),
    "reason": (kinds.REJECTION_REASON, lambda company: company.one(RejectionReason, name="Fraud")),
    "invoice": (kinds.INVOICE, lambda company: company.invoice(back_office_code="I")),
    "bill": (kinds.BILL, lambda company: company.bill(company.invoice())),
    "user": (kinds.USER, lambda company: company.one(User, username="clerk")),
    "unit": (kinds.UNIT, lambda company: company.one(Unit, name="Branch")),
    "currency": (kinds.CURRENCY, lambda company: company.one(Currency, code="EUR")),
    "customer": (kinds.CUSTOMER, lambda company: company.one(Customer, name="Ada")),
    "cancellation": (kinds.PAYMENT_CANCELLATION, lambda company: company.cancel_payment(company.pay(), back_office_code="C")),
    "posted": (kinds.PAYMENT, lambda company: company.write_off(back_office_code="P")),
    "received": (kinds.PAYMENT, lambda company: company.pay(back_office_code="P")),
    "profile": (kinds.PAYMENT_PROFILE, profile),
    "attachment": (kinds.ATTACHMENT, lambda company: proof(company, company.pay())),
    "webhook": (kinds.WEBHOOK, lambda company: company.do(webhooks.create, name="hook", url="https://example.org", encrypted="x")),
    "project": (
        kinds.PROJECT,
        lambda company: company.do(configuration.create_project, name="Quay", alternative_code="Q"),
    ),
    "subsidiary": (
        kinds.SUBSIDIARY,
        lambda company: company.do(configuration.create_subsidiary, name="West", alternative_code="W"),
    ),
}
WORDS = {"posted": "payment", "received": "payment"}
"""By what else than its own name a look's failure is known."""


def look(company: Company, word: str, member: str, value: str) -> Record:
    """What this reference means to the caller."""

    def operation(reading: Reading) -> Any:
        names = Names(reading)
        found = getattr(names, word)(Reference(LOOKS[word][0], member, value))
        names.settle()
        return found

    found: Record = company.read(operation)
    return found


@pytest.mark.parametrize(("word", "member"), [(word, member) for word, (kind, _) in LOOKS.items() for member in kind.members])
def test_every_kind_is_found_by_every_member_it_has(company: Company, word: str, member: str) -> None:
    row = LOOKS[word][1](company)
    value = getattr(row, member)
    assert look(company, word, member, value) == row
    with pytest.raises(EntityNotFound) as refused:
        look(company, word, member, "0" * 32)
    assert refused.value.faults[0].word == WORDS.get(word, word)


def at(company: Company, word: str, pk: int | None, called: str = "") -> Record | None:
    """What this row key means to the caller."""

    def operation(reading: Reading) -> Any:
        names = Names(reading)
        found = getattr(names, word).at(pk, called)
        names.settle()
        return found

    found: Record | None = company.read(operation)
    return found


@pytest.mark.parametrize("word", LOOKS)
def test_every_kind_is_found_by_its_row_key(company: Company, word: str) -> None:
    row = LOOKS[word][1](company)
    assert at(company, word, row.pk) == row
    assert at(company, word, None) is None
    with pytest.raises(EntityNotFound, match="with the key 999") as refused:
        at(company, word, 999)
    assert refused.value.word == WORDS.get(word, word)
    with pytest.raises(EntityNotFound) as refused:
        at(company, word, 999, "invoices[3]")
    assert refused.value.word == "invoices[3]"


@pytest.mark.parametrize("pk", [0, -1, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_not_found(company: Company, pk: int) -> None:
    with pytest.raises(EntityNotFound):
        at(company, "account", pk)


def test_a_row_key_that_names_nothing_is_refused_in_the_words_of_its_kind(company: Company) -> None:
    with pytest.raises(EntityNotFound) as refused:
        at(company, "profile", 9)
    assert refused.value.message == "There is no payment profile with the key 9."


def test_what_the_rest_doors_name_as_payments_is_posted(company: Company) -> None:
    paid, written_off = company.pay(), company.write_off()
    cancelled = company.pay()
    company.cancel_payment(cancelled)
    hidden = (company.draft(), company.now(cancelled))
    for word in ("posted", "received"):
        assert look(company, word, "id", paid.id) == at(company, word, paid.pk) == paid
        for row in hidden:
            with pytest.raises(EntityNotFound):
                look(company, word, "id", row.id)
            with pytest.raises(EntityNotFound):
                at(company, word, row.pk)
    assert look(company, "posted", "id", written_off.id) == at(company, "posted", written_off.pk) == written_off
    with pytest.raises(EntityNotFound):
        look(company, "received", "id", written_off.id)
    assert at(company, "payment", written_off.pk) == written_off


def test_there_is_a_look_for_every_kind_that_can_be_named() -> None:
    looks = {name for name, value in vars(Names).items() if isinstance(value, resolving.Kind)}
    assert looks == LOOKS.keys()


def test_an_id_is_found_in_any_spelling(company: Company) -> None:
    payment = company.pay()
    dashed = "-".join((payment.id[:8], payment.id[8:12], payment.id[12:16], payment.id[16:20], payment.id[20:]))
    for spelling in (payment.id.lower(), dashed, dashed.lower()):
        assert look(company, "payment", "id", spelling) == payment


def test_a_draft_has_no_number_to_be_found_by(company: Company) -> None:
    draft = company.draft()
    for number in ("None", "null", "0"):
        with pytest.raises(EntityNotFound):
            look(company, "payment", "number", number)
    assert look(company, "payment", "reference_number", draft.reference_number) == draft


def test_a_name_that_two_have_is_ambiguous(company: Company) -> None:
    company.open_account(EUROS)
    with pytest.raises(AmbiguousIdentifier, match="More than one") as refused:
        look(company, "account", "name", EUROS)
    assert refused.value.word == "account"


def test_case_counts_in_names(company: Company) -> None:
    with pytest.raises(EntityNotFound):
        look(company, "account", "name", EUROS.lower())


def test_all_faults_are_named_together_in_the_order_asked(company: Company) -> None:
    company.open_account(EUROS)

    def operation(reading: Reading) -> None:
        names = Names(reading)
        assert names.type(Reference(kinds.TYPE, "name", "Nothing"), "type_word") is None
        assert names.account(Reference(kinds.ACCOUNT, "name", EUROS)) is None
        assert names.category(None) is None
        assert names.currency(Reference(kinds.CURRENCY, "code", "EUR")).code == "EUR"
        assert names.invoice(Reference(kinds.INVOICE, "number", "9"), "invoices[3]") is None
        names.settle()

    with pytest.raises(EntityNotFound) as refused:
        company.read(operation)
    faults = refused.value.faults
    assert [(fault.word, fault.code) for fault in faults] == [
        ("type_word", "ENTITY_NOT_FOUND"),
        ("account", "AMBIGUOUS_IDENTIFIER"),
        ("invoices[3]", "ENTITY_NOT_FOUND"),
    ]
    assert isinstance(faults[0], Fault)
    assert refused.value.message == faults[0].message


def test_nothing_to_settle_is_no_refusal(company: Company) -> None:
    company.read(lambda reading: Names(reading).settle())


OWNED: dict[str, Callable[[Company, str], Record]] = {
    "account": lambda company, account: company.account(account),
    "customer": lambda company, account: company.one(Customer, pk=company.account(account).customer_pk),
    "payment": lambda company, account: company.pay(account=account),
    "invoice": lambda company, account: company.invoice(account=account, state=DRAFT),
    "bill": lambda company, account: company.bill(company.invoice(account=account)),
    "cancellation": lambda company, account: company.cancel_payment(company.pay(account=account)),
    "posted": lambda company, account: company.write_off(account=account),
    "received": lambda company, account: company.pay(account=account),
    "profile": profile,
    "attachment": lambda company, account: proof(company, company.pay(account=account)),
}


@pytest.mark.parametrize("word", OWNED)
def test_an_owner_finds_only_what_belongs_to_the_own_customers(company: Company, word: str) -> None:
    own, foreign = OWNED[word](company, EUROS), OWNED[word](company, BOBS)
    owner = company.by("owner")
    assert look(owner, word, "id", own.id) == at(owner, word, own.pk) == own
    with pytest.raises(EntityNotFound):
        look(owner, word, "id", foreign.id)
    with pytest.raises(EntityNotFound):
        at(owner, word, foreign.pk)
    with pytest.raises(EntityNotFound):
        look(owner, word, "id", "F" * 32)
    for username in ("admin", "clerk", "auditor"):
        assert look(company.by(username), word, "id", foreign.id) == foreign


def test_a_hidden_record_is_refused_in_the_words_of_one_that_does_not_exist(company: Company) -> None:
    number = company.account(BOBS).number
    with pytest.raises(EntityNotFound) as hidden:
        look(company.by("owner"), "account", "number", number)
    with pytest.raises(EntityNotFound) as missing:
        look(company.by("owner"), "account", "number", "99")
    assert hidden.value.message.replace(f'"{number}"', '"99"') == missing.value.message


def test_a_name_is_not_ambiguous_for_an_owner_who_sees_one_of_two(company: Company) -> None:
    mine = company.open_account("Shared")
    company.open_account("Shared", customer="Bob")
    company.open_account("Shared", customer="Bob")
    assert look(company.by("owner"), "account", "name", "Shared") == mine
    with pytest.raises(AmbiguousIdentifier):
        look(company, "account", "name", "Shared")


def test_an_owner_may_name_all_configuration(company: Company) -> None:
    owner = company.by("owner")
    for word in ("type", "category", "method", "reason", "currency", "project", "subsidiary"):
        row = LOOKS[word][1](company)
        assert look(owner, word, "id", row.id) == at(owner, word, row.pk) == row


def test_an_owner_without_customers_sees_nothing(company: Company) -> None:
    actor = company.actor("owner")
    nobody = company.calling(actor=type(actor)(actor.user_pk, actor.username, actor.role))
    with pytest.raises(EntityNotFound):
        look(nobody, "account", "number", company.account().number)
