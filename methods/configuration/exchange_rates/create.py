"""configuration/exchange_rates/create: what a currency is worth from a day on."""

from pydantic import Field

from ledger import rates
from ledger.entry import Entry
from ledger.errors import DuplicateName
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.configuration import ExchangeRateShape
from methods.parameters import CurrencyIdentifier, FieldsSet, Flag, Moment, Rate
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.configuration import exchange_rates


class CreateParams(Params):
    currency_identifier: CurrencyIdentifier = Field(description="The currency; not the default one, whose rate is always 1.")
    from_date: Moment = Field(description="The day from which it is worth that; of a moment its date in UTC counts.")
    rate: Rate = Field(description="What one unit is worth in the default currency, with up to ten decimals.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    currency = found(entry, lambda names: names.currency, params.currency_identifier)
    day = params.from_date[: rates.DATE_LENGTH]
    return exchange_rates(entry, [rates.create(entry, currency=currency, from_date=day, rate=params.rate)])[0]


METHOD = Method(
    summary="Create an exchange rate: what one unit of a currency is worth in the default one, until the next rate begins.",
    params=CreateParams,
    shape=ExchangeRateShape,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(DuplicateName,),
    example={"currency_identifier": {"code": "GBP"}, "from_date": "2014-05-21", "rate": 1.6875},
)
