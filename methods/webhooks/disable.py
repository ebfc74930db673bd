"""webhooks/disable: tell a receiver no more."""

from pydantic import Field

from ledger import webhooks
from ledger.entry import Entry
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import WebhookComplete
from methods.parameters import FieldsSet, Flag, WebhookIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.webhooks import webhooks_complete


class DisableParams(Params):
    webhook_identifier: WebhookIdentifier = Field(description="The webhook to disable.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: DisableParams) -> Data:
    webhook = found(entry, lambda names: names.webhook, params.webhook_identifier)
    return webhooks_complete(entry, [webhooks.disable(entry, webhook)])[0]


METHOD = Method(
    summary="Tell a webhook of no more events; what waits for it is parked.",
    params=DisableParams,
    shape=WebhookComplete,
    run=run,
    writes=True,
    right=Right.WEBHOOKS_WRITE,
    example={"webhook_identifier": {"name": "ERP"}},
)
