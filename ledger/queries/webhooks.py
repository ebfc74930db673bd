"""Webhooks and what has not reached them, newest first."""

from dataclasses import dataclass

from ledger.entry import Reading
from ledger.queries.matching import equal
from ledger.queries.paging import Cursor, Page, Paging, page
from ledger.storage.models import Delivery, Webhook

BY_AGE = ("pk",)


@dataclass(frozen=True, slots=True)
class WebhookFilters:
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFilters:
    webhook: Webhook | None = None
    state: str | None = None


def webhooks(reading: Reading, filters: WebhookFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Webhook]:
    """Webhooks, newest first."""
    active = [] if filters.active is None else [Webhook.disabled_on.is_null(filters.active)]
    return page(reading, Webhook, active, BY_AGE, paging, cursor)


def deliveries(reading: Reading, filters: DeliveryFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Delivery]:
    """What waits for webhooks or is parked, newest first; `after` is a row key."""
    conditions = [
        *equal(Delivery.webhook, filters.webhook),
        *([Delivery.state == filters.state] if filters.state else []),
    ]
    return page(reading, Delivery, conditions, BY_AGE, paging, cursor)
