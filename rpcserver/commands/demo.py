"""`rpcserver demo`: a book to try the server with."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ledger import organisation
from ledger.book import Book
from ledger.engines import is_on_a_server
from rpcserver.commands.opening import book_file, fail, is_new, opened, sentences
from rpcserver.demo import keeping, making
from rpcserver.demo.company import CLERK, EXAMPLE_ACCOUNT
from rpcserver.demo.making import CALL, BookInUse
from rpcserver.demo.report import document, logins
from rpcserver.settings import Settings, load

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that a server listens on but nobody can call, with one that answers."""


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as one JSON document.")] = False,
    force: Annotated[bool, typer.Option(help="Put a SQLite book that is there aside (NAME.before-demo-TIME) first.")] = False,
    if_missing: Annotated[bool, typer.Option(help="Use the demo that is there, if there is one.")] = False,
    accounts: Annotated[int, typer.Option(min=0, help="So many more accounts.")] = 0,
    invoices: Annotated[int, typer.Option(min=0, help="So many more open invoices, over the made accounts or on account 9.")] = 0,
    payments: Annotated[int, typer.Option(min=0, help="So many more posted payments that are applied to nothing.")] = 0,
) -> None:
    """Fill a new database with a small company, or a large one, and print how to log in."""
    with sentences():
        settings = load()
        database = None if is_on_a_server(settings.database_url) else book_file(settings)
    known = keeping.remembered(database) if if_missing else None
    if force and known is None:
        if database is None:
            fail("--force puts a SQLite book aside; on PostgreSQL name an empty database with DATABASE_URL")
        keeping.put_aside(database)
    with opened(settings, current=False) as book:
        if known is None:
            known = _made(book, database, settings, accounts=accounts, invoices=invoices, payments=payments)
        else:
            _check_same(book, database, known)
            _secrets(settings)
        if as_json:
            typer.echo(book.read(CALL, lambda reading: document(reading, known)))
        else:
            typer.echo("\n".join(_directions(known, database, settings)))


def _secrets(settings: Settings) -> Sequence[str]:
    """The server's secrets; where there is none, one is made."""
    return settings.secrets if settings.secret_key else (keeping.make_secret(),)


def _made(book: Book, database: Path | None, settings: Settings, **counts: int) -> dict[str, Any]:
    """Make the demo; its logins, which are written down before the large part begins."""
    if is_new(book):
        book.migrate()
    try:
        company = making.make(book, lambda: _secrets(settings))
    except BookInUse:
        fail("the database holds a book; name another one with DATABASE_URL, or put it aside with: rpcserver demo --force")
    known = book.read(CALL, lambda reading: logins(reading, company))
    keeping.remember(database, known)
    with _progress(counts) as progress:
        making.enlarge(book, company, progress, **counts)
    return known


@contextmanager
def _progress(counts: Mapping[str, int]) -> Iterator[making.Progress]:
    """Bars on stderr while a person looks on, and a line for each kind that is done."""
    console = Console(stderr=True)
    with Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, total=count) for name, count in counts.items() if count}

        def progress(name: str, done: int, of: int) -> None:
            bar.update(tasks[name], completed=done)
            if done == of:
                console.print(f"{name}: {of:,} made", highlight=False)

        yield progress


def _check_same(book: Book, database: Path | None, known: Mapping[str, Any]) -> None:
    """Refuse logins that were written down for another book."""
    owner = None if is_new(book) else book.read(CALL, organisation.organisation)
    if owner is None or known.get("organisation", {}).get("id") != owner.id:
        fail(
            f"{_place(database)} is not the book that {keeping.NOTE} was written for; serve it with: rpcserver serve, "
            "or put it aside with: rpcserver demo --force"
        )


def _place(database: Path | None) -> str:
    return "the database" if database is None else str(database)


def _directions(known: Mapping[str, Any], database: Path | None, settings: Settings) -> Iterator[str]:
    """How to go on, ready to be pasted."""
    host = EVERYWHERE.get(settings.host, settings.host)
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    login = orjson.dumps(known["users"][CLERK]).decode()
    yield f"The book of {known['organisation']['name']} is in {_place(database)}, its logins and API keys are in {keeping.NOTE}:"
    yield ""
    for role, person in known["users"].items():
        yield f"  {role:<8} user {person['username']:<8} password {person['password']}"
    yield ""
    yield "While it is served (`make run`, or `rpcserver serve`), log in from another terminal:"
    yield ""
    yield f"  curl -s {address}/login -H 'Content-Type: application/json' -d '{login}'"
    yield ""
    yield "The token in the answer goes with every call; so does a key, as in:"
    yield ""
    query = f"accounts_receivable_identifier=number={EXAMPLE_ACCOUNT}&number=2"
    yield f"  curl -s -H 'X-Auth-Token: {known['keys'][CLERK]}' '{address}/payments/get_latest?{query}'"
    yield ""
