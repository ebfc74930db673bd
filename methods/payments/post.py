"""payments/post: post a draft."""

from pydantic import Field

from ledger import payments
from ledger.entry import Entry
from ledger.rights import Right
from methods import transition
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import FieldsSet, Flag, PaymentIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.shorts import one_payment


class PostParams(Params):
    payment_identifier: PaymentIdentifier = Field(description="The draft to post.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: PostParams) -> Data:
    return transition.posted(entry, lambda names: names.payment, params.payment_identifier, payments.post, one_payment)


METHOD = Method(
    summary="Post a draft: it gets its number, is booked on its account, and pays what it is to pay.",
    params=PostParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=transition.POSTING,
    example={"payment_identifier": {"back_office_code": "DEMO-DRAFT-2"}},
)
