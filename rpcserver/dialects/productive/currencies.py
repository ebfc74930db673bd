"""The three currencies of an amount: its own, the organisation's default, and the one it is reported in, which is its own here."""

from typing import Any

from ledger.entry import Reading
from ledger.organisation import default_currency_pk
from ledger.rates import SCALE, converted
from ledger.storage.models import Currency


class Currencies:
    """The currencies of a book, looked up when they are needed. Amounts in minor units, rates in ten-billionths."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: dict[int, Currency] = {}
        self.default = self.at(default_currency_pk(reading))

    def at(self, pk: int) -> Currency:
        """The currency of this row key."""
        if pk not in self._found:
            self._found[pk] = self._reading.rows.get(Currency, pk)
        return self._found[pk]

    def rate(self, pk: int, invoice_rate: int | None, configured: int | None) -> int | None:
        """What leads to the default currency: 1 from itself, else the invoice's own rate, else the configured one of the day."""
        return SCALE if pk == self.default.pk else invoice_rate or configured

    def in_default(self, pk: int, amount: int, rate: int | None) -> int | None:
        """An amount in the default currency; None without a rate."""
        if rate is None:
            return None
        return converted(amount, self.at(pk).exponent, rate, self.default.exponent)

    def names(self, pk: int) -> dict[str, Any]:
        """The three codes, as attributes."""
        own = self.at(pk).code
        return {"currency": own, "currency_default": self.default.code, "currency_normalized": own}

    def amounts(self, name: str, pk: int, amount: int, rate: int | None) -> dict[str, Any]:
        """An amount three times, as attributes."""
        return {name: amount, f"{name}_default": self.in_default(pk, amount, rate), f"{name}_normalized": amount}
