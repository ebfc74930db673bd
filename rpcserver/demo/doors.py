"""What the demo holds for the REST doors: projects and subsidiaries of invoices, payment profiles, an API client, and a webhook."""

from dataclasses import dataclass, field
from decimal import Decimal

from ledger import clients, configuration, profiles, users, webhooks
from ledger.ciphers import Cipher
from ledger.entry import Entry
from ledger.storage.models import Account, Project, Subsidiary, Unit

RATED_CURRENCY, RATE = "EUR", Decimal("1.25")
"""Invoices in this currency carry this rate to the default currency; others none."""

PROJECTS = (
    ("New Quay", "NQ"),
    ("Laboratory Wing", "LW"),
    ("Bakery Row", "BR"),
    ("Fish Market", "FM"),
    ("Marina East", "ME"),
    ("Sun Terrace", "ST"),
    ("Ropewalk", "RW"),
    ("Cedar Grove", "CG"),
    ("Old Lighthouse", "OL"),
    ("Customs House", "CH"),
)
SUBSIDIARIES = (
    ("Ship Chandlers", "SC"),
    ("Fuel Depot", "FD"),
    ("Timber Yard", "TY"),
    ("Mainland Stores", "MA"),
    ("Garden and Pool", "GP"),
    ("Hotel Supplies", "HS"),
    ("Cold Chain", "CC"),
    ("Aegean Foods", "AF"),
    ("Medical Supplies", "MS"),
    ("Harbour Works", "HW"),
)
"""Two of each for each account that is kept in the rated currency."""

CLIENT, CLIENT_ROLE = "demo-qbench", "clerk"


@dataclass
class Sites:
    """The projects and subsidiaries that invoices are for, and the accounts in the order in which they take theirs."""

    projects: list[Project]
    subsidiaries: list[Subsidiary]
    accounts: list[Account] = field(default_factory=list)

    def of(self, account: Account, number: int) -> tuple[Project | None, Subsidiary | None]:
        """For the `number`th invoice of an account: its first project and subsidiary and its second ones take turns."""
        places = {each.pk: place for place, each in enumerate(self.accounts)}
        if account.pk not in places:
            return None, None
        place = 2 * places[account.pk] + number % 2
        # From the other end, so that no project has the row key of its subsidiary.
        return self.projects[place], self.subsidiaries[-1 - place]


def sites(entry: Entry) -> Sites:
    """Make the projects and subsidiaries."""
    return Sites(
        [configuration.create_project(entry, name=name, alternative_code=code) for name, code in PROJECTS],
        [configuration.create_subsidiary(entry, name=name, alternative_code=code) for name, code in SUBSIDIARIES],
    )


def add_profiles(entry: Entry, first: Account, second: Account) -> None:
    """An active profile for each of two accounts, and another that the second one does not use any more."""
    profiles.create(entry, account=first, name="Monthly invoices", payment_type="invoices")
    said = {"agreement_number": "2023/7", "end_date": "2030-12-31"}
    profiles.create(entry, account=second, name="Fixed price", payment_type="fixed_price", attributes=said)
    profiles.create(entry, account=second, name="Card, every month", payment_type="payment_gw_monthly", active=False)


def add_client(entry: Entry, units: list[Unit], cipher: Cipher) -> dict[str, str]:
    """An API client; its id, and its secret, which is told this once."""
    user = users.create(entry, username=CLIENT, password_hash=None, role=CLIENT_ROLE, units=units, machine=True)
    secret = clients.new_secret()
    clients.create_secret(entry, user, cipher.encrypted(secret))
    return {"client_id": clients.client_id(user), "client_secret": secret}


def add_webhook(entry: Entry, cipher: Cipher) -> None:
    """A webhook that somebody has given up: nobody is told of what happens in a demo."""
    if entry.keeps_events:
        made = webhooks.create(
            entry, name="ERP", url="https://erp.example.com/hooks", encrypted=cipher.encrypted(webhooks.new_secret())
        )
        webhooks.disable(entry, made)
