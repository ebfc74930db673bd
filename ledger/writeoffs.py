"""What sets a write-off apart from a payment: the day on which it was written off, and perhaps no date of payment."""

from ledger.classification import WRITE_OFF
from ledger.errors import InvalidParameter


def dates(classification: str, received_on: str | None, written_off_on: str | None, *, unreceived: bool) -> dict[str, object]:
    """The dates of a payment or write-off as its row keeps them; moments.

    Refuses: INVALID_PARAMETER (`written_off_on` or `received_on`, where they do not fit the classification).
    """
    if classification == WRITE_OFF and written_off_on is None:
        raise InvalidParameter("a write-off needs the date on which it was written off", "written_off_on")
    if classification != WRITE_OFF and written_off_on is not None:
        raise InvalidParameter("only a write-off has a date on which it was written off", "written_off_on")
    if classification != WRITE_OFF and unreceived:
        raise InvalidParameter("only a write-off can be without a date of payment", "received_on")
    return {
        "received_on": written_off_on if unreceived else received_on,
        "written_off_on": written_off_on,
        "unreceived": True if unreceived else None,
    }
