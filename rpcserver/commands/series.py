"""`rpcserver series`: which numbers follow one another without gaps."""

from typing import Annotated

import typer

from ledger.entry import Call
from ledger.errors import EntityNotFound
from ledger.queries import number_series
from ledger.series import set_gapless
from ledger.storage.models import NumberSeries
from rpcserver.commands.opening import DOOR, fail, opened

WAY = (
    "Have the numbers follow one another, which makes the next one wait for the commit; or take them from a sequence (PostgreSQL)."
)


def series(
    name: Annotated[str | None, typer.Argument(help="The series to set, as in invoice.number; all are listed without it.")] = None,
    gapless: Annotated[bool | None, typer.Option("--gapless/--sequence", help=WAY)] = None,
) -> None:
    """List the number series, or say of one whether it may have gaps."""
    call = Call(DOOR, "series")
    with opened() as book:
        if name is None:
            rows = book.read(call, number_series)
        elif gapless is None:
            fail("say how the series is to be counted: --gapless or --sequence")
        else:
            try:
                rows = [book.enter(call, lambda entry: set_gapless(entry, name, gapless=gapless))]
            except EntityNotFound as refusal:
                fail(refusal.message)
    for row in rows:
        typer.echo(_line(row))


def _line(row: NumberSeries) -> str:
    return f"{row.name} {'without gaps' if row.gapless else 'from a sequence, which may leave gaps'}"
