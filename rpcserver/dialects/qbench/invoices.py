"""The invoice resource: show and list."""

from ledger.entry import Answer, Reading
from ledger.queries.counted import counted_invoices
from ledger.resolving import Names
from ledger.rights import Right
from rpcserver.dialects.qbench import pages, showing
from rpcserver.dialects.qbench.manners import answer
from rpcserver.dialects.qbench.reading import part
from rpcserver.rest import Action, Asking, Deed, Look

INVOICE, CUSTOMER = "invoice_id", "customer_id"
SORTS = {"id": "pk", "date_created": "created", "due_date": "due_on", "total": "total"}


def _show(asking: Asking) -> Deed:
    pk = part(asking, INVOICE)

    def run(reading: Reading) -> Answer:
        names = Names(reading)
        invoice = names.invoice.at(pk)
        names.settle()
        return answer(showing.invoices(reading, [invoice])[0])

    return Look(run)


def _list(asking: Asking) -> Deed:
    page = pages.asked(asking.query, SORTS, CUSTOMER)
    account = page.filters.get(CUSTOMER)

    def run(reading: Reading) -> Answer:
        found = counted_invoices(reading, account=account, order=(page.order,), limit=page.size, offset=page.offset)
        return pages.answered(showing.invoices(reading, found.rows), found.total, page)

    return Look(run)


MANY = {"GET": Action("invoices.list", Right.RECORDS_READ, _list)}
ONE = {"GET": Action("invoices.show", Right.RECORDS_READ, _show, light=True)}
