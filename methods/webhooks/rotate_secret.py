"""webhooks/rotate_secret: another secret, while the old one goes on signing for a day."""

from pydantic import Field

from ledger import webhooks
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.webhooks import WebhookWithSecret
from methods.parameters import FieldsSet, Flag, WebhookIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.webhooks import webhooks_complete
from methods.webhooks import secret
from methods.webhooks.secret import Secret


class RotateParams(Params):
    webhook_identifier: WebhookIdentifier = Field(description="The webhook that gets another secret.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def prepare(book: Book, call: Call, params: RotateParams) -> Secret:
    return secret.made(book)


def run(entry: Entry, params: RotateParams, made: Secret) -> Data:
    webhook = found(entry, lambda names: names.webhook, params.webhook_identifier)
    rotated = webhooks.rotate_secret(entry, webhook, made.encrypted)
    return webhooks_complete(entry, [rotated])[0] | {"secret": made.shown(entry)}


METHOD = Method(
    summary="Give a webhook another secret, answered this once; for a day what is sent is signed with both.",
    params=RotateParams,
    shape=WebhookWithSecret,
    run=run,
    prepare=prepare,
    writes=True,
    secret=True,
    right=Right.WEBHOOKS_WRITE,
    example={"webhook_identifier": {"name": "ERP"}},
)
