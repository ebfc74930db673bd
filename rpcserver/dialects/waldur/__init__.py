"""Waldur's door: payments as its published REST API has them, with what an integration asks for on the way to them."""

from collections.abc import Mapping

from starlette.routing import BaseRoute, Route

from rpcserver import rest
from rpcserver.dialects.waldur import about, customers, invoices, payments, people, profiles, proofs
from rpcserver.dialects.waldur.addresses import Preflight, WithSlash, opened
from rpcserver.dialects.waldur.links import API
from rpcserver.dialects.waldur.manners import Manners
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.rest import Action

AUTH = "/api-auth/"
JSON_SUFFIX = ".json"
HIDDEN, OPEN, FILES = Manners(), Manners(token_first=False), Manners(negotiates=False)
"""How resources behave that need a token, that need none, and that are files."""

Verbs = Mapping[str, Action]


def routes(house: House) -> list[BaseRoute]:
    """The door's resources, and what else may be asked for under its two prefixes."""
    door, resources = Door(house, HIDDEN.word), _resources()
    prefixes = (API.removesuffix("/"), AUTH.removesuffix("/"))
    read = [(path.removesuffix("/") + JSON_SUFFIX, manners, verbs) for path, manners, verbs in resources if "GET" in verbs]
    made: list[Route] = [
        *(Preflight(prefix, door.word) for prefix in prefixes),
        *(rest.resource(path, door, manners, verbs) for path, manners, verbs in (*resources, *read)),
        *(Route(path.removesuffix("/"), WithSlash(door.word)) for path, _, _ in resources),
        *(rest.unknown(prefix, door, HIDDEN) for prefix in prefixes),
    ]
    origins = house.settings.waldur_cors_origins
    return [opened(route, origins) for route in made] if origins else [*made]


def _resources() -> list[tuple[str, Manners, Verbs]]:
    """Each resource with its manners and its verbs, in the order in which `Allow` names them."""
    one = API + "payments/{uuid}/"
    profile, invoice = API + "payment-profiles/{uuid}/", API + "invoices/{uuid}/"
    return [
        (API, HIDDEN, _read(about.MAP, "Api Root")),
        (API + "payments/", HIDDEN, _list(payments.LIST, payments.CREATE, "Payment List", about.PAYMENT)),
        (one, HIDDEN, _payment()),
        (one + "link_to_invoice/", HIDDEN, _deed(payments.LINK, "Link To Invoice", about.LINK)),
        (one + "unlink_from_invoice/", HIDDEN, _deed(payments.UNLINK, "Unlink From Invoice")),
        (API + "payment-profiles/", HIDDEN, _list(profiles.LIST, profiles.CREATE, "Payment Profile List", about.PROFILE)),
        (profile, HIDDEN, _profile()),
        (profile + "enable/", HIDDEN, _deed(profiles.ENABLE, "Enable")),
        (API + "invoices/", HIDDEN, _read(invoices.LIST, "Invoice List")),
        (invoice, HIDDEN, _read(invoices.RETRIEVE, "Invoice Instance")),
        (invoice + "paid/", HIDDEN, _deed(invoices.PAY, "Paid", about.PAID)),
        (API + "customers/", HIDDEN, _read(customers.LIST, "Customer List")),
        (API + "customers/{uuid}/", HIDDEN, _read(customers.RETRIEVE, "Customer Instance")),
        (API + "users/me/", HIDDEN, _read(people.ME, "Me")),
        (API + "users/{uuid}/", HIDDEN, _read(people.RETRIEVE, "User Instance")),
        (API + "version/", HIDDEN, _read(about.GET_VERSION, "Version Detail")),
        (API + "configuration/", OPEN, _read(about.GET_CONFIGURATION, "Configuration Detail")),
        (API + "media/{uuid}/", FILES, {"GET": proofs.MEDIA, "HEAD": proofs.MEDIA, "OPTIONS": about.options("Media")}),
        (AUTH + "password/", OPEN, _deed(people.LOG_IN, "Obtain Auth Token")),
        (AUTH + "logout/", HIDDEN, _deed(people.LOG_OUT, "Logout")),
    ]


def _read(action: Action, name: str) -> Verbs:
    return {"GET": action, "HEAD": action, "OPTIONS": about.options(name)}


def _list(listed: Action, created: Action, name: str, fields: about.Described) -> Verbs:
    return {"GET": listed, "POST": created, "HEAD": listed, "OPTIONS": about.options(name, "POST", fields)}


def _deed(action: Action, name: str, fields: about.Described | None = None) -> Verbs:
    return {"POST": action, "OPTIONS": about.options(name, "POST", fields)}


def _payment() -> Verbs:
    return {
        "GET": payments.RETRIEVE,
        "PUT": payments.UPDATE,
        "PATCH": payments.PARTIAL_UPDATE,
        "DELETE": payments.DESTROY,
        "HEAD": payments.RETRIEVE,
        "OPTIONS": about.options("Payment Instance", "PUT", about.PAYMENT),
    }


def _profile() -> Verbs:
    return {
        "GET": profiles.RETRIEVE,
        "PUT": profiles.UPDATE,
        "PATCH": profiles.PARTIAL_UPDATE,
        "HEAD": profiles.RETRIEVE,
        "OPTIONS": about.options("Payment Profile Instance", "PUT", about.PROFILE),
    }
