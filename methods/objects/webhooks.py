"""Webhooks and what has not reached them, as they are answered."""

from methods.objects.people import LogInformation
from methods.shape import Date, Id, Shape


class WebhookShort(Shape):
    id: Id
    name: str


class WebhookComplete(Shape):
    """A receiver of events. `types_set`: null for all. `waiting` and `parked` count what has not reached it; `failing_since` is set
    while it does not answer, `previous_secret_until` while the secret before its own signs too."""

    id: Id
    name: str
    url: str
    types_set: list[str] | None
    active: bool
    disabled_on: Date | None
    failing_since: Date | None
    waiting: int
    parked: int
    previous_secret_until: Date | None
    log_information: LogInformation


class WebhookWithSecret(WebhookComplete):
    """The same with its secret, which is shown this once."""

    secret: str | None


class DeliveryShape(Shape):
    """An event that a receiver has not taken. `last_status` is what the receiver answered last, `last_error` why that was no
    success; of a delivery that was not tried yet both are null."""

    id: str
    webhook: WebhookShort
    event: str
    type: str | None
    record_id: Id
    state: str
    attempts: int
    first_tried_on: Date | None
    next_try_on: Date | None
    last_status: int | None
    last_error: str | None
