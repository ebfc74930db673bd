"""The columns that the tables are made of, and what all tables share (peewee, no rule).

Amounts are integer minor units of the account's currency; moments are UTC texts `YYYY-MM-DDTHH:MM:SS`; ids are 32 upper-case
hexadecimal characters. Models are never bound to a database: every query is executed on a connection that the book hands out.
A change of a table needs a migration; a test compares both.
"""

from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    CharField,
    Check,
    DoubleField,
    ForeignKeyField,
    Model,
    TextField,
)

TEXT_LIMIT = 255
NOTE_LIMIT = 4000


def text(column: str, limit: int = TEXT_LIMIT, *, null: bool = False, unique: bool = False, index: bool = False) -> Any:
    """A text column of at most `limit` characters, which SQLite too is made to check."""
    options: dict[str, Any] = {"null": null, "unique": unique, "index": index}
    return CharField(max_length=limit, constraints=[Check(f"length({column}) <= {limit}")], **options)


def note(column: str) -> Any:
    """A long optional text (notes, reasons)."""
    return TextField(null=True, constraints=[Check(f"length({column}) <= {NOTE_LIMIT}")])


def moment(*, null: bool = False, index: bool = False) -> Any:
    """A UTC moment as the text `YYYY-MM-DDTHH:MM:SS`, which sorts as time does."""
    options: dict[str, Any] = {"null": null, "index": index}
    return CharField(max_length=19, **options)


def one_of(column: str, *values: str) -> Any:
    """A column that holds one of a few words. IN would say the same, but for that SQLite makes a table of the words each time that
    a row is written."""
    return CharField(max_length=32, constraints=[Check(" OR ".join(f"{column} = '{value}'" for value in values))])


def refers(model: type[Model], name: str, *, null: bool = False, index: bool = False, unique: bool = False) -> Any:
    """A row key of another table; `row.<name>_pk` is the integer, and nothing is loaded behind the reader's back."""
    column = f"{name}_pk"
    options: dict[str, Any] = {"null": null, "index": index, "unique": unique}
    return ForeignKeyField(
        model, column_name=column, object_id_name=column, lazy_load=False, on_delete="RESTRICT", backref="+", **options
    )


class Table(Model):
    """What all tables share: a 64-bit row key."""

    pk = BigAutoField()

    class Meta:
        legacy_table_names = False


class Record(Table):
    """A table whose rows callers can name: a time-ordered, unguessable 128-bit id."""

    id = CharField(max_length=32, unique=True)


class Udf(Record):
    """The sixteen user-defined fields."""

    udf_string_1 = text("udf_string_1", null=True)
    udf_string_2 = text("udf_string_2", null=True)
    udf_string_3 = text("udf_string_3", null=True)
    udf_string_4 = text("udf_string_4", null=True)
    udf_string_5 = text("udf_string_5", null=True)
    udf_string_6 = text("udf_string_6", null=True)
    udf_string_7 = text("udf_string_7", null=True)
    udf_string_8 = text("udf_string_8", null=True)
    udf_float_1 = DoubleField(null=True)
    udf_float_2 = DoubleField(null=True)
    udf_float_3 = DoubleField(null=True)
    udf_float_4 = DoubleField(null=True)
    udf_date_1 = moment(null=True)
    udf_date_2 = moment(null=True)
    udf_date_3 = moment(null=True)
    udf_date_4 = moment(null=True)


def index_where_told(model: type[Table], *columns: str, unique: bool = False) -> None:
    """Index each of these columns where it has a value: a row without one, as most are, then costs the index nothing."""
    for column in columns:
        field = model._meta.columns[column]
        model.add_index(field, name=f"{model._meta.table_name}_{column}", unique=unique, where=field.is_null(False))


def index_what_is_open(model: type[Table], amount: str) -> None:
    """Index, by account, the rows of which some of this amount is left: in the end nothing is left of nearly all. Queries have to
    spell the condition out (`some_left`), for the index to be used."""
    columns = model._meta.columns
    name = f"{model._meta.table_name}_account_pk_{amount}"
    model.add_index(columns["account_pk"], columns[amount], name=name, where=some_left(columns[amount]))


def some_left(amount: Any) -> Any:
    """That there is more than nothing of an amount. A parameter in the place of the 0 would not tell which index will do."""
    return amount > SQL("0")
