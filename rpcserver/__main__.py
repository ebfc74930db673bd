"""The command `rpcserver`."""

import os
import stat

import typer

from rpcserver.commands import clients, copies, demo, documents, listing, people, series, serve, transferring, upkeep, webhooks

FOR_NOBODY_ELSE = stat.S_IRWXO

app = typer.Typer(
    help="A payments ledger behind an RPC API. Settings come from the environment and from a .env file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(upkeep.migrate)
app.add_typer(people.user_app, name="user")
app.add_typer(people.key_app, name="key")
app.add_typer(clients.client_app, name="client")
app.add_typer(webhooks.webhooks_app, name="webhooks")
app.command()(series.series)
app.command()(upkeep.verify)
app.command()(copies.backup)
app.command()(copies.restore)
app.command()(upkeep.purge)
app.command()(transferring.copy)
app.command()(listing.methods)
app.command()(demo.demo)
app.command()(documents.postman)
app.command()(documents.openapi)
app.command()(documents.dashboard)


def main() -> None:
    """Run the command line. What it writes is for its owner and, where the umask leaves that, for the group: books hold hashes of
    passwords."""
    os.umask(os.umask(FOR_NOBODY_ELSE) | FOR_NOBODY_ELSE)
    app(prog_name="rpcserver")


if __name__ == "__main__":
    main()
