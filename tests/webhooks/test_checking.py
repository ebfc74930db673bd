"""The five lines with which the README checks who has sent something."""

import base64
import hmac
import re
import time
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from ledger.webhooks import new_secret
from rpcserver.webhooks.signing import signed
from tests import readme

pytestmark = pytest.mark.one_engine

BODY = b'{"type":"payment.posted"}'
Check = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture
def is_ours() -> Check:
    (printed,) = re.findall(r"^    def is_ours\(.*?\n(?=\n\S)", readme.README.read_text(), re.DOTALL | re.MULTILINE)
    assert len(printed.strip().splitlines()) == 1 + 5
    known: dict[str, Any] = {"base64": base64, "hmac": hmac, "time": time}
    exec(dedent(printed), known)
    check: Check = known["is_ours"]
    return check


def headers(secret: str, *others: str, ago: int = 0) -> dict[str, str]:
    return signed("evt_1", int(time.time()) - ago, BODY, (*others, secret))


def test_what_we_send_is_ours(is_ours: Check) -> None:
    secret = new_secret()
    assert is_ours(secret, headers(secret), BODY)
    assert is_ours(secret, headers(secret, new_secret()), BODY)


def test_what_others_send_or_alter_is_not(is_ours: Check) -> None:
    secret = new_secret()
    assert not is_ours(secret, headers(new_secret()), BODY)
    assert not is_ours(secret, headers(secret), BODY + b" ")
    assert not is_ours(secret, headers(secret) | {"webhook-id": "evt_2"}, BODY)
    assert not is_ours(secret, headers(secret) | {"webhook-signature": "v1,ö"}, BODY)


def test_what_is_sent_again_by_somebody_else_later_is_not(is_ours: Check) -> None:
    secret = new_secret()
    assert not is_ours(secret, headers(secret, ago=301), BODY)
    replayed = headers(secret, ago=301) | {"webhook-timestamp": str(int(time.time()))}
    assert not is_ours(secret, replayed, BODY)
