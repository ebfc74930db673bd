"""`rpcserver webhooks ...`: who is told of events, what has not reached them, and telling them again."""

from typing import Annotated

import typer

from ledger import queries, webhooks
from ledger.arrears import counts
from ledger.deliveries import PARKED, WAITING
from ledger.entry import Call, Entry, Reading
from ledger.queries import DeliveryFilters, Paging
from ledger.storage.models import Event, Webhook
from rpcserver.commands.opening import DOOR, fail, opened

webhooks_app = typer.Typer(help="Webhooks: receivers of events.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The webhook's name.")]


@webhooks_app.command("list")
def list_webhooks() -> None:
    """List the webhooks: name, URL, state, how much waits and how much is parked."""
    with opened() as book:
        for line in book.read(Call(DOOR, "webhooks list"), _lines):
            typer.echo(line)


def _lines(reading: Reading) -> list[str]:
    rows = reading.rows.find(Webhook, order=("pk",))
    counted = counts(reading, [row.pk for row in rows])
    return [
        "\t".join(
            (
                row.name,
                row.url,
                _state(row),
                f"{counted.get((row.pk, WAITING), 0)} waiting",
                f"{counted.get((row.pk, PARKED), 0)} parked",
            )
        )
        for row in rows
    ]


def _state(row: Webhook) -> str:
    if row.disabled_on is not None:
        return f"disabled {row.disabled_on}"
    return "live" if row.failing_since is None else f"failing since {row.failing_since}"


@webhooks_app.command("parked")
def list_parked(name: Annotated[str | None, typer.Argument(help="Of this webhook alone.")] = None) -> None:
    """List what is parked, newest first: webhook, place and type of the event, record, tries, and what the receiver said last."""
    with opened() as book:
        for line in book.read(Call(DOOR, "webhooks parked"), lambda reading: _parked(reading, name)):
            typer.echo(line)


def _parked(reading: Reading, name: str | None) -> list[str]:
    webhook = None if name is None else webhooks.named(reading, name)
    lines: list[str] = []
    page = queries.deliveries(reading, DeliveryFilters(webhook, PARKED), Paging())
    while True:
        events = reading.rows.by_pk(Event, (row.place for row in page.rows))
        names = reading.rows.by_pk(Webhook, (row.webhook_pk for row in page.rows))
        for row in page.rows:
            type_ = events[row.place].type if row.place in events else "forgotten"
            said = " ".join(str(each) for each in (row.last_status, row.last_error) if each is not None) or "never tried"
            cells = names[row.webhook_pk].name, str(row.place), type_, row.record_id, f"{row.attempts} tries", said
            lines.append("\t".join(cells))
        if page.cursor is None:
            return lines
        page = queries.deliveries(reading, DeliveryFilters(webhook, PARKED), Paging(), page.cursor)


@webhooks_app.command("replay")
def replay(
    name: Name,
    parked: Annotated[bool, typer.Option("--parked", help="What is parked.")] = False,
    start: Annotated[int | None, typer.Option("--from", min=1, help="All events from this place on, had or not.")] = None,
) -> None:
    """Tell a webhook again, in order: what is parked (--parked), or all that happened from a place on (--from)."""
    if parked == (start is not None):
        fail("say what is to be told again: --parked, or --from and the place of an event")

    def again(entry: Entry) -> int:
        return webhooks.replay(entry, webhooks.named(entry, name), start)

    with opened() as book:
        count = book.enter(Call(DOOR, "webhooks replay"), again)
    typer.echo(f"{name} is told again " + (f"of {count} parked events" if start is None else f"from event {start} on"))
