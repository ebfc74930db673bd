"""whoami: who calls, with which rights."""

from ledger import queries
from ledger.entry import Reading
from ledger.rights import ROLES, Right
from ledger.storage.models import Currency, Unit, User
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Caller
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing import configuration, people


class WhoamiParams(Params):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: WhoamiParams) -> Data:
    actor = reading.actor
    user = queries.by_pk(reading, User, [actor.user_pk])[actor.user_pk]
    customers = queries.customers_of(reading, [actor.user_pk])
    return {
        **people.user_short(user),
        "role": actor.role,
        "rights": sorted(ROLES[actor.role]),
        "unit": reading.rows.shown(Unit, actor.unit_pk, people.unit),
        "customers_set": [people.customer_short(row) for row in customers.get(actor.user_pk, ())],
        "organisation": _organisation(reading),
    }


def _organisation(reading: Reading) -> Data | None:
    row = queries.organisation(reading)
    if row is None:
        return None
    currency = queries.by_pk(reading, Currency, [row.default_currency_pk])[row.default_currency_pk]
    return {"id": row.id, "name": row.name, "default_currency": configuration.currency(currency)}


METHOD = Method(
    summary="Who is calling: user, role, rights, unit, and whose book this is.",
    params=WhoamiParams,
    shape=Caller,
    run=run,
    light=True,
    right=Right.SESSION,
    example={},
)
