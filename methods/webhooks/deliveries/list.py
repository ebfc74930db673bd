"""webhooks/deliveries/list: what has not reached its receiver."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import DeliveryFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import DeliveryShape
from methods.parameters import DeliveryState, FieldsSet, WebhookIdentifier
from methods.params import FIELDS_SET, PagedRows, Params
from methods.showing.webhooks import deliveries


class Filters(Params):
    webhook_identifier: WebhookIdentifier | None = Field(None, description="Only what this webhook has not taken.")
    state: DeliveryState | None = Field(None, description="WAITING: what will be tried again; PARKED: what is tried no more.")


class ListParams(PagedRows, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    named = params.webhook_identifier
    webhook = found(reading, lambda names: names.webhook, named) if named else None
    filters = DeliveryFilters(webhook=webhook, state=params.state)
    return listed(reading, params, partial(queries.deliveries, filters=filters), deliveries)


METHOD = Method(
    summary="List the events that have not reached a webhook, newest first: those that wait, and those that are parked.",
    params=ListParams,
    shape=DeliveryShape,
    many=True,
    run=run,
    right=Right.WEBHOOKS_READ,
    refusals=(EntityNotFound,),
    example={"state": "PARKED", "number_of_results": 10},
)
