"""A webhook of the company's, delivered to by hand: what is due, and what becomes of it, without any receiver."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger import deliveries, webhooks
from ledger.ciphers import OF_WEBHOOKS, Cipher
from ledger.deliveries import Result, Try
from ledger.entry import Reading
from ledger.events import place_what_waits
from ledger.storage.models import Delivery, Payment, Webhook
from tests.books import SETUP, Company
from tests.events import ENDLESS, placed

CIPHER = Cipher(["w" * 40], OF_WEBHOOKS)
SECRET = "whsec_" + "QUJD" * 11
TYPES = ("payment.created", "payment.posted")
"""Two events of each payment that is posted at once, in this order."""
HOLDER, OTHER = "one", "two"


@dataclass(frozen=True)
class Desk:
    """A webhook and the server process that delivers to it."""

    company: Company
    pk: int
    holder: str = HOLDER

    @property
    def webhook(self) -> Webhook:
        return self.company.one(Webhook, pk=self.pk)

    def advance(self, *results: Result) -> bool:
        """One turn: give places to events, hold the lease, write down results, make events deliveries."""
        place_what_waits(self.company.book, SETUP)
        return self.company.book.enter(SETUP, lambda entry: webhooks.advance(entry, self.pk, self.holder, results))

    def due(self, most: int = 100, trying: Iterable[int] = ()) -> list[Try]:
        """What can be tried now."""

        def look(reading: Reading) -> list[Try]:
            return deliveries.due(reading, reading.rows.get(Webhook, self.pk), most, trying)

        return self.company.book.read(SETUP, look)

    def busy(self) -> bool:
        """Whether there is something to do."""
        return self.pk in self.company.book.read(SETUP, lambda reading: deliveries.busy(reading, self.holder))

    def taken(self, *tries: Try) -> bool:
        """The receiver takes these."""
        return self.advance(*(self.result(each, 200, None) for each in tries))

    def failed(self, *tries: Try, status: int | None = 400) -> bool:
        """The receiver answers these with this status; None: it does not answer."""
        return self.advance(*(self.result(each, status, "REFUSED" if status else "CONNECTION_FAILED") for each in tries))

    def result(self, each: Try, status: int | None, error: str | None, wait: float | None = None) -> Result:
        return Result(each.delivery_pk, self.webhook.failures, status, error, wait)

    def rows(self, state: str | None = None) -> list[Delivery]:
        """What has not been taken, oldest first."""
        return self.company.all(Delivery, webhook_pk=self.pk, **({"state": state} if state else {}))

    def take_all(self) -> list[int]:
        """Have everything taken that is due, and what becomes due by that: the places in this order."""
        self.advance()
        places = []
        while found := self.due():
            places += [each.event.pk for each in found]
            self.taken(*found)
            assert len(places) < ENDLESS, "what was taken is due again"
        return places


def desk(company: Company, name: str = "ERP", types: Iterable[str] | None = TYPES) -> Desk:
    """A new webhook of this name."""
    place_what_waits(company.book, SETUP)
    encrypted = CIPHER.encrypted(SECRET)
    made = company.do(
        webhooks.create,
        name=name,
        url="https://erp.example.com/hooks",
        encrypted=encrypted,
        types=None if types is None else tuple(types),
    )
    return Desk(company, made.pk)


def places(company: Company, payment: Payment) -> list[int]:
    """Where the events of a payment are."""
    return [event.pk for event in placed(company.book) if event.record_id == payment.id]
