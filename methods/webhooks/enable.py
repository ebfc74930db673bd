"""webhooks/enable: tell a receiver again."""

from pydantic import Field

from ledger import webhooks
from ledger.entry import Entry
from ledger.errors import EventsNotKept
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import WebhookComplete
from methods.parameters import FieldsSet, Flag, WebhookIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.webhooks import webhooks_complete


class EnableParams(Params):
    webhook_identifier: WebhookIdentifier = Field(description="The webhook to enable.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: EnableParams) -> Data:
    webhook = found(entry, lambda names: names.webhook, params.webhook_identifier)
    return webhooks_complete(entry, [webhooks.enable(entry, webhook)])[0]


METHOD = Method(
    summary="Tell a disabled webhook of events again, from now on; what it missed stays parked until it is replayed.",
    params=EnableParams,
    shape=WebhookComplete,
    run=run,
    writes=True,
    right=Right.WEBHOOKS_WRITE,
    refusals=(EventsNotKept,),
    example={"webhook_identifier": {"name": "ERP"}},
)
