"""The demo company: units, people, configuration, customers with their accounts."""

import secrets
from dataclasses import dataclass, field

from ledger import accounts, configuration, users
from ledger.ciphers import Cipher
from ledger.configuration import DOORS
from ledger.entry import Entry
from ledger.organisation import open_book
from ledger.passwords import hashed
from ledger.rights import OWNER, ROLES, Actor
from ledger.storage.models import (
    Account,
    Category,
    Currency,
    Customer,
    PaymentMethod,
    RejectionReason,
    TransactionType,
    Unit,
    User,
)
from rpcserver.auth import key_digest, new_key
from rpcserver.demo.doors import RATED_CURRENCY, Sites, add_client, add_profiles, sites

NAME = "Aegean Supplies"
DEFAULT_CURRENCY = "USD"

# Ids that the published examples name, so that these run as they are printed.
EXAMPLE_USER = "40928D9B96FE6CB963D2DD8955814774"
EXAMPLE_UNIT = "C4370788B2630BC8A99E8C7397406C09"
EXAMPLE_INVOICE = "85748C51BB97C48E47050CDC811FB42B"
EXAMPLE_ACCOUNT = "9"
OTHER_ACCOUNT = "1"
"""The other account that has payment profiles."""

CLERK = "clerk"
PEOPLE = {"admin": "Ada Angelou", CLERK: "Costas Klerides", "auditor": "Anna Ioannou", OWNER: "Orestis Iliadis"}
FORMER_CLERK = "former.clerk"
"""Somebody who left, and whom nobody has disabled yet."""

CUSTOMERS = (
    ("Aphrodite Bakery", "EUR"),
    ("Blue Harbour Hotels", "EUR"),
    ("Cedar & Sons", "EUR"),
    ("Delta Shipping", "USD"),
    ("Evergreen Farms", "GBP"),
    ("Fuji Instruments", "JPY"),
    ("Gulf Pearl Trading", "BHD"),
    ("Helios Energy", "EUR"),
    ("Iris Laboratories", "EUR"),
    ("Juniper Books", "USD"),
)
"""The ninth has account "9"."""


@dataclass
class Configuration:
    """The rows that the demo's documents stand on."""

    types: dict[str, TransactionType] = field(default_factory=dict)
    methods: dict[str, PaymentMethod] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    reasons: dict[str, RejectionReason] = field(default_factory=dict)


@dataclass
class Company:
    """What was made, with the secrets that are told once."""

    configuration: Configuration
    accounts: list[Account]
    sites: Sites
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    client: dict[str, str] = field(default_factory=dict)
    clerk: Actor | None = None
    """Who enters the documents."""

    @property
    def example_account(self) -> Account:
        """The account that the published examples name."""
        return self.account(EXAMPLE_ACCOUNT)

    def account(self, number: str) -> Account:
        """The account of this number."""
        return next(account for account in self.accounts if account.number == number)


def configure(entry: Entry) -> Configuration:
    """Open the book and make types of all classifications, methods, categories, reasons and door defaults."""
    open_book(entry, NAME, DEFAULT_CURRENCY)
    made = Configuration()
    for name, code in (("Direct Debit", "DD"), ("Bank Transfer", "BT"), ("Credit Card", "CC"), ("Cash", "CA"), ("Cheque", "CH")):
        made.methods[name] = configuration.create_method(entry, name=name, alternative_code=code)
    for name, code in (("Reject Due to Error", "RDTE"), ("Reject Due to Business Request", "RDTBR")):
        made.reasons[name] = configuration.create_reason(entry, name=name, alternative_code=code)
    for name, code in (("Payment Categories", "PC"), ("Sales", "SA"), ("Services", "SE")):
        made.categories[name] = configuration.create_category(entry, name=name, code=code)
    _types(entry, made)
    for door in DOORS:
        configuration.set_door_default(
            entry,
            door,
            payment_type=made.types["Payment"],
            cancellation_type=made.types["Payment Cancellation 1"],
            write_off_type=made.types["Write-off"],
            payment_method=made.methods["Bank Transfer"],
        )
    return made


def _types(entry: Entry, made: Configuration) -> None:
    for name, code, classification in (
        ("Payment", "P1", "PAYMENT"),
        ("Payment 2", "P2", "PAYMENT"),
        ("Payment Cancellation 1", "PC1", "PAYMENT_CANCEL"),
        ("Invoice 1", "I1", "INVOICE"),
        ("Invoice Cancellation 1", "IC1", "INVOICE_CANCEL"),
        ("Credit Note", "CN", "CREDIT_NOTE"),
        ("Refund", "RF", "REFUND"),
        ("Write-off", "WO", "WRITE_OFF"),
    ):
        takes_methods = classification in ("PAYMENT", "REFUND", "WRITE_OFF")
        made.types[name] = configuration.create_type(
            entry,
            name=name,
            alternative_code=code,
            classification=classification,
            categories=list(made.categories.values()),
            methods=list(made.methods.values()) if takes_methods else [],
            reasons=list(made.reasons.values()),
        )


def staff(entry: Entry, configured: Configuration, cipher: Cipher) -> Company:
    """Units, customers and their accounts with their profiles, a person and a machine of each role, and an API client."""
    entry.given_ids = [EXAMPLE_UNIT]
    main = users.create_unit(
        entry, name="Admin Unit", alternative_code="MG", group_name="Main Group", community_name="Main Community"
    )
    branch = users.create_unit(
        entry, name="Harbour Branch", alternative_code="HB", group_name="Main Group", community_name="Main Community"
    )
    company = Company(configured, [add_account(entry, name, currency) for name, currency in CUSTOMERS], sites(entry))
    company.sites.accounts = _rated(company)
    add_profiles(entry, company.example_account, company.account(OTHER_ACCOUNT))
    own = entry.rows.get(Customer, company.example_account.customer_pk)
    for role in ROLES:
        customers = [own] if role == OWNER else []
        person = _person(entry, company, role, [main, branch], customers)
        _machine(entry, company, role, [main], customers)
        if role == CLERK:
            company.clerk = Actor(person.pk, person.username, person.role, main.pk)
    users.create(entry, username=FORMER_CLERK, password_hash=None, role=CLERK, units=[branch], person_name="Fotini Frangou")
    company.client = add_client(entry, [main], cipher)
    return company


def _rated(company: Company) -> list[Account]:
    """The accounts whose invoices carry an exchange rate, that of the published examples first."""
    codes = dict(CUSTOMERS)
    rated = [account for account in company.accounts if codes[account.name] == RATED_CURRENCY]
    return sorted(rated, key=lambda account: account.number != EXAMPLE_ACCOUNT)


def _person(entry: Entry, company: Company, role: str, units: list[Unit], customers: list[Customer]) -> User:
    password = secrets.token_urlsafe(12)
    company.logins[role] = {"username": role, "password": password}
    if role == CLERK:
        entry.given_ids = [EXAMPLE_USER]
    return users.create(
        entry,
        username=role,
        password_hash=hashed(password),
        role=role,
        units=units,
        customers=customers,
        person_name=PEOPLE[role],
        email=f"{role}@aegean.example",
    )


def _machine(entry: Entry, company: Company, role: str, units: list[Unit], customers: list[Customer]) -> None:
    name = f"demo-{role}"
    user = users.create(entry, username=name, password_hash=None, role=role, units=units, customers=customers, machine=True)
    company.keys[role] = new_key()
    users.create_key(entry, name, user, key_digest(company.keys[role]))


def add_account(entry: Entry, name: str, code: str) -> Account:
    """A customer with one account."""
    currency = entry.rows.one(Currency, code=code)
    assert currency is not None
    customer = accounts.create_customer(entry, name=name, email=f"accounts@{name.split(maxsplit=1)[0].lower()}.example")
    return accounts.create(entry, customer=customer, name=name, currency=currency)
