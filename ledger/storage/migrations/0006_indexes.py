"""Indexes of columns that are mostly null, or in the end nothing, without the rows in which they are: these cost nothing then."""

from collections.abc import Iterator
from typing import Any

DOCUMENTS = ("invoice", "invoice_cancellation", "payment", "payment_cancellation")
REFERENCES = (
    ("invoice", "project_pk"),
    ("invoice", "subsidiary_pk"),
    ("payment", "principal_invoice_pk"),
    ("payment", "profile_pk"),
    ("intended", "invoice_pk"),
    ("intended", "bill_pk"),
)
OPEN = (("invoice", "unpaid"), ("payment", "unallocated"))


def anew(table: str, column: str, *, unique: bool = False) -> Iterator[str]:
    """The index of a column, of the rows that have a value in it."""
    name = f"{table}_{column}"
    yield f'DROP INDEX "{name}"'
    kind = "UNIQUE INDEX" if unique else "INDEX"
    yield f'CREATE {kind} "{name}" ON "{table}" ("{column}") WHERE ("{column}" IS NOT NULL)'


def of_open(table: str, amount: str) -> Iterator[str]:
    """The index of what is open on an account."""
    name = f"{table}_account_pk_{amount}"
    yield f'DROP INDEX "{name}"'
    yield f'CREATE INDEX "{name}" ON "{table}" ("account_pk", "{amount}") WHERE ("{amount}" > 0)'


def statements() -> Iterator[str]:
    for table in DOCUMENTS:
        for column in ("number", "back_office_code"):
            yield from anew(table, column, unique=True)
    for table, column in REFERENCES:
        yield from anew(table, column)
    for table, amount in OPEN:
        yield from of_open(table, amount)


def up(_migrator: Any, db: Any) -> None:
    for statement in statements():
        db.execute_sql(statement)
