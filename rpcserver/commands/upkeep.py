"""`rpcserver migrate | verify | purge`: looking after a book."""

from pathlib import Path

import typer

from ledger.purge import purge as forget
from ledger.verify import discrepancies
from rpcserver.commands.opening import fail, opened, renew, sentences
from rpcserver.commands.watching import watched
from rpcserver.settings import load


def migrate() -> None:
    """Bring the database to the schema of this version; make a backup first."""
    with sentences():
        settings = load()
    with opened(settings, current=False) as book:
        applied = renew(book, settings)
    for name in applied:
        typer.echo(f"applied {Path(name).stem}")
    if not applied:
        typer.echo("the database is up to date")


def verify() -> None:
    """Recompute the whole book from its journal and allocations: a line for each discrepancy, and exit status 1 if there is any."""
    found = 0
    with opened() as book, watched("verifying") as progress:
        for sentence in discrepancies(book, progress):
            typer.echo(sentence)
            found += 1
    if found:
        fail(f"{found} discrepancies" if found > 1 else "1 discrepancy")
    typer.echo("the book holds: no discrepancy")


def purge() -> None:
    """Forget what is not the books: expired sessions, kept answers of old idempotency keys, counted login failures, old events."""
    with sentences():
        settings = load()
    with opened(settings) as book:
        for kind, count in forget(book, settings.idempotency_days, settings.event_days).items():
            typer.echo(f"{count} {kind}")
