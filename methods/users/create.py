"""users/create: a new person who may log in."""

from typing import Any

from pydantic import Field

from ledger import passwords, users
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.errors import DuplicateName
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.people import UserComplete
from methods.parameters import FieldsSet, Flag, Name, Password, Role, Text, UnitIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.sets import CustomerItem, Items
from methods.showing.people import users_complete


class CreateParams(Params):
    username: Name = Field(description="The name to log in with, unique among users.")
    password: Password = Field(description="The first password, of at least 8 characters.", exclude=True, repr=False)
    role: Role = Field(description="What the user may do.")
    unit_identifier: UnitIdentifier | None = Field(None, description="The organisational unit that the user works in.")
    customers_set: Items[CustomerItem] | None = Field(None, description="For an owner: whose records the user may see.")
    person_name: Text | None = Field(None, description="The person's name.")
    email: Text | None = Field(None, description="Where to write to.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def prepare(book: Book, call: Call, params: CreateParams) -> str:
    return passwords.hashed(params.password)


def run(entry: Entry, params: CreateParams, password_hash: Any) -> Data:
    names = Names(entry)
    unit = names.unit(params.unit_identifier)
    customers = [
        names.customer(item.customer_identifier, f"customers[{place}]") for place, item in enumerate(params.customers_set or ())
    ]
    names.settle()
    user = users.create(
        entry,
        username=params.username,
        password_hash=password_hash,
        role=params.role,
        units=[unit] if unit else [],
        customers=customers,
        person_name=params.person_name,
        email=params.email,
    )
    return users_complete(entry, [user])[0]


METHOD = Method(
    summary="Create a user who logs in with a password.",
    params=CreateParams,
    shape=UserComplete,
    run=run,
    prepare=prepare,
    writes=True,
    right=Right.PEOPLE_WRITE,
    refusals=(DuplicateName,),
    example={
        "username": "new.clerk",
        "password": "change-me-soon",
        "role": "clerk",
        "unit_identifier": {"id": "C4370788B2630BC8A99E8C7397406C09"},
        "person_name": "Nora Clerk",
    },
)
