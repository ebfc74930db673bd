"""`rpcserver demo`: what it makes."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from ledger import clients
from ledger.book import Book
from ledger.ciphers import Cipher
from ledger.entry import Call
from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED
from ledger.rights import ROLES
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Allocation,
    AuditEntry,
    Customer,
    Intended,
    Invoice,
    Payment,
    PaymentProfile,
    User,
    UserCustomer,
)
from ledger.verify import discrepancies
from methods import METHODS
from tests.engines import url_of
from tests.live import command, settings_in
from tests.native import Native, Template, copied
from tests.rpcserver.world import SECRET

INVOICE = {
    *{"pk", "id", "number", "account_pk", "state", "total", "unpaid", "currency", "issued_on", "due_on"},
    *{"exchange_rate", "currency_default", "company_id", "project_id", "subsidiary_id"},
}
MEMBERS = {
    "organisation": {"pk", "id", "name"},
    "transaction_types": {"pk", "id", "name", "classification"},
    "payment_methods": {"pk", "id", "name"},
    "payment_types": {"pk", "name"},
    "accounts": {"pk", "id", "number", "name", "currency", "customer_id"},
    "profiles": {"id", "account_pk", "active"},
    "invoices": INVOICE,
    "paid_invoices": INVOICE,
    "bills": {"pk", "id", "number", "account_pk"},
}
CLASSIFICATIONS = {"INVOICE", "INVOICE_CANCEL", "CREDIT_NOTE", "PAYMENT", "PAYMENT_CANCEL", "REFUND", "WRITE_OFF"}
LOOK = Call("test", "look")
ACCOUNTS, INVOICES, PAYMENTS = 3, 7, 8

Made = dict[str, Any]


@pytest.fixture(scope="module")
def small(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The demo's book; these tests write nothing in it."""
    book = Book(url_of(copied(demo, tmp_path_factory.mktemp("small"))))
    yield book
    book.close()


@pytest.fixture(scope="module", params=[ACCOUNTS, 0], ids=["more accounts", "account 9"])
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Made]]:
    """The book of a larger demo, and what was printed of it."""
    folder = tmp_path_factory.mktemp("large")
    words = ("--accounts", str(request.param), "--invoices", str(INVOICES), "--payments", str(PAYMENTS))
    made = json.loads(command(folder, settings_in(folder), "demo", "--json", *words))
    book = Book(url_of(folder / "book.db"))
    yield book, made
    book.close()


def rows(book: Book, model: type[Table], **equals: Any) -> list[Any]:
    return book.read(LOOK, lambda reading: reading.rows.find(model, order=("pk",), **equals))


def one(book: Book, model: type[Table], **equals: Any) -> Any:
    (found,) = rows(book, model, **equals)
    return found


def is_open(invoice: Made) -> bool:
    return bool(invoice["state"] == POSTED and invoice["unpaid"] == invoice["total"])


# --- what it prints ---


def test_the_document_has_exactly_the_members_that_scripts_rely_on(demo: Template) -> None:
    made = demo.made
    assert set(made) == {"users", "keys", "qbench_client", *MEMBERS}
    assert set(made["qbench_client"]) == {"client_id", "client_secret"}
    assert set(made["users"]) == set(made["keys"]) == set(ROLES)
    assert {frozenset(login) for login in made["users"].values()} == {frozenset({"username", "password"})}
    for name, members in MEMBERS.items():
        found = [made[name]] if name == "organisation" else made[name]
        assert found
        assert {frozenset(each) for each in found} == {frozenset(members)}


def test_the_document_lists_every_account_and_invoice_as_they_are(demo: Template, small: Book) -> None:
    assert [each["pk"] for each in demo.made["accounts"]] == [row.pk for row in rows(small, Account)]
    shown = [(each["pk"], each["id"], each["number"], each["state"], each["due_on"]) for each in demo.made["invoices"]]
    assert shown == [(row.pk, row.id, row.number, row.life_cycle_state, row.due_on) for row in rows(small, Invoice)]
    example = next(each for each in demo.made["invoices"] if each["id"] == "85748C51BB97C48E47050CDC811FB42B")
    assert (example["total"], example["unpaid"], example["state"]) == (300, 300, POSTED)


def test_two_accounts_have_an_active_profile_and_the_owner_owns_the_first_of_them_alone(demo: Template, small: Book) -> None:
    first, second, former = demo.made["profiles"]
    assert [each["active"] for each in demo.made["profiles"]] == [True, True, False]
    assert former["account_pk"] == second["account_pk"] != first["account_pk"]
    owner = one(small, User, username=demo.made["users"]["owner"]["username"])
    link = one(small, UserCustomer, user_pk=owner.pk)
    assert one(small, Account, customer_pk=link.customer_pk).pk == first["account_pk"]
    for shown in demo.made["profiles"]:
        row = one(small, PaymentProfile, id=shown["id"])
        assert (row.account_pk, bool(row.active)) == (shown["account_pk"], shown["active"])


def test_an_accounts_customer_is_told_by_its_id_in_lower_case(demo: Template, small: Book) -> None:
    for shown in demo.made["accounts"]:
        account = one(small, Account, pk=shown["pk"])
        assert shown["customer_id"] == one(small, Customer, pk=account.customer_pk).id.lower()


def test_payment_methods_are_told_once_more_as_types_of_payment(demo: Template) -> None:
    assert demo.made["payment_types"] == [{"pk": each["pk"], "name": each["name"]} for each in demo.made["payment_methods"]]


def test_the_first_two_open_invoices_of_the_accounts_with_profiles_differ_and_are_in_euros_at_a_rate(demo: Template) -> None:
    pks = [each["account_pk"] for each in demo.made["profiles"] if each["active"]]
    opened = [[each for each in demo.made["invoices"] if each["account_pk"] == pk and is_open(each)][:2] for pk in pks]
    four = [each for pair in opened for each in pair]
    assert len(four) == 4
    for each in four:
        assert (each["currency"], each["exchange_rate"], each["currency_default"]) == ("EUR", "1.25", "USD")
    assert len({each["company_id"] for each in four}) == 2
    for name in ("project_id", "subsidiary_id"):
        assert len({each[name] for each in four}) == 4
        assert all(type(each[name]) is str for each in four)


def test_what_an_invoice_belongs_to_is_told_in_row_keys_that_are_texts(demo: Template, small: Book) -> None:
    for shown in demo.made["invoices"]:
        invoice = one(small, Invoice, pk=shown["pk"])
        customer_pk = one(small, Account, pk=invoice.account_pk).customer_pk
        keys = [customer_pk, invoice.project_pk, invoice.subsidiary_pk]
        told = [shown["company_id"], shown["project_id"], shown["subsidiary_id"]]
        assert told == [None if key is None else str(key) for key in keys]
        assert shown["exchange_rate"] == ("1.25" if shown["currency"] == "EUR" else None)
        assert shown["issued_on"] == invoice.issued_on


def test_three_paid_invoices_of_the_accounts_with_profiles_are_told_with_their_dates(demo: Template) -> None:
    pks = [each["account_pk"] for each in demo.made["profiles"] if each["active"]]
    paid = demo.made["paid_invoices"]
    assert [each["account_pk"] for each in paid] == [pk for pk in pks for _ in range(3)]
    for each in paid:
        assert each in demo.made["invoices"]
        assert (each["state"], each["unpaid"]) == (POSTED, 0)
        assert each["total"] > 0
        assert each["issued_on"] < each["due_on"]
    assert len({each["id"] for each in paid}) == len(paid)


def test_the_client_is_a_clerks_machine_whose_secret_opens_under_the_servers_secret(demo: Template, small: Book) -> None:
    told = demo.made["qbench_client"]
    assert str(UUID(told["client_id"])) == told["client_id"]
    found = small.read(LOOK, lambda reading: clients.candidate(reading, told["client_id"]))
    assert found is not None
    assert (found.user.role, found.user.machine) == ("clerk", True)
    assert clients.readable(Cipher([SECRET]), found.secrets) == [told["client_secret"]]


# --- the small company ---


def test_three_accounts_of_one_currency_have_six_open_invoices_of_5000_and_a_draft_and_a_cancelled_one(demo: Template) -> None:
    of_account: dict[int, list[Made]] = defaultdict(list)
    for invoice in demo.made["invoices"]:
        of_account[invoice["account_pk"]].append(invoice)
    able: Counter[str] = Counter()
    for account in demo.made["accounts"]:
        invoices = of_account[account["pk"]]
        large_ones = [each for each in invoices if is_open(each) and each["unpaid"] >= 5000]
        states = {each["state"] for each in invoices}
        able[account["currency"]] += len(large_ones) >= 6 and {DRAFT, CANCELLED} <= states
    assert max(able.values()) >= 3


def test_it_names_everything_that_the_published_page_names(server: Native) -> None:
    account = server.done("accounts_receivable/show", {"accounts_receivable_identifier": {"number": "9"}})
    assert account["life_cycle_state"] == "ACTIVE"
    users = server.done("users/show", {"user_identifier": {"id": "40928D9B96FE6CB963D2DD8955814774"}})
    assert users["username"] == server.made["users"]["clerk"]["username"]
    assert "C4370788B2630BC8A99E8C7397406C09" in {unit["id"] for unit in server.done("units/list")}
    invoice = server.done("invoices/show", {"invoice_identifier": {"id": "85748C51BB97C48E47050CDC811FB42B"}})
    assert (invoice["unsettled_amount"], invoice["accounts_receivable"]["number"]) == (300, "9")
    allowed = {"payment_type_identifier": {"name": "Payment 2"}}
    for path, wanted in (("categories", "Payment Categories"), ("payment_methods", "Direct Debit")):
        listed = json.dumps(server.done(f"payments/configuration/{path}/list", allowed))
        assert f'"{wanted}"' in listed
    assert server.done("payment_cancellations/configuration/types/list")
    (bill,) = server.done("bills/list", {"accounts_receivable_identifier": {"number": "9"}})
    assert bill["total_amount_to_be_paid"] > 0


def test_every_account_has_a_customer_of_its_own_and_the_owner_has_account_9s(demo: Template, small: Book) -> None:
    accounts = rows(small, Account)
    assert len({account.customer_pk for account in accounts}) == len(accounts) == len(rows(small, Customer))
    owner = one(small, User, username=demo.made["users"]["owner"]["username"])
    link = one(small, UserCustomer, user_pk=owner.pk)
    assert one(small, Account, customer_pk=link.customer_pk).number == "9"


def test_there_are_several_currencies_all_classifications_and_payments_in_every_state(demo: Template, small: Book) -> None:
    assert len({account["currency"] for account in demo.made["accounts"]}) >= 4
    assert {each["classification"] for each in demo.made["transaction_types"]} == CLASSIFICATIONS
    assert {row.life_cycle_state for row in rows(small, Payment)} == {DRAFT, POSTED, REJECTED, CANCELLED}
    assert {row.life_cycle_state for row in rows(small, Invoice)} == {DRAFT, POSTED, CANCELLED}


def test_what_was_paid_is_applied_to_the_invoice_that_it_names(small: Book) -> None:
    paid = [row for row in rows(small, Payment, life_cycle_state=POSTED) if rows(small, Intended, payment_pk=row.pk)]
    assert len(paid) == len(rows(small, Account)) + 4
    for payment in paid:
        (allocation,) = rows(small, Allocation, payment_pk=payment.pk)
        intended = one(small, Intended, payment_pk=payment.pk)
        invoice = one(small, Invoice, pk=intended.invoice_pk)
        assert (allocation.invoice_pk, allocation.amount, payment.unallocated) == (invoice.pk, payment.amount, 0)
        assert (invoice.unpaid, payment.principal_invoice_pk) == (0, invoice.pk)


def test_its_documents_were_made_on_many_days_and_numbered_in_that_order(small: Book) -> None:
    for model in (Invoice, Payment):
        issued = [row.issued_on for row in rows(small, model)]
        assert issued == sorted(issued)
        assert len({moment[:10] for moment in issued}) >= 5
        posted = sorted((row.posted_on, int(row.number.lstrip("I"))) for row in rows(small, model) if row.number)
        assert [number for _, number in posted] == list(range(1, len(posted) + 1))


def test_the_small_book_holds(small: Book) -> None:
    assert list(discrepancies(small)) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_user_and_every_key_comes_in_with_its_role(server: Native, role: str) -> None:
    token = server.done("login", server.made["users"][role], by=None)["token"]
    for credential in (token, server.made["keys"][role]):
        assert server.done("whoami", {"token": credential}, by=None)["role"] == role


@pytest.mark.parametrize("path", METHODS)
def test_the_example_of_every_method_works_on_it(server: Native, path: str) -> None:
    assert server.ask(path, server.example(path)).verdict == (200, "OK")


def test_all_examples_work_one_after_the_other(server: Native) -> None:
    logged_out = {"logout": "clerk", "authentication/token/release": "auditor"}
    for path in METHODS:
        answer = server.ask(path, server.example(path), by=logged_out.get(path, "admin"))
        assert answer.verdict == (200, "OK"), (path, answer.text)


# --- as large as asked ---


def made_rows(book: Book, model: type[Table]) -> list[Any]:
    """What came after the small company."""
    return rows(book, model)[-(INVOICES if model is Invoice else PAYMENTS) :]


def test_a_large_demo_has_as_many_rows_more_as_asked(large: tuple[Book, Made], small: Book) -> None:
    book, made = large
    more = {model: len(rows(book, model)) - len(rows(small, model)) for model in (Account, Customer, Invoice, Payment)}
    extra = more[Account]
    assert extra in (0, ACCOUNTS)
    assert more == {Account: extra, Customer: extra, Invoice: INVOICES, Payment: PAYMENTS}
    assert len(made["accounts"]) == len(rows(book, Account))
    assert [each["pk"] for each in made["invoices"]] == [row.pk for row in rows(book, Invoice)]


def test_the_made_rows_go_round_the_made_accounts_or_all_to_account_9(large: tuple[Book, Made], small: Book) -> None:
    book, _ = large
    made = rows(book, Account)[len(rows(small, Account)) :]
    targets = [account.pk for account in made or [one(book, Account, number="9")]]
    for model in (Invoice, Payment):
        expected = [targets[place % len(targets)] for place in range(len(made_rows(book, model)))]
        assert [row.account_pk for row in made_rows(book, model)] == expected


def test_the_made_payments_are_posted_explicit_and_unallocated_and_the_made_invoices_stay_open(
    large: tuple[Book, Made],
) -> None:
    book, made = large
    payments = made_rows(book, Payment)
    assert {(row.life_cycle_state, row.allocation_mode) for row in payments} == {(POSTED, "explicit")}
    assert [row.unallocated for row in payments] == [row.amount for row in payments]
    assert [is_open(each) for each in made["invoices"][-INVOICES:]] == [True] * INVOICES


def test_the_made_rows_have_audit_rows_and_the_book_holds(large: tuple[Book, Made]) -> None:
    book, _ = large
    known = {row.record_id for row in rows(book, AuditEntry)}
    assert {row.id for row in (*made_rows(book, Payment), *made_rows(book, Invoice))} <= known
    assert list(discrepancies(book)) == []
