"""Callers of all doors at the same moment: who comes second gets what that door's rules say, and the books never hold too much."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import combinations_with_replacement
from threading import Barrier
from typing import TypeVar

import pytest

from ledger.storage.models import Allocation, Invoice, Payment
from tests.books import EUROS
from tests.doors import DOORS, RULE, Door, Native, Productive, Qbench, Reply, Waldur
from tests.premises import Premises

T = TypeVar("T")

THREADS = 16
INVOICES = 50
PAYMENTS = 20
TOTAL = Decimal("99.99")
PART = Decimal(30)
PATIENCE_SECONDS = 60
EVERYWHERE = {(Native, Native), (Native, Waldur), (Qbench, Productive)}
"""The pairs of doors that race on each engine; all others on one: behind the doors it is the same write."""
PAIRS = [
    pytest.param(pair, id=f"{pair[0].word} and {pair[1].word}", marks=() if pair in EVERYWHERE else pytest.mark.one_engine)
    for pair in combinations_with_replacement(DOORS, 2)
]
EACH = pytest.mark.parametrize("kind", DOORS, ids=lambda door: door.word)
Won = tuple[Invoice, Door, Reply]


def at_once(work: Callable[[int], Sequence[T]]) -> list[T]:
    """What 16 threads, which begin at the same moment, each make of the work."""
    ready = Barrier(THREADS)

    def one(number: int) -> Sequence[T]:
        ready.wait(PATIENCE_SECONDS)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return [made for thread in pool.map(one, range(THREADS)) for made in thread]


def shuffled(subjects: Sequence[T], seed: int) -> list[T]:
    """The same things in another order for each thread."""
    return random.Random(seed).sample(subjects, len(subjects))


def purses(premises: Premises, doors: Sequence[Door]) -> dict[int, Payment]:
    """For each thread whose door applies what was paid before: a payment that could pay everything."""
    whole = TOTAL * INVOICES
    return {place: door.create(EUROS, whole).made for place, door in enumerate(doors) if isinstance(door, Qbench)}


def pay(door: Door, invoice: Invoice, purse: Payment | None) -> Reply:
    """Pay an invoice whole, whether or not somebody else has done so meanwhile."""
    if purse is not None:
        return door.apply(purse, invoice, TOTAL)
    return door.pay_exactly(invoice) if isinstance(door, Native) else door.pay(invoice, TOTAL)


def allocated(premises: Premises) -> Counter[int]:
    """The sum of all allocations to each invoice, in minor units."""
    sums: Counter[int] = Counter()
    for row in premises.company.all(Allocation):
        sums[row.invoice_pk] += row.amount
    return sums


@pytest.mark.parametrize("pair", PAIRS)
def test_16_threads_of_two_doors_pay_50_invoices_once_each(open_doors: Premises, pair: tuple[type[Door], type[Door]]) -> None:
    doors = [pair[number % 2](open_doors) for number in range(THREADS)]
    mine = purses(open_doors, doors)
    invoices = [open_doors.invoice(str(TOTAL)) for _ in range(INVOICES)]

    def work(number: int) -> list[Won]:
        # Each thread has half of the invoices, so that each invoice is wanted by four threads of either door.
        door, purse = doors[number], mine.get(number)
        wanted = invoices[number // 2 % 2 :: 2]
        return [(invoice, door, pay(door, invoice, purse)) for invoice in shuffled(wanted, number)]

    tried = at_once(work)
    assert allocated(open_doors) == {invoice.pk: 9999 for invoice in invoices}
    paying = open_doors.company.all(Allocation)
    assert len(paying) == INVOICES, "an invoice was paid in two pieces, or something was taken back"
    refused = [(door, reply) for _, door, reply in tried if not reply.ok]
    # Who says how much goes where is refused; who relates a payment to an invoice has paid too much, which is credit.
    assert all(isinstance(door, Native | Qbench) for door, _ in refused)
    assert all(door.refused(reply, RULE) for door, reply in refused), {reply.text for _, reply in refused}
    made = {reply.made.pk: reply.made for _, door, reply in tried if reply.ok and not isinstance(door, Qbench)}
    assert set(made) | {payment.pk for payment in mine.values()} == {payment.pk for payment in open_doors.payments()}
    by_payment = Counter(row.payment_pk for row in paying)
    for payment in made.values():
        assert open_doors.left(payment) == (0 if by_payment[payment.pk] else TOTAL)
    for place, purse in mine.items():
        won = [reply for _, door, reply in tried if door is doors[place] and reply.ok]
        assert by_payment[purse.pk] == len(won)
        assert open_doors.left(purse) == TOTAL * (INVOICES - len(won))


def test_parts_from_all_doors_never_exceed_the_invoice(open_doors: Premises) -> None:
    doors = [DOORS[number % len(DOORS)](open_doors) for number in range(THREADS)]
    mine = purses(open_doors, doors)
    invoices = [open_doors.invoice(100) for _ in range(PAYMENTS)]

    def work(number: int) -> list[Reply]:
        door, purse = doors[number], mine.get(number)
        return [
            door.pay(invoice, PART) if purse is None else door.apply(purse, invoice, PART) for invoice in shuffled(invoices, number)
        ]

    replies = at_once(work)
    assert {reply.status for reply in replies if not reply.ok} <= {Qbench.statuses[RULE]}
    assert allocated(open_doors) == {invoice.pk: 10_000 for invoice in invoices}
    assert all(open_doors.left(payment) >= 0 for payment in open_doors.payments())


def test_a_payment_is_deleted_by_whoever_comes_first(open_doors: Premises) -> None:
    payments = [Qbench(open_doors).create(EUROS, PART).made for _ in range(PAYMENTS)]
    doors = [DOORS[number % len(DOORS)](open_doors) for number in range(THREADS)]

    def work(number: int) -> list[tuple[int, Door, Reply]]:
        return [(payment.pk, doors[number], doors[number].delete(payment)) for payment in shuffled(payments, number)]

    tried = at_once(work)
    assert Counter(pk for pk, _, reply in tried if reply.ok) == {payment.pk: 1 for payment in payments}
    assert {(door.word, reply.status) for _, door, reply in tried if not reply.ok} <= {
        ("native", 409),
        ("waldur", 404),
        ("qbench", 404),
        ("productive", 404),
    }
    assert open_doors.company.account(EUROS).balance == 0


@EACH
def test_one_key_from_16_threads_has_one_effect_and_one_answer(open_doors: Premises, kind: type[Door]) -> None:
    door = kind(open_doors).keyed("statement 7, line 3")
    open_doors.billed(EUROS, PART)
    replies = at_once(lambda _number: [door.create(EUROS, PART)])
    (payment,) = open_doors.payments()
    assert {(reply.status, reply.text, reply.made.pk) for reply in replies} == {(replies[0].status, replies[0].text, payment.pk)}
    assert Counter("Idempotency-Replayed" in reply.headers for reply in replies) == {False: 1, True: THREADS - 1}


def test_one_key_through_all_doors_at_once_has_one_effect(open_doors: Premises) -> None:
    doors = [DOORS[number % len(DOORS)](open_doors).keyed("k") for number in range(THREADS)]
    open_doors.billed(EUROS, PART)
    replies = at_once(lambda number: [(doors[number].word, doors[number].create(EUROS, PART))])
    assert len(open_doors.payments()) == 1
    assert len({word for word, reply in replies if reply.ok}) == 1
