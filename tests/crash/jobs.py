"""What the callers want: writes through all four doors, each one different from all others."""

import itertools
import json
import random
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from threading import Lock
from typing import Any

from tests.crash.calls import Call, Kind, Told

CREATE = Kind("payments/create", lambda said: said["data"]["id"])
PAY = Kind("payments/pay_invoice", lambda said: said["data"]["id"])
POST = Kind("payments/post", lambda said: said["data"]["id"])
CANCEL = Kind("payments/cancel", lambda said: said["data"]["id"])
WALDUR = Kind("Waldur's create", lambda said: said["uuid"].upper())
QBENCH = Kind("QBench's create", lambda said: said["id"])
PRODUCTIVE = Kind("Productive's create", lambda said: int(said["data"]["id"]))
CREATING = (CREATE, WALDUR, QBENCH, PRODUCTIVE)
KINDS = (PAY, POST, CANCEL, *CREATING)

FIRST_AMOUNT = 50_000_001
"""In cents; the demo has no payment so large."""
DAY = "2024-09-01"


class Jobs:
    """Calls to the server over a demo book, of which `demo` is what `rpcserver demo --json` printed; its last `accounts` accounts
    hold the invoices to be paid. Several threads may ask; `chance` makes the choice."""

    def __init__(self, demo: Mapping[str, Any], accounts: int, chance: random.Random) -> None:
        self._chance = chance
        self._choosing = Lock()
        self._amounts = itertools.count(FIRST_AMOUNT)
        self._key = demo["keys"]["clerk"]
        self._organisation = str(demo["organisation"]["pk"])
        self._profile = next(each for each in demo["profiles"] if each["active"])
        numbers = {each["pk"]: each["number"] for each in demo["accounts"]}
        self._account = numbers[self._profile["account_pk"]]
        mine = dict(list(numbers.items())[-accounts:])
        self._invoices = deque((each["id"], mine[each["account_pk"]]) for each in demo["invoices"] if each["account_pk"] in mine)
        self._invoice = next(each["pk"] for each in demo["invoices"] if each["account_pk"] == self._profile["account_pk"])
        self._drafts: deque[str] = deque()
        self._posted: deque[str] = deque()
        self._followed: set[str] = set()
        self._makers: dict[Kind, Callable[[], Call | None]] = {
            CREATE: self._create,
            PAY: self._pay,
            POST: self._post,
            CANCEL: self._cancel,
            WALDUR: self._waldur,
            QBENCH: self._qbench,
            PRODUCTIVE: self._productive,
        }

    def next(self) -> Call:
        """Another call, with a key of its own."""
        with self._choosing:
            return self._makers[self._chance.choice(KINDS)]() or self._create()

    def follow(self, call: Call, told: Told) -> None:
        """A call was done: what it has made is there for others, once, however often it is told."""
        if call.key in self._followed:
            return
        self._followed.add(call.key)
        if call.kind is CREATE:
            self._drafts.append(str(told.record(call)))
        elif call.kind in (POST, PAY):
            self._posted.append(str(told.record(call)))

    def _create(self) -> Call:
        cents = next(self._amounts)
        draft = {**_terms(self._account), "life_cycle_state": "DRAFT", "payment_amount": _major(cents)}
        return self._native(CREATE, draft, cents)

    def _pay(self) -> Call | None:
        if not self._invoices:
            return None
        invoice, account = self._invoices.popleft()
        return self._native(PAY, {**_terms(account), "invoice_identifier": {"id": invoice}}, invoice)

    def _post(self) -> Call | None:
        if not self._drafts:
            return None
        payment = self._drafts.popleft()
        return self._native(POST, {"payment_identifier": {"id": payment}}, payment)

    def _cancel(self) -> Call | None:
        if not self._posted:
            return None
        payment = self._posted.popleft()
        type_ = {"name": "Payment Cancellation 1"}
        return self._native(CANCEL, {"payment_identifier": {"id": payment}, "type_identifier": type_}, payment)

    def _waldur(self) -> Call:
        cents = next(self._amounts)
        profile = f"/api/payment-profiles/{self._profile['id'].lower()}/"
        body = {"profile": profile, "date_of_payment": DAY, "sum": _major(cents)}
        return _call(WALDUR, "/api/payments/", body, cents, Authorization=f"Token {self._key}")

    def _qbench(self) -> Call:
        cents = next(self._amounts)
        body = {"customer_id": int(self._account), "payment_date": "09/01/2024", "payment_type_id": 1, "amount": cents / 100}
        return _call(QBENCH, "/qbench/api/v1/payment", body, cents, Authorization=f"Bearer {self._key}")

    def _productive(self) -> Call:
        cents = next(self._amounts)
        invoice = {"data": {"type": "invoices", "id": str(self._invoice)}}
        data = {
            "type": "payments",
            "attributes": {"amount": cents, "paid_on": DAY},
            "relationships": {"invoice": invoice},
        }
        headers = {
            "X-Auth-Token": self._key,
            "X-Organization-Id": self._organisation,
            "Content-Type": "application/vnd.api+json",
        }
        return _call(PRODUCTIVE, "/api/v2/payments", {"data": data}, cents, **headers)

    def _native(self, kind: Kind, body: Mapping[str, Any], subject: int | str) -> Call:
        return _call(kind, f"/{kind.name}", body, subject, **{"X-Auth-Token": self._key})


def _call(kind: Kind, path: str, body: Mapping[str, Any], subject: int | str, **headers: str) -> Call:
    written = json.dumps(body).encode()
    return Call(kind, path, {"Content-Type": "application/json", **headers}, written, uuid.uuid4().hex, subject)


def _terms(account: str) -> dict[str, Any]:
    return {
        "accounts_receivable_identifier": {"number": account},
        "type_identifier": {"name": "Payment 2"},
        "payment_method_identifier": {"name": "Direct Debit"},
    }


def _major(cents: int) -> str:
    return str(Decimal(cents) / 100)
