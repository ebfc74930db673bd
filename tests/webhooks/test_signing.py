"""Signatures, checked by the published library and by what the specification shows."""

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ledger.webhooks import new_secret
from rpcserver.webhooks.signing import signed

pytestmark = pytest.mark.one_engine

BODY = '{"type":"payment.posted","data":{"payer":"Zoë"}}'.encode()


def test_the_example_of_the_specification_is_signed_as_it_shows() -> None:
    secret, body = "whsec_plJ3nmyCDGBKInavdOK15jsl", b'{"event_type":"ping","data":{"success":true}}'
    headers = signed("msg_loFOjxBNrRLzqYUf", 1731705121, body, [secret])
    assert headers == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_the_published_library_takes_what_is_signed() -> None:
    secret = new_secret()
    headers = signed("evt_1", int(time.time()), BODY, [secret])
    assert Webhook(secret).verify(BODY, headers)["data"] == {"payer": "Zoë"}


def test_while_a_secret_is_rotated_either_of_both_is_enough() -> None:
    new, old = new_secret(), new_secret()
    headers = signed("evt_1", int(time.time()), BODY, [new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)


@pytest.mark.parametrize("altered", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_whatever_is_altered_the_published_library_does_not_take_it(altered: str) -> None:
    secret, now = new_secret(), int(time.time())
    headers = signed("evt_1", now, BODY, [secret])
    headers |= {"webhook-id": {"webhook-id": "evt_2"}, "webhook-timestamp": {"webhook-timestamp": str(now - 1)}}.get(altered, {})
    body = BODY + b" " if altered == "body" else BODY
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret() if altered == "secret" else secret).verify(body, headers)


def test_secrets_are_long_and_each_is_another() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(each.startswith("whsec_") and len(each) == 6 + 44 for each in secrets)
