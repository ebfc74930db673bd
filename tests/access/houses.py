"""Two customers with one of everything: the owner's, and another owner's; each record in all its names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identifiers import kinds
from identifiers.forms import lower
from identifiers.kinds import Kind
from ledger.entry import Call, Reading
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Attachment,
    Bill,
    Customer,
    Invoice,
    Payment,
    PaymentCancellation,
    PaymentProfile,
    User,
)
from methods import METHODS
from methods.method import parameter_table
from tests import scenes
from tests.access.rows import kind_of
from tests.access.straight import Straight
from tests.native import Native, Template, copied, opened
from tests.scenes import Ref

OWNED: Mapping[Kind, type[Table]] = {
    kinds.ACCOUNT: Account,
    kinds.CUSTOMER: Customer,
    kinds.PAYMENT: Payment,
    kinds.INVOICE: Invoice,
    kinds.BILL: Bill,
    kinds.PAYMENT_CANCELLATION: PaymentCancellation,
    kinds.PAYMENT_PROFILE: PaymentProfile,
    kinds.ATTACHMENT: Attachment,
}
"""What belongs to a customer, and where it is kept."""
LOOKING = Call("test", "looking")
NEIGHBOUR = "neighbour"
"""The owner of the other house."""
AMOUNT, DAY = "44.44", "2031-04-04"
"""What only the neighbour has paid, and when."""
PROOF = b"%PDF-1.4 paid"


@dataclass(frozen=True)
class Record:
    """A record with its row key and, by member, all that it can be named by."""

    pk: int
    names: dict[str, str]

    @property
    def id(self) -> str:
        return self.names["id"]


House = dict[Kind, Record]


@dataclass(frozen=True)
class Houses:
    """A server on which two customers have one of everything."""

    server: Native
    straight: Straight
    own: House
    other: House

    def body(self, path: str, house: House) -> dict[str, Any]:
        """A right call of a read: everything of a customer's that can be named in it is of this house."""
        table = [(row, kind_of(row)) for row in parameter_table(METHODS[path])]
        named = {row.name: {"id": house[kind].id} for row, kind in table if kind in house and kind in OWNED}
        return {**{row.name: 2 for row, _ in table if row.mandatory}, **named}


@contextmanager
def houses(demo: Template, folder: Path, **settings: object) -> Iterator[Houses]:
    """The demo's owner with a house, and a neighbour with another, over a copy of the demo's book."""
    path = copied(demo, folder)
    with opened(demo, path, attachment_folder=str(folder / "attachments"), audited_refusals=100_000, **settings) as server:
        (own,) = server.done("customers/list", by="owner")
        customer = scenes.customer(server, back_office_code="K-other")
        account = scenes.account(server, customer_identifier=customer)
        scenes.profile(server, account, active=True)
        straight = Straight(server.app)
        yield Houses(
            server,
            straight,
            furnished(server, scenes.named(own), {"number": "9"}, "owner"),
            furnished(server, customer, account, tied(server, NEIGHBOUR, customer), AMOUNT, DAY),
        )
        straight.close()


def tied(server: Native, username: str, *customers: Ref) -> str:
    """A new owner of these customers, logged in; the user name."""
    login = {"username": username, "password": "a good password"}
    server.done("users/create", {**login, "role": "owner", "customers_set": list(customers)})
    server.tokens[username] = server.done("login", login)["token"]
    return username


def furnished(server: Native, customer: Ref, account: Ref, owner: str, amount: str = "33.33", day: str = "2030-03-03") -> House:
    """One of everything on an account that has an active payment profile, and who owns it. `amount` and `day` of a payment."""
    invoice = scenes.invoice(server, account, 70, back_office_code=f"I-{owner}")
    bill = scenes.bill(server, account, invoice)
    code = {"back_office_code": f"C-{owner}"}
    cancellation = scenes.cancelled(server, "payment", scenes.payment(server, account, 5), **code)
    scenes.profile(server, account)
    said = {"back_office_code": f"P-{owner}", "invoices_to_pay_set": [invoice], "notes": f"paid by {owner}", "received_on": day}
    payment = scenes.payment(server, account, amount, **said)
    customer_row, account_row = row_of(server, Customer, customer), row_of(server, Account, account)
    profile = row_of(server, PaymentProfile, {"account_pk": account_row.pk, "active": True})
    found: dict[Kind, Any] = {
        kinds.CUSTOMER: customer_row,
        kinds.ACCOUNT: account_row,
        kinds.INVOICE: row_of(server, Invoice, invoice),
        kinds.BILL: row_of(server, Bill, bill),
        kinds.PAYMENT: row_of(server, Payment, payment),
        kinds.PAYMENT_CANCELLATION: row_of(server, PaymentCancellation, scenes.named(cancellation)),
        kinds.PAYMENT_PROFILE: profile,
        kinds.ATTACHMENT: row_of(server, Attachment, {"id": proven(server, payment["id"])}),
        kinds.USER: row_of(server, User, {"username": owner}),
    }
    return {kind: _record(kind, row) for kind, row in found.items()}


def proven(server: Native, payment_id: str) -> str:
    """Give a payment a proof at Waldur's door; the id of the file."""
    headers = {"Authorization": f"Token {server.tokens['clerk']}"}
    files = {"proof": ("proof.pdf", PROOF)}
    answer = server.client.patch(f"/api/payments/{lower(payment_id)}/", headers=headers, files=files)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["proof"]).rstrip("/").rpartition("/")[2].upper()


def row_of(server: Native, model: type[Table], named: Mapping[str, Any]) -> Any:
    """The one row that has these values."""

    def look(reading: Reading) -> Table:
        (row,) = reading.rows.find(model, **named)
        return row

    return server.book.read(LOOKING, look)


def _record(kind: Kind, row: Any) -> Record:
    named = {member: getattr(row, member, None) for member in kind.members}
    return Record(row.pk, {member: value for member, value in named.items() if value is not None})
