"""webhooks/update: another URL, name, or choice of events."""

from typing import Annotated

from pydantic import Field

from ledger import webhooks
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.errors import DuplicateName
from ledger.rights import Right
from methods.answers import Data
from methods.events.types import EventTypes
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import WebhookComplete
from methods.parameters import KEPT, FieldsSet, Flag, Name, WebhookIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.webhooks import webhooks_complete
from methods.webhooks.url import Url


class UpdateParams(Params):
    webhook_identifier: WebhookIdentifier = Field(description="The webhook to change.")
    url: Annotated[Url | None, KEPT] = Field(None, description="Another URL; what waits is sent there, too.")
    name: Annotated[Name | None, KEPT] = Field(None, description="Another name.")
    types_set: EventTypes | None = Field(None, description="Other types of events in place of all that there are; null for all.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def prepare(book: Book, call: Call, params: UpdateParams) -> None:
    """Nothing but a look at where another URL leads."""
    if params.url is not None:
        webhooks.check_destination(book.outgoing.reach, params.url)


def run(entry: Entry, params: UpdateParams, _prepared: None) -> Data:
    webhook = found(entry, lambda names: names.webhook, params.webhook_identifier)
    changes = params.given("url", "name")
    if "types_set" in params.model_fields_set:
        changes["types"] = params.types_set
    return webhooks_complete(entry, [webhooks.update(entry, webhook, changes)])[0]


METHOD = Method(
    summary="Change a webhook's URL, its name, or the types of events that it is told of.",
    params=UpdateParams,
    shape=WebhookComplete,
    run=run,
    prepare=prepare,
    writes=True,
    right=Right.WEBHOOKS_WRITE,
    refusals=(DuplicateName,),
    example={"webhook_identifier": {"name": "ERP"}, "url": "https://erp.example.com/v2/hooks"},
)
