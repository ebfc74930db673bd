"""The order of a list: `sort=-amount,paid_on`."""

from collections.abc import Mapping, Sequence

from ledger.queries.ordering import OLDEST_FIRST, Order
from rpcserver.dialects.productive.query import Member, listed, plain
from rpcserver.dialects.productive.words import parameter, refusal

WORDS: Mapping[str, str] = {
    "amount": "amount",
    "paid_on": "received_on",
    "written_off_on": "written_off_on",
    "note": "notes",
    "date": "issued_on",
    "invoice.number": "invoice_number",
    "invoice_number": "invoice_number",
    "invoice.deal.company.name": "customer_name",
    "invoice.deal.project.name": "project_name",
    "invoice.deal.name": "project_name",
}
"""What can be sorted by, in the ledger's words. A deal stands for the project: there is one of each for an invoice."""


def order(members: Sequence[Member]) -> Order:
    """The order that a request asks for; else the oldest record first, so that new ones change no earlier page."""
    words: dict[str, bool] = {}
    for key in listed(plain(members) or ""):
        name = key.removeprefix("-")
        if name not in WORDS:
            detail = f"Sort by '{name}' is not supported on this endpoint."
            raise refusal([parameter("sort", "sort_param_unsupported", "Sort param unsupported", detail)])
        words.setdefault(WORDS[name], key.startswith("-"))
    return tuple(words.items()) or OLDEST_FIRST
