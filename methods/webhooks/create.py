"""webhooks/create: somebody who is told of events from now on."""

from pydantic import Field

from ledger import events, webhooks
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.errors import DuplicateName, EventsNotKept
from ledger.rights import Right
from methods.answers import Data
from methods.events.types import EventTypes
from methods.method import Method
from methods.objects.webhooks import WebhookWithSecret
from methods.parameters import FieldsSet, Flag, Name
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.webhooks import webhooks_complete
from methods.webhooks import secret
from methods.webhooks.secret import Secret
from methods.webhooks.url import Url


class CreateParams(Params):
    url: Url = Field(description="Where events are posted to, with https; a public address, unless the server allows its network.")
    name: Name = Field(description="A name to find it by, unique among webhooks.")
    types_set: EventTypes | None = Field(None, description="Only events of these types; all if left out.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def prepare(book: Book, call: Call, params: CreateParams) -> Secret:
    """A new secret. What waits for its place was committed before: a new webhook is not told of it."""
    webhooks.check_destination(book.outgoing.reach, params.url)
    events.place_what_waits(book, call)
    return secret.made(book)


def run(entry: Entry, params: CreateParams, made: Secret) -> Data:
    webhook = webhooks.create(entry, name=params.name, url=params.url, types=params.types_set, encrypted=made.encrypted)
    return webhooks_complete(entry, [webhook])[0] | {"secret": made.shown(entry)}


METHOD = Method(
    summary="Have somebody told of events from now on; the secret that signs what is sent is answered this once.",
    params=CreateParams,
    shape=WebhookWithSecret,
    run=run,
    prepare=prepare,
    writes=True,
    secret=True,
    right=Right.WEBHOOKS_WRITE,
    refusals=(DuplicateName, EventsNotKept),
    example={
        "url": "https://crm.example.com/hooks/payments",
        "name": "CRM",
        "types_set": ["payment.posted", "payment.cancelled", "invoice.settled"],
    },
)
