"""configuration/exchange_rates/list: what currencies are worth, from which day on."""

from pydantic import Field

from ledger import rates
from ledger.entry import Reading
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import ExchangeRateShape
from methods.parameters import CurrencyIdentifier, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import exchange_rates


class ListParams(Params):
    currency_identifier: CurrencyIdentifier | None = Field(None, description="Only rates of this currency.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    names = Names(reading)
    currency = names.currency(params.currency_identifier)
    names.settle()
    return exchange_rates(reading, rates.rates(reading, currency))


METHOD = Method(
    summary="List the exchange rates of one currency or of all, by currency and day.",
    params=ListParams,
    shape=ExchangeRateShape,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={"currency_identifier": {"code": "EUR"}},
)
