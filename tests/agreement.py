"""Where a book and the model of it differ: read with plain SQL, past all of the ledger's own code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.model import Model

ACCOUNTS = """
    SELECT name, life_cycle_state, balance,
        (SELECT COALESCE(SUM(amount), 0) FROM journal_entry WHERE account_pk = account.pk),
        (SELECT COALESCE(SUM(unpaid), 0) FROM invoice WHERE account_pk = account.pk)
        - (SELECT COALESCE(SUM(unallocated), 0) FROM payment WHERE account_pk = account.pk)
    FROM account"""
INVOICES = """
    SELECT account.name, invoice.life_cycle_state, total_amount, unpaid
    FROM invoice JOIN account ON account.pk = account_pk ORDER BY invoice.pk"""
PAYMENTS = """
    SELECT account.name, payment.life_cycle_state, allocation_mode, amount, unallocated, principal_linked,
        written_off_on IS NOT NULL, principal_invoice_pk
    FROM payment JOIN account ON account.pk = account_pk ORDER BY payment.pk"""
APPLIED = "SELECT payment_pk, invoice_pk, SUM(amount) AS amount FROM allocation GROUP BY 1, 2 HAVING SUM(amount) <> 0"
INTENDED = "SELECT payment_pk, invoice_pk, bill_pk FROM intended ORDER BY payment_pk, position"
BEYOND = f"""
    SELECT 'payment', payment_pk FROM ({APPLIED}) AS a JOIN payment ON payment.pk = payment_pk
    GROUP BY 2, payment.amount HAVING SUM(a.amount) > payment.amount OR MIN(a.amount) < 0 UNION ALL
    SELECT 'invoice', invoice_pk FROM ({APPLIED}) AS a JOIN invoice ON invoice.pk = invoice_pk
    GROUP BY 2, total_amount HAVING SUM(a.amount) > total_amount"""
NUMBERED = """
    SELECT {0}.number FROM {0} JOIN journal_entry ON document_id = id AND kind IN ('{1}', 'WRITE_OFF')
    ORDER BY journal_entry.pk"""
DOCUMENTS = ("payment", "invoice", "payment_cancellation", "invoice_cancellation")
SERIES = {
    **{f"{table}.number": NUMBERED.format(table, table.upper().removesuffix("LATION")) for table in DOCUMENTS},
    **{f"{table}.reference_number": f"SELECT reference_number FROM {table} ORDER BY pk" for table in DOCUMENTS},
    "bill.number": "SELECT number FROM bill ORDER BY pk",
}


Ask = Callable[[str], Sequence[Any]]
"""What a query finds in the book."""


def differences(ask: Ask, model: Model) -> Iterator[str]:
    """A sentence for each difference."""
    yield from _balances(ask, model)
    yield from _records(ask, model)
    yield from _allocations(ask, model)
    yield from (f"more is applied of or to {kind} {pk} than there is" for kind, pk in ask(BEYOND))
    yield from _numbers(ask, model)


def places(ask: Ask, table: str) -> dict[int, int]:
    """Where the model has the record with a row key: both know them in the order in which they were made."""
    return {pk: place for place, (pk,) in enumerate(ask(f"SELECT pk FROM {table} ORDER BY pk"))}


def _balances(ask: Ask, model: Model) -> Iterator[str]:
    for name, *found in ask(ACCOUNTS):
        wanted = [model.states[name], *[model.balances[name]] * 3]
        if found != wanted:
            yield f"account {name}: state, balance, journal and documents are {found}, not {wanted}"


def _records(ask: Ask, model: Model) -> Iterator[str]:
    owed = [(each.account, each.state, each.amount, each.unpaid) for each in model.invoices]
    yield from _unlike("invoice", ask(INVOICES), owed)
    known = places(ask, "invoice")
    paid = [(*row, known.get(principal)) for *row, principal in ask(PAYMENTS)]
    yield from _unlike("payment", paid, [each.shown for each in model.payments])
    ((count,),) = ask("SELECT COUNT(*) FROM bill")
    if count != len(model.bills):
        yield f"there are {count} bills, not {len(model.bills)}"


def _unlike(kind: str, found: Sequence[object], wanted: Sequence[object]) -> Iterator[str]:
    if len(found) != len(wanted):
        yield f"there are {len(found)} {kind}s, not {len(wanted)}"
    for place, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one != other:
            yield f"{kind} at {place} is {one}, not {other}"


def _allocations(ask: Ask, model: Model) -> Iterator[str]:
    paid, invoice, bill = (places(ask, table) for table in ("payment", "invoice", "bill"))
    found = {(paid[pk], invoice[key]): amount for pk, key, amount in ask(APPLIED)}
    wanted = {(place, key): amount for place, each in enumerate(model.payments) for key, amount in each.applied.items()}
    yield from _pairs("applied", found, wanted)
    noted = [(paid[pk], *(("invoice", invoice[i]) if i else ("bill", bill[b]))) for pk, i, b in ask(INTENDED)]
    intended = [(place, *target) for place, each in enumerate(model.payments) for target in each.intended]
    if noted != intended:
        yield f"intended is {sorted(set(noted) - set(intended))}, not {sorted(set(intended) - set(noted))}, or in another order"


def _pairs(what: str, found: Mapping[tuple[int, int], int], wanted: Mapping[tuple[int, int], int]) -> Iterator[str]:
    for pair in found.keys() | wanted.keys():
        if found.get(pair) != wanted.get(pair):
            yield f"payment and invoice at {pair}: {found.get(pair)} is {what}, not {wanted.get(pair)}"


def _numbers(ask: Ask, model: Model) -> Iterator[str]:
    for name, query in SERIES.items():
        given = [int(number.lstrip("IC")) for (number,) in ask(query)]
        ((last,),) = ask(f"SELECT last FROM number_series WHERE name = '{name}'")
        if given != list(range(1, last + 1)):
            yield f"the numbers of {name} do not follow one another"
        if last != model.series[name]:
            yield f"the last number of {name} is {last}, not {model.series[name]}"
