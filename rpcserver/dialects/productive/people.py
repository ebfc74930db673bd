"""How a user looks where they come along as the person who made an invoice."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger import queries
from ledger.organisation import OWN_COMPANY_PK
from ledger.storage.models import Session, User
from rpcserver.dialects.productive.fieldsets import Resource
from rpcserver.dialects.productive.included import to_one
from rpcserver.dialects.productive.related import Related, timestamp

TYPE = "people"
ROLES: Mapping[str, int] = {"admin": 1, "clerk": 2, "auditor": 3, "owner": 4}


def resources(related: Related) -> Iterable[Resource]:
    """Who made the invoices that the payments pay."""
    pks = {invoice.created_by_user_pk for invoice in related.invoices.values()}
    for user in queries.by_pk(related.reading, User, sorted(pk for pk in pks if pk is not None)).values():
        yield {
            "id": str(user.pk),
            "type": TYPE,
            "attributes": _attributes(user, _last_seen(related, user)),
            "relationships": {
                "organization": to_one("organizations", related.organisation.pk),
                "company": to_one("companies", OWN_COMPANY_PK),
                "subsidiary": to_one("subsidiaries", None),
            },
        }


def _attributes(user: User, last_seen: str | None) -> dict[str, Any]:
    first, _, last = (user.person_name or user.username).partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "email": user.email,
        "title": None,
        "joined_at": timestamp(user.created_on),
        "last_seen_at": last_seen,
        "deactivated_at": None,
        "archived_at": None,
        "role_id": ROLES[user.role],
        "invited_at": None,
        "is_user": True,
        "tag_list": [],
        "avatar_url": None,
        "virtual": False,
        "custom_fields": None,
        "autotracking": False,
        "created_at": timestamp(user.created_on),
        "placeholder": False,
        "color_id": None,
        "private_custom_reports_used": 0,
        "contact": {},
    }


def _last_seen(related: Related, user: User) -> str | None:
    """When a session of the user was used last, as far as anybody but a customer asks."""
    if related.reading.actor.is_owner:
        return None
    latest = related.reading.rows.find(Session, 1, ("-last_used_on",), user_pk=user.pk)
    return timestamp(latest[0].last_used_on) if latest else None
