"""Asking the server in the tests' own words."""

from typing import Any

from starlette.testclient import TestClient

from tests.rpcserver.world import World


def payment(here: World, amount: object = 10, **more: object) -> dict[str, Any]:
    """The body of a `payments/create`, without the token."""
    return {
        "accounts_receivable_identifier": {"number": here.account},
        "type_identifier": {"name": "Payment"},
        "life_cycle_state": "POSTED",
        "payment_method_identifier": {"name": "Cash"},
        "payment_amount": amount,
        **more,
    }


def made(client: TestClient, token: str) -> int:
    """How many payments there are."""
    return len(client.post("/payments/list", json={"token": token, "fields_set": "id"}).json()["data"])


def codes(envelopes: list[dict[str, Any]]) -> list[str]:
    """The code of each envelope of a batch."""
    return [str(envelope["status"]["code"]) for envelope in envelopes]
