"""`rpcserver client ...`: API clients, which sign their assertions with a secret."""

from collections.abc import Callable
from typing import Annotated

import typer

from ledger import clients
from ledger.ciphers import Cipher
from ledger.entry import Call, Entry, Reading
from ledger.errors import EntityNotFound
from ledger.rights import ROLES
from ledger.storage.models import ClientSecret, User
from rpcserver.commands.opening import DOOR, fail, opened, sentences
from rpcserver.commands.people import CustomersGiven, UnitsGiven, machine, new_machine, tied
from rpcserver.settings import load

client_app = typer.Typer(help="API clients: machines that sign assertions with a secret.", no_args_is_help=True)

ClientName = Annotated[str, typer.Argument(help="The name of the client's machine user.")]
ClientUser = Annotated[str | None, typer.Option("--user", help="A machine user that is there already, who becomes the client.")]
KeepOld = Annotated[bool, typer.Option("--keep-old", help="Leave the secrets before it live, until the next rotation.")]


@client_app.command("create")
def create_client(
    name: Annotated[str | None, typer.Argument(help="The name of the new machine user.")] = None,
    role: Annotated[str | None, typer.Option(help=f"The role of the machine user: one of {', '.join(ROLES)}.")] = None,
    unit: UnitsGiven = None,
    customer: CustomersGiven = None,
    of_user: ClientUser = None,
) -> None:
    """Create a client: a machine user of this name (or --user) with a secret, which is shown once."""
    if (name is None) == (of_user is None) or (role is None) != (name is None):
        fail("give a name and --role for a new machine user, or --user for one that is there already")
    ties = tied(unit, customer)

    def create(entry: Entry, encrypted: str) -> User:
        user = machine(entry, of_user) if of_user else new_machine(entry, name or "", role or "", ties)
        if clients.live_secrets(entry, user.pk):
            fail(f"{user.username} is a client already; give it another secret with: rpcserver client rotate {user.username}")
        clients.create_secret(entry, user, encrypted)
        return user

    _tell("client create", create)


def _tell(what: str, operation: Callable[[Entry, str], User]) -> None:
    """Make a secret, hand it to the operation in its encrypted form, and show it with the id of the client that it gives."""
    secret = clients.new_secret()
    with sentences():
        settings = load()
        encrypted = Cipher(settings.secrets).encrypted(secret)
    with opened(settings) as book:
        user = book.enter(Call(DOOR, what), lambda entry: operation(entry, encrypted))
    typer.echo(f"client_id {clients.client_id(user)}")
    typer.echo(f"client_secret {secret}")
    typer.echo("this is the only time the secret is shown", err=True)


@client_app.command("list")
def list_clients() -> None:
    """List the clients: id, user, role, when the secrets were made, and whether they are live."""
    with opened() as book:
        for line in book.read(Call(DOOR, "client list"), _lines):
            typer.echo(line)


def _lines(reading: Reading) -> list[str]:
    lines = []
    for secret in reading.rows.find(ClientSecret, order=("pk",)):
        user = reading.rows.get(User, secret.user_pk)
        state = f"revoked {secret.revoked_on}" if secret.revoked_on else "live" if user.active else "user disabled"
        lines.append("\t".join((clients.client_id(user), user.username, user.role, f"created {secret.created_on}", state)))
    return lines


@client_app.command("rotate")
def rotate_client(name: ClientName, keep_old: KeepOld = False) -> None:
    """Give a client a new secret; the ones before it, and the tokens that it got, end at once."""

    def rotate(entry: Entry, encrypted: str) -> User:
        user = _client(entry, name)
        made = clients.create_secret(entry, user, encrypted)
        if not keep_old:
            clients.revoke_secrets(entry, user, but=made)
        return user

    _tell("client rotate", rotate)


@client_app.command("revoke")
def revoke_client(name: ClientName) -> None:
    """Revoke a client's secrets; the tokens that it got end at once."""
    with opened() as book:
        book.enter(Call(DOOR, "client revoke"), lambda entry: clients.revoke_secrets(entry, _client(entry, name)))
    typer.echo(f"revoked {name}")


def _client(reading: Reading, name: str) -> User:
    """The machine user of this name, if it has been a client."""
    user = machine(reading, name)
    if reading.rows.one(ClientSecret, user_pk=user.pk) is None:
        raise EntityNotFound(f"{name!r} is no client", "client")
    return user
