"""webhooks/show: one webhook."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import WebhookComplete
from methods.parameters import FieldsSet, WebhookIdentifier
from methods.params import FIELDS_SET, Params
from methods.showing.webhooks import webhooks_complete


class ShowParams(Params):
    webhook_identifier: WebhookIdentifier = Field(description="The webhook to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    webhook = found(reading, lambda names: names.webhook, params.webhook_identifier)
    return webhooks_complete(reading, [webhook])[0]


METHOD = Method(
    summary="Show a webhook: where it leads, what it is told of, whether it answers, and how much has not reached it.",
    params=ShowParams,
    shape=WebhookComplete,
    run=run,
    right=Right.WEBHOOKS_READ,
    example={"webhook_identifier": {"name": "ERP"}},
)
