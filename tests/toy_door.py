"""A door of one file, for a clerk with a terminal: `GET /toy/payments` answers a line `key;amount` for each payment, `POST` of a
line `account's number;amount` makes one. Whatever is refused is a line too."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import BaseRoute

from identifiers.kinds import ACCOUNT, PAYMENT_METHOD, TYPE
from identifiers.reference import Reference
from ledger import payments
from ledger.entry import Answer, Entry, Reading
from ledger.errors import InvalidParameter, Refusal, UnsupportedMediaType
from ledger.lifecycle import POSTED
from ledger.money import AmountError, exact, shown
from ledger.payments import Terms
from ledger.queries.posted import posted
from ledger.resolving import Names
from ledger.rights import Right
from ledger.storage.models import Account, Currency, Payment
from rpcserver.door import Door
from rpcserver.faults import status_of
from rpcserver.house import House
from rpcserver.rest import Action, Asking, Look, Write, header_token, resource, unknown

MOST = 1000


class Manners:
    """How this door behaves: plain text in, plain text out."""

    word = "toy"
    token_first = False

    def token(self, headers: Headers) -> str | None:
        return header_token(headers)

    def admit(self, asking: Asking) -> None:
        """Everybody may come in."""

    def check_media(self, asking: Asking) -> None:
        if asking.request.method == "POST" and asking.headers.get("content-type") != "text/plain":
            raise UnsupportedMediaType("lines are plain text")

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        return _lines(status_of(refusal), [f"no;{refusal.message}"])


def _lines(status: int, lines: Sequence[str]) -> Answer:
    return Answer(status, {"Content-Type": "text/plain"}, "".join(f"{line}\n" for line in lines).encode())


def _line(reading: Reading, payment: Payment) -> str:
    account = reading.rows.get(Account, payment.account_pk)
    currency = reading.rows.get(Currency, account.currency_pk)
    return f"{payment.pk};{shown(payment.amount, currency.exponent)}"


def _list(asking: Asking) -> Look:
    def run(reading: Reading) -> Answer:
        found = posted(reading, limit=MOST, write_offs=False)
        return _lines(200, [_line(reading, payment) for payment in found.rows])

    return Look(run)


def _create(asking: Asking) -> Write:
    number, _, text = asking.body.decode().strip().partition(";")
    try:
        amount = exact(text)
    except AmountError as error:
        raise InvalidParameter(str(error), "amount") from None

    def run(entry: Entry) -> Answer:
        names = Names(entry)
        account = names.account(Reference(ACCOUNT, "number", number))
        type_ = names.type(Reference(TYPE, "name", "Payment"))
        method = names.method(Reference(PAYMENT_METHOD, "name", "Cash"))
        names.settle()
        made = payments.create(entry, Terms(account=account, type=type_, method=method, amount=amount), POSTED)
        return _lines(201, [_line(entry, made)])

    return Write(run, said=[number, str(amount)])


def routes(house: House) -> list[BaseRoute]:
    """The door's two paths: what it has, and what it has not."""
    manners = Manners()
    door = Door(house, manners.word)
    actions = {
        "GET": Action("payments.list", Right.RECORDS_READ, _list),
        "POST": Action("payments.create", Right.RECORDS_WRITE, _create, reads_body=True),
    }
    return [resource("/toy/payments", door, manners, actions), unknown("/toy", door, manners)]
