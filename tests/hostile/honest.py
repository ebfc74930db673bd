"""An honest client, who goes on asking and paying while others are hostile, and looks at how long that takes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.live import Live

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05
ACCOUNTS = 2
"""On how many accounts, the last ones, there is what the honest client pays."""


@dataclass
class Served:
    """What the honest client was told: seconds of each call, calls that failed, and the payments made, by invoice."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    payments: dict[str, str] = field(default_factory=dict)

    @property
    def p99(self) -> float:
        """The time that one call in a hundred took longer than, in seconds."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def invoices(live: Live) -> Iterator[tuple[str, str]]:
    """Invoices that nobody has paid, each with the number of its account."""
    numbers = {each["pk"]: each["number"] for each in live.demo["accounts"][-ACCOUNTS:]}
    return ((each["id"], numbers[each["account_pk"]]) for each in live.demo["invoices"] if each["account_pk"] in numbers)


@contextmanager
def honest(live: Live, owed: Iterator[tuple[str, str]]) -> Iterator[Served]:
    """Have an honest client show and pay, over one connection that is kept, while the block runs."""
    served, stop = Served(), threading.Event()

    def call(session: requests.Session, method: str, body: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        answer = session.post(f"{live.url}/{method}", json=body, timeout=PATIENCE_SECONDS).json()
        served.seconds.append(time.monotonic() - began)
        if answer["status"]["code"] != "OK":
            served.failed.append(f"{method}: {answer}")
        return dict(answer["data"] or {})

    def go_on() -> None:
        with requests.Session() as session:
            session.headers["X-Auth-Token"] = live.demo["keys"]["clerk"]
            while not stop.wait(PAUSE_SECONDS):
                invoice, account = next(owed)
                try:
                    paid = call(session, "payments/pay_invoice", payment_of(invoice, account))
                    served.payments[invoice] = paid.get("id", "")
                    call(session, "payments/show", {"payment_identifier": {"id": paid.get("id", "")}})
                except (requests.RequestException, ValueError) as error:
                    served.failed.append(repr(error))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield served
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)


def payment_of(invoice: str, account: str) -> dict[str, Any]:
    """What pays an invoice."""
    return {
        "accounts_receivable_identifier": {"number": account},
        "type_identifier": {"name": "Payment 2"},
        "payment_method_identifier": {"name": "Direct Debit"},
        "invoice_identifier": {"id": invoice},
    }
