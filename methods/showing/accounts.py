"""Accounts receivable, their customers and statements; and the accounts that a page of documents refers to."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import orjson

from ledger import money, queries
from ledger.accounts import Statement, tags_of
from ledger.entry import Reading
from ledger.storage.models import Account, Currency, Customer
from methods.answers import Data
from methods.showing import configuration, people


@lru_cache(maxsize=4096)
def amount(minor: int, exponent: int) -> orjson.Fragment:
    """Minor units as the exact number that is written: 1250 of two decimals is 12.5."""
    return orjson.Fragment(money.shown(minor, exponent))


class Accounts:
    """The accounts of a page of documents, with their currencies, by row key."""

    def __init__(self, reading: Reading, pks: Iterable[int]) -> None:
        self._reading = reading
        self._rows = queries.briefs(reading, Account, pks)
        self._exponents = {pk: reading.rows.get(Currency, row.currency_pk).exponent for pk, row in self._rows.items()}

    def amount(self, account_pk: int, minor: int) -> orjson.Fragment:
        """An amount on this account."""
        return amount(minor, self._exponents[account_pk])

    def currency(self, account_pk: int) -> Data | None:
        """The currency that the account is kept in."""
        return self._reading.rows.shown(Currency, self._rows[account_pk].currency_pk, configuration.currency)

    def short(self) -> dict[int, Data]:
        """The accounts as other objects refer to them."""
        owners = queries.briefs(self._reading, Customer, [row.customer_pk for row in self._rows.values()])
        return {pk: account_short(row, owners[row.customer_pk]) for pk, row in self._rows.items()}


def account_short(row: Account, owner: Customer) -> Data:
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "life_cycle_state": row.life_cycle_state,
        "account_owner": people.customer_short(owner),
    }


def accounts_complete(reading: Reading, rows: Sequence[Account]) -> list[Data]:
    """Accounts with what is owed on them now."""
    pks = [row.pk for row in rows]
    known, sums = Accounts(reading, pks), queries.account_sums(reading, pks)
    short = known.short()
    return [
        {
            **short[row.pk],
            "balance": known.amount(row.pk, row.balance),
            "outstanding_amount": known.amount(row.pk, sums[row.pk].overdue),
            "unsettled_amount": known.amount(row.pk, sums[row.pk].unpaid),
            "unallocated_amount": known.amount(row.pk, sums[row.pk].unallocated),
            "credit_period": row.credit_period,
            "notes": row.notes,
            "address": row.address,
            "phone": row.phone,
            "fax": row.fax,
            "tags": tags_of(row),
            "currency": known.currency(row.pk),
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]


def customers_complete(reading: Reading, rows: Sequence[Customer]) -> list[Data]:
    """Customers with their accounts."""
    accounts_of = queries.accounts_of(reading, [row.pk for row in rows])
    all_accounts = [account for found in accounts_of.values() for account in found]
    currencies = queries.by_pk(reading, Currency, [account.currency_pk for account in all_accounts])
    return [
        {
            **people.customer_short(row),
            "email": row.email,
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            "accounts_receivable_set": [
                _of_customer(account, currencies[account.currency_pk]) for account in accounts_of.get(row.pk, ())
            ],
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]


def _of_customer(row: Account, kept_in: Currency) -> Data:
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "life_cycle_state": row.life_cycle_state,
        "currency": configuration.currency(kept_in),
    }


def statement(reading: Reading, row: Account, from_date: str | None, to_date: str | None, found: Statement) -> Data:
    """An account's bookings of a period between two balances."""
    known = Accounts(reading, [row.pk])
    return {
        "accounts_receivable": known.short()[row.pk],
        "currency": known.currency(row.pk),
        "from_date": from_date,
        "to_date": to_date,
        "opening_balance": known.amount(row.pk, found.opening),
        "entries": [
            {
                "date": line.at,
                "kind": line.kind,
                "number": line.number,
                "description": line.description,
                "amount": known.amount(row.pk, line.amount),
                "balance": known.amount(row.pk, line.balance),
            }
            for line in found.entries
        ],
        "closing_balance": known.amount(row.pk, found.closing),
    }
