"""QBench's door: its payment, customer and invoice resources, version 1, and its token endpoint."""

from starlette.routing import BaseRoute

from rpcserver.dialects.qbench import applying, customers, invoices, payments, tokens
from rpcserver.dialects.qbench.manners import TOKENS, WORD, Manners
from rpcserver.dialects.qbench.tokens import TokenManners
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.rest import resource, unknown

PREFIX = "/qbench"
API = PREFIX + "/api/v1"


def routes(house: House) -> list[BaseRoute]:
    """The door's resources."""
    door, manners = Door(house, WORD), Manners(house)
    payment, customer, invoice = API + "/payment", API + "/customer", API + "/invoice"
    one_payment = payment + "/{payment_id}"
    return [
        resource(payment, door, manners, payments.MANY),
        resource(one_payment, door, manners, payments.ONE),
        resource(one_payment + "/apply", door, manners, applying.SEVERAL),
        resource(one_payment + "/invoice/{invoice_id}", door, manners, applying.ONE),
        resource(customer, door, manners, customers.MANY),
        resource(customer + "/{customer_id}", door, manners, customers.ONE),
        resource(invoice, door, manners, invoices.MANY),
        resource(invoice + "/{invoice_id}", door, manners, invoices.ONE),
        resource(TOKENS, door, TokenManners(house), {"POST": tokens.exchange(house)}),
        unknown(PREFIX, door, manners),
    ]
