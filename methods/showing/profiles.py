"""Payment profiles."""

from collections.abc import Sequence

import orjson

from ledger.entry import Reading
from ledger.storage.models import PaymentProfile
from methods.answers import Data
from methods.showing import people
from methods.showing.accounts import Accounts


def profile_short(row: PaymentProfile) -> Data:
    return {"id": row.id, "name": row.name, "payment_type": row.payment_type, "active": bool(row.active)}


def profiles_complete(reading: Reading, rows: Sequence[PaymentProfile]) -> list[Data]:
    """A page of profiles with the accounts that pay so."""
    owners = Accounts(reading, {row.account_pk for row in rows}).short()
    return [
        {
            **profile_short(row),
            "attributes": orjson.Fragment(row.attributes or "{}"),
            "accounts_receivable": owners[row.account_pk],
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]
