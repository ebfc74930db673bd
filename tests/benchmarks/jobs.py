"""The jobs: what is asked of each server, request by request, as bytes that are ready to be sent."""

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import orjson

from tests.benchmarks.servers import BARE, OURS, Target

LIST_ROWS = BATCH_CALLS = 100
ANSWER, SHOW, LIST, CREATE, POST, PAY_INVOICE, BATCH, LOGIN = (
    "bare answer",
    "payments/show",
    "payments/list",
    "payments/create",
    "payments/post",
    "payments/pay_invoice",
    "batch",
    "login",
)
WALDUR, QBENCH, PRODUCTIVE = "Waldur retrieve", "QBench GET", "Productive show"
SHARED = (SHOW, LIST, CREATE, POST, PAY_INVOICE, BATCH, LOGIN)
"""In an order in which each finds what it needs: what was created is posted."""
DOORS = (WALDUR, QBENCH, PRODUCTIVE)
READS = (ANSWER, SHOW, LIST, *DOORS)
JOBS = (ANSWER, *SHARED, *DOORS)

Requests = Iterator[bytes]


def jobs_of(name: str) -> tuple[str, ...]:
    """The jobs that the server of this name can do."""
    return (ANSWER,) if name == BARE else (*SHARED, *(DOORS if name == OURS else ()))


def worth(job: str) -> int:
    """How many of what is counted are in one call: payments in a batch, calls elsewhere."""
    return BATCH_CALLS if job == BATCH else 1


class Desk:
    """What is asked of one server. Every job goes on where it stopped; `drafts` are those that were made and not posted yet."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.drafts: deque[str] = deque()
        self._accounts = itertools.cycle(target.accounts)
        makers: dict[str, Callable[[], Requests]] = {
            ANSWER: lambda: itertools.repeat(self._post("/bare", {})),
            SHOW: self._shows,
            LIST: self._lists,
            CREATE: self._creates,
            POST: self._posts,
            PAY_INVOICE: self._pays,
            BATCH: self._batches,
            LOGIN: lambda: itertools.repeat(self._post("/login", target.login)),
            **{door: partial(self._retrieves, door) for door in DOORS},
        }
        self._requests = {job: makers[job]() for job in jobs_of(target.name)}

    def requests(self, job: str) -> Requests:
        """The requests of a job from here on."""
        # A generator of posts ends when there are no drafts; there may be more later.
        return self._posts() if job == POST else self._requests[job]

    def keep(self, answers: list[bytes]) -> None:
        """Remember the drafts that were made."""
        self.drafts.extend(_made_id(answer) for answer in answers if answer[9:10] == b"2")

    def _post(self, path: str, body: dict[str, Any]) -> bytes:
        written = orjson.dumps(body)
        head = f"{self._head('POST', path)}Content-Type: application/json\r\nContent-Length: {len(written)}\r\n\r\n"
        return head.encode() + written

    def _head(self, verb: str, path: str) -> str:
        return f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.target.port}\r\n"

    def _call(self, path: str, **params: Any) -> bytes:
        return self._post(f"/{path}", {"token": self.target.token, **params})

    def _shows(self) -> Requests:
        """One payment by its number."""
        return itertools.cycle([self._call(SHOW, payment_identifier={"number": number}) for number in self.target.numbers])

    def _retrieves(self, door: str) -> Requests:
        """The same payments at another door."""
        head = {
            WALDUR: f"Authorization: Token {self.target.token}\r\n\r\n",
            QBENCH: f"Authorization: Bearer {self.target.token}\r\n\r\n",
            PRODUCTIVE: f"X-Auth-Token: {self.target.token}\r\nX-Organization-Id: {self.target.organisation}\r\n\r\n",
        }[door]
        path = {WALDUR: "/api/payments/{id}/", QBENCH: "/qbench/api/v1/payment/{pk}", PRODUCTIVE: "/api/v2/payments/{pk}"}[door]
        paths = [path.format(id=row.id.lower(), pk=row.pk) for row in self.target.rows]
        return itertools.cycle([f"{self._head('GET', path)}{head}".encode() for path in paths])

    def _lists(self) -> Requests:
        """The newest 100 payments of an account."""
        for account in self._accounts:
            yield self._call(LIST, accounts_receivable_identifier={"number": account}, number_of_results=LIST_ROWS)

    def _creates(self) -> Requests:
        """A draft."""
        for account in self._accounts:
            yield self._call(CREATE, **_creation(account))

    def _posts(self) -> Requests:
        """The drafts that were made, each once."""
        while self.drafts:
            yield self._call(POST, payment_identifier={"id": self.drafts.popleft()})

    def _pays(self) -> Requests:
        """All that is unpaid on an invoice, each invoice once."""
        for invoice, account in self.target.invoices:
            yield self._call(
                PAY_INVOICE,
                accounts_receivable_identifier={"number": account},
                type_identifier={"name": "Payment 2"},
                payment_method_identifier={"name": "Direct Debit"},
                invoice_identifier={"number": invoice},
            )

    def _batches(self) -> Requests:
        """A hundred drafts in one call."""
        while True:
            accounts = itertools.islice(self._accounts, BATCH_CALLS)
            yield self._call(BATCH, calls=[{"method": CREATE, "params": _creation(account)} for account in accounts])


def _creation(account: str) -> dict[str, Any]:
    return {
        "accounts_receivable_identifier": {"number": account},
        "type_identifier": {"name": "Payment 2"},
        "life_cycle_state": "DRAFT",
        "payment_method_identifier": {"name": "Direct Debit"},
        "payment_amount": 12.5,
    }


def _made_id(answer: bytes) -> str:
    """The id of the payment that an answer is about."""
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["data"]["id"])
