"""audit/list: who did what, when, through which door; newest first."""

from functools import partial

from pydantic import Field

from identifiers.forms import hex32
from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import AuditFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.people import AuditRow
from methods.parameters import FieldsSet, LastMoment, Moment, Name
from methods.params import FIELDS_SET, PagedRows, Params
from methods.showing.people import audit_row


class Filters(Params):
    record_id: Name | None = Field(None, description="Only what was done to this record: its id, or the name of a series or door.")
    username: Name | None = Field(None, description="Only what this user did or tried.")
    from_: Moment | None = Field(None, alias="from", description="Only what was done then or later.")
    to: LastMoment | None = Field(None, description="Only what was done until then; of a plain date its end counts.")


class ListParams(PagedRows, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    record_id = params.record_id and (hex32(params.record_id) or params.record_id)
    filters = AuditFilters(record_id=record_id, username=params.username, at_from=params.from_, at_to=params.to)
    look = partial(queries.audit, filters=filters)
    return listed(reading, params, look, lambda _, rows: [audit_row(row) for row in rows])


METHOD = Method(
    summary="The audit log, newest first: by record, by user, by time.",
    params=ListParams,
    shape=AuditRow,
    many=True,
    run=run,
    right=Right.AUDIT_READ,
    refusals=(EntityNotFound,),
    example={"number_of_results": 10},
)
