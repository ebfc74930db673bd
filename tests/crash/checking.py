"""The book beside what its callers were told: every acknowledged call is in it once and as it was answered, every other one is
absent or whole, and all of it adds up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.book import Book
from ledger.entry import Reading
from ledger.storage.models import Allocation, IdempotencyKey, Invoice, JournalEntry, Payment, PaymentCancellation
from ledger.verify import CALL, discrepancies
from tests.crash.calls import Call, Register, Told
from tests.crash.jobs import CANCEL, CREATING, PAY, POST
from tests.events import disagreements


@dataclass(frozen=True)
class Verdict:
    """What is wrong. `lost`: acknowledged, and not in the book; `twice`: in the book more than once; `changed`: the book says
    something else than the answer did; `torn`: there in part; `found`: how many of those in doubt are there."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    discrepancies: list[str] = field(default_factory=list)
    found: int = 0

    @property
    def otherwise(self) -> list[str]:
        """What is wrong and neither lost nor there twice, each with a word for it."""
        said = {"changed": self.changed, "torn": self.torn, "discrepancy": self.discrepancies}
        return [f"{word}: {each}" for word, found in said.items() for each in found]


@dataclass(frozen=True)
class Seen:
    """The book at one moment. `done`: ids and row keys of what calls have made or moved, by kind of call and subject."""

    done: Mapping[tuple[str, int | str], list[tuple[str, int]]]
    kept: Mapping[str, list[IdempotencyKey]]

    def of(self, call: Call) -> list[tuple[str, int]]:
        name = CREATING[0].name if call.kind in CREATING else call.kind.name
        return self.done.get((name, call.subject), [])


def checked(book_url: str, register: Register) -> Verdict:
    """What the book says of the calls that are in the register, while nobody writes."""
    book = Book(book_url)
    try:
        seen = book.read(CALL, _seen)
        # Every record that a call has left in the book is told of in its events.
        verdict = Verdict(discrepancies=[*discrepancies(book), *disagreements(book)])
    finally:
        book.close()
    for call, told in register.answered:
        _check_answered(seen, call, told, verdict)
    found = [call for call in register.in_doubt if _is_found(seen, call, verdict)]
    return Verdict(verdict.lost, verdict.twice, verdict.changed, verdict.torn, verdict.discrepancies, len(found))


def _seen(reading: Reading) -> Seen:
    done: defaultdict[tuple[str, int | str], list[tuple[str, int]]] = defaultdict(list)
    payments = {payment.pk: payment for payment in reading.rows.find(Payment)}
    for payment in payments.values():
        done[CREATING[0].name, payment.amount].append((payment.id, payment.pk))
    invoices = {invoice.pk: invoice.id for invoice in reading.rows.find(Invoice)}
    for row in reading.rows.find(Allocation):
        if row.amount > 0:
            done[PAY.name, invoices[row.invoice_pk]].append((payments[row.payment_pk].id, row.payment_pk))
    posted = {payment.id: payment.pk for payment in payments.values()}
    for entry in reading.rows.find(JournalEntry, kind="PAYMENT"):
        done[POST.name, entry.document_id].append((entry.document_id, posted[entry.document_id]))
    for cancellation in reading.rows.find(PaymentCancellation):
        done[CANCEL.name, payments[cancellation.payment_pk].id].append((cancellation.id, cancellation.pk))
    kept: defaultdict[str, list[IdempotencyKey]] = defaultdict(list)
    for key in reading.rows.find(IdempotencyKey):
        kept[key.key].append(key)
    return Seen(done, kept)


def _check_answered(seen: Seen, call: Call, told: Told, verdict: Verdict) -> None:
    done, kept = seen.of(call), seen.kept.get(call.key, [])
    if not done or not kept:
        verdict.lost.append(str(call))
    elif len(done) > 1 or len(kept) > 1:
        verdict.twice.append(str(call))
    elif (kept[0].status, bytes(kept[0].body)) != (told.status, told.body) or told.record(call) not in done[0]:
        verdict.changed.append(str(call))


def _is_found(seen: Seen, call: Call, verdict: Verdict) -> bool:
    done, kept = seen.of(call), seen.kept.get(call.key, [])
    if len(done) > 1 or len(kept) > 1:
        verdict.twice.append(str(call))
    elif len(done) != len(kept):
        verdict.torn.append(str(call))
    return bool(done and kept)
