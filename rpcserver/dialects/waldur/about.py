"""What this door says of itself: its map, its version, what a client has to know before it logs in, and what a resource takes."""

from collections.abc import Mapping

from ledger.entry import Answer, Reading
from ledger.organisation import organisation
from ledger.rights import Right
from rpcserver import VERSION
from rpcserver.dialects.waldur.bodies import MEDIA
from rpcserver.dialects.waldur.links import API, CUSTOMERS, INVOICES, PAYMENTS, PROFILES, root
from rpcserver.dialects.waldur.manners import JSON, answer
from rpcserver.rest import Action, Asking, Look

Described = Mapping[str, tuple[str, bool]]
"""The fields that are written: their type, and whether one has to send them."""

PAYMENT: Described = {
    "profile": ("field", True),
    "date_of_payment": ("date", True),
    "sum": ("decimal", False),
    "proof": ("file upload", False),
}
PROFILE: Described = {
    "name": ("string", True),
    "organization": ("field", True),
    "account_uuid": ("string", False),
    "attributes": ("nested object", False),
    "payment_type": ("choice", True),
    "is_active": ("boolean", False),
}
LINK: Described = {"invoice": ("field", True)}
PAID: Described = {"date": ("date", True), "proof": ("file upload", False)}


def map_(asking: Asking) -> Answer:
    """Where the collections are."""
    base = root(asking.request) + API
    return answer(asking.request, 200, {name: f"{base}{name}/" for name in (CUSTOMERS, INVOICES, PROFILES, PAYMENTS)})


def version(asking: Asking) -> Answer:
    """The version of this server."""
    return answer(asking.request, 200, {"version": VERSION})


def configuration(asking: Asking) -> Look:
    """Whose server this is, and how one logs in."""

    def run(reading: Reading) -> Answer:
        own = organisation(reading)
        core = {"SITE_NAME": own.name if own else "", "AUTHENTICATION_METHODS": ["LOCAL_SIGNIN"]}
        return answer(asking.request, 200, {"WALDUR_CORE": core})

    return Look(run)


def options(name: str, verb: str | None = None, fields: Described | None = None) -> Action:
    """What a resource takes and gives; the fields that are written only for those who may write them."""

    def metadata(asking: Asking) -> Answer:
        made: dict[str, object] = {"name": name, "description": "", "renders": [JSON], "parses": list(MEDIA)}
        actor = asking.call.actor
        if verb is not None and fields is not None and actor is not None and actor.may(Right.RECORDS_WRITE):
            made["actions"] = {verb: {field: _described(field, *about) for field, about in fields.items()}}
        return answer(asking.request, 200, made)

    return Action("options", Right.SESSION, metadata)


def _described(name: str, kind: str, required: bool) -> dict[str, object]:
    label = name.replace("_", " ").capitalize()
    return {"type": kind, "required": required, "read_only": False, "label": label}


MAP = Action("map", Right.SESSION, map_)
GET_VERSION = Action("version", Right.SESSION, version)
GET_CONFIGURATION = Action("configuration", None, configuration)
