"""Hyperlinks: how records are named in bodies and answers. Only the path of one that comes in counts."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from starlette.requests import Request

from identifiers.forms import lower

API = "/api/"
PAYMENTS, PROFILES, INVOICES, CUSTOMERS, USERS, MEDIA = "payments", "payment-profiles", "invoices", "customers", "users", "media"
ALIASES = {"profile": PROFILES, "invoice": INVOICES}
"""Names of collections as the published examples print them, beside those that the API itself gives."""

_RECORD = re.compile(r"/api/(payments|payment-profiles|profile|invoices|invoice|customers|users|media)/([^/.]+)/")
_OTHER = re.compile(
    r"/api/(?:(?:payments|payment-profiles|invoices|customers|version|configuration)/)?"
    r"|/api/payments/[^/.]+/(?:link_to_invoice|unlink_from_invoice)/"
    r"|/api/payment-profiles/[^/.]+/enable/"
    r"|/api/invoices/[^/.]+/paid/"
    r"|/api-auth/(?:password|logout)/"
)


class Target(NamedTuple):
    """What a path leads to: a record of a collection, or (without a collection) something else that is there."""

    collection: str | None
    name: str


def root(request: Request) -> str:
    """Scheme and host of the request."""
    return f"{request.url.scheme}://{request.url.netloc}"


def link(base: str, collection: str, record_id: str) -> str:
    """The hyperlink of a record."""
    return f"{base}{API}{collection}/{lower(record_id)}/"


def target(hyperlink: str) -> Target | None:
    """What a hyperlink, or its path alone, leads to at this door; None where no path of ours matches."""
    path = hyperlink
    if hyperlink.startswith(("http:", "https:")):
        try:
            path = urlsplit(hyperlink).path
        except ValueError:
            return None
    path = unquote(path)
    found = _RECORD.fullmatch(path)
    if found is not None:
        return Target(ALIASES.get(found[1], found[1]), found[2])
    return Target(None, path) if _OTHER.fullmatch(path) else None
