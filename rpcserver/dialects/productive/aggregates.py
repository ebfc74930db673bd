"""Aggregates: `aggregates=total_amount`, also spelled `aggregates[]=` and `aggregate=`."""

from ledger.entry import Reading
from ledger.queries.conditions import Part
from ledger.queries.posted import posted_amounts, posted_total
from ledger.rates import rates_on
from rpcserver.dialects.productive.currencies import Currencies
from rpcserver.dialects.productive.query import Families, listed, unknown
from rpcserver.dialects.productive.words import parameter, refusal

TOTAL = "total_amount"
SPELLINGS = ("aggregates", "aggregate")


def wanted(families: Families) -> bool:
    """Whether the total is asked for, the only aggregate there is."""
    names: list[str] = []
    for member in (member for spelling in SPELLINGS for member in families[spelling]):
        if member.path not in ((), ("",)):
            raise refusal([unknown(member.name, f"{member.name!r} is not a parameter of this endpoint")])
        names.extend(listed(member.value))
    for name in names:
        if name != TOTAL:
            detail = f"Aggregate '{name}' is not supported on this endpoint"
            raise refusal([parameter("aggregates", "unsupported_aggregate", "Unsupported Aggregate", detail)])
    return bool(names)


def total(reading: Reading, where: Part | None) -> int | None:
    """The sum of all amounts that the filter finds: in their own currency if there is one, else in the default currency; None if
    some have no rate to it."""
    sums = posted_total(reading, where, write_offs=True)
    if len(sums) <= 1:
        return sums[0][1] if sums else 0
    groups = posted_amounts(reading, where, write_offs=True)
    rates = rates_on(reading, {(group.currency_pk, group.day) for group in groups})
    currencies = Currencies(reading)
    whole = 0
    for group in groups:
        rate = currencies.rate(group.currency_pk, group.rate, rates[group.currency_pk, group.day])
        worth = currencies.in_default(group.currency_pk, group.amount, rate)
        if worth is None:
            return None
        whole += worth * group.number
    return whole
