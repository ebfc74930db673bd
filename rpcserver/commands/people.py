"""`rpcserver user ...` and `rpcserver key ...`: people who log in, and machines that come with a key."""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from identifiers import kinds
from identifiers.errors import IdentifierError
from identifiers.kinds import Kind
from identifiers.reference import Reference, from_text
from ledger import users
from ledger.entry import Call, Entry, Reading
from ledger.errors import EntityNotFound, InvalidParameter
from ledger.passwords import hashed
from ledger.resolving import Names
from ledger.rights import ROLES
from ledger.storage.models import ApiKey, Customer, Unit, User
from methods.parameters import PASSWORD_MIN
from rpcserver.auth import key_digest, new_key
from rpcserver.commands.opening import DOOR, fail, opened

user_app = typer.Typer(help="People, who log in with a password.", no_args_is_help=True)
key_app = typer.Typer(help="API keys of machines.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The user name.")]
KeyName = Annotated[str, typer.Argument(help="The key's name.")]
Role = Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")]
UnitsGiven = Annotated[list[str] | None, typer.Option("--unit", help="A unit, as `name=Main`; the first is the default.")]
CustomersGiven = Annotated[list[str] | None, typer.Option("--customer", help="A customer of an owner, as `number=12`.")]
PersonName = Annotated[str | None, typer.Option(help="The person's name.")]
Email = Annotated[str | None, typer.Option(help="The person's address.")]
KeyUser = Annotated[str | None, typer.Option("--user", help="A machine user that is there already, to whom the key is given.")]


@dataclass(frozen=True)
class Ties:
    """The units and customers that a new user is tied to, as they were named."""

    units: list[Reference]
    customers: list[Reference]

    def found(self, reading: Reading) -> tuple[list[Unit], list[Customer]]:
        """Their rows; one that does not exist is refused."""
        names = Names(reading)
        units = [names.unit(ref) for ref in self.units]
        customers = [names.customer(ref) for ref in self.customers]
        names.settle()
        return units, customers


def tied(units: list[str] | None, customers: list[str] | None) -> Ties:
    """The ties that were named on the command line."""
    return Ties([_read(kinds.UNIT, text) for text in units or ()], [_read(kinds.CUSTOMER, text) for text in customers or ()])


def _read(kind: Kind, text: str) -> Reference:
    try:
        return from_text(kind, text)
    except IdentifierError as error:
        fail(error.message)


def _password() -> str:
    """A password from the terminal, asked for twice, or the first line of what is piped in."""
    asked = sys.stdin.isatty()
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if asked else sys.stdin.readline().rstrip("\r\n")
    if len(password) < PASSWORD_MIN:
        fail(f"a password has at least {PASSWORD_MIN} characters; type it, or pipe it in as the first line")
    return str(password)


def _user(reading: Reading, username: str) -> User:
    user = reading.rows.one(User, username=username)
    if user is None:
        raise EntityNotFound(f"there is no user {username!r}", "user")
    return user


@user_app.command("create")
def create_user(
    username: Username,
    role: Role,
    unit: UnitsGiven = None,
    customer: CustomersGiven = None,
    person_name: PersonName = None,
    email: Email = None,
) -> None:
    """Create a person; the password is asked for, or read from the first line of stdin."""
    ties, password_hash = tied(unit, customer), hashed(_password())

    def create(entry: Entry) -> User:
        units, customers = ties.found(entry)
        return users.create(
            entry,
            username=username,
            password_hash=password_hash,
            role=role,
            units=units,
            customers=customers,
            person_name=person_name,
            email=email,
        )

    with opened() as book:
        created = book.enter(Call(DOOR, "user create"), create)
    typer.echo(f"created {created.username} ({created.role}), id {created.id}")


@user_app.command("assign")
def assign_user(username: Username, role: Role, customer: CustomersGiven = None) -> None:
    """Give a user another role, and an owner other customers; it counts from the user's next call on."""
    ties = tied(None, customer)

    def assign(entry: Entry) -> User:
        return users.assign(entry, _user(entry, username), role, ties.found(entry)[1])

    with opened() as book:
        assigned = book.enter(Call(DOOR, "user assign"), assign)
    typer.echo(f"{assigned.username} is {assigned.role} now")


@user_app.command("disable")
def disable_user(username: Username) -> None:
    """Disable a user; tokens and keys end at once."""
    with opened() as book:
        book.enter(Call(DOOR, "user disable"), lambda entry: users.disable(entry, _user(entry, username)))
    typer.echo(f"disabled {username}")


@user_app.command("password")
def set_password(username: Username) -> None:
    """Set a person's password, asked for or read from the first line of stdin; the person's tokens end."""
    password_hash = hashed(_password())
    with opened() as book:
        book.enter(
            Call(DOOR, "user password"), lambda entry: users.change_password(entry, _user(entry, username).pk, password_hash)
        )
    typer.echo(f"the password of {username} is changed; tokens given before are worth nothing now")


@key_app.command("create")
def create_key(
    name: KeyName,
    role: Annotated[str | None, typer.Option(help=f"The role of the machine user: one of {', '.join(ROLES)}.")] = None,
    unit: UnitsGiven = None,
    customer: CustomersGiven = None,
    of_user: KeyUser = None,
) -> None:
    """Create a key, and the machine user of the same name that it belongs to (or --user). The key is shown once."""
    if (role is None) == (of_user is None):
        fail("give --role for a new machine user, or --user for one that is there already")
    ties, key = tied(unit, customer), new_key()

    def create(entry: Entry) -> ApiKey:
        owner = machine(entry, of_user) if of_user else new_machine(entry, name, role or "", ties)
        return users.create_key(entry, name, owner, key_digest(key))

    with opened() as book:
        book.enter(Call(DOOR, "key create"), create)
    typer.echo(key)
    typer.echo("this is the only time the key is shown", err=True)


def machine(reading: Reading, username: str) -> User:
    """The machine user of this name. Refuses: ENTITY_NOT_FOUND, INVALID_PARAMETER (a person)."""
    user = _user(reading, username)
    if not user.machine:
        raise InvalidParameter(f"{username!r} is a person; keys and secrets belong to machine users", "user")
    return user


def new_machine(entry: Entry, name: str, role: str, ties: Ties) -> User:
    """A new machine user. Refuses: INVALID_PARAMETER, DUPLICATE_NAME, ENTITY_NOT_FOUND (a tie)."""
    units, customers = ties.found(entry)
    return users.create(entry, username=name, password_hash=None, role=role, units=units, customers=customers, machine=True)


@key_app.command("list")
def list_keys() -> None:
    """List the keys: name, user, role, when made, and when revoked."""
    with opened() as book:
        for line in book.read(Call(DOOR, "key list"), _key_lines):
            typer.echo(line)


def _key_lines(reading: Reading) -> list[str]:
    lines = []
    for key in reading.rows.find(ApiKey, order=("pk",)):
        user = reading.rows.get(User, key.user_pk)
        state = f"revoked {key.revoked_on}" if key.revoked_on else "live" if user.active else "user disabled"
        lines.append("\t".join((key.name, user.username, user.role, f"created {key.created_on}", state)))
    return lines


@key_app.command("revoke")
def revoke_key(name: KeyName) -> None:
    """Revoke a key; it and the tokens it was exchanged for end at once."""

    def revoke(entry: Entry) -> None:
        key = entry.rows.one(ApiKey, name=name)
        if key is None:
            raise EntityNotFound(f"there is no key {name!r}", "key")
        users.revoke_key(entry, key)

    with opened() as book:
        book.enter(Call(DOOR, "key revoke"), revoke)
    typer.echo(f"revoked {name}")
