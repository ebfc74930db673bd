"""webhooks/list: webhooks, newest first."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import WebhookFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.webhooks import WebhookComplete
from methods.parameters import Boolean, FieldsSet
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.webhooks import webhooks_complete


class Filters(Params):
    active: Boolean | None = Field(None, description="true: only webhooks that are told of events; false: only disabled ones.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    filters = WebhookFilters(active=params.active)
    return listed(reading, params, partial(queries.webhooks, filters=filters), webhooks_complete)


METHOD = Method(
    summary="List webhooks, newest first; disabled ones too.",
    params=ListParams,
    shape=WebhookComplete,
    many=True,
    run=run,
    right=Right.WEBHOOKS_READ,
    refusals=(EntityNotFound,),
    example={"active": True},
)
