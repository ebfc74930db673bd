"""Histories of idempotency keys: many callers send requests under the same keys to a server, some go away before they are answered,
and what all of them were told is held against the rules and against the book.

It takes the address of a server and what its demo printed, whatever keeps the book.
"""

import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

PATIENCE_SECONDS = 60
IMPATIENCE_SECONDS = (0.002, 0.01, 0.05)
REPLAYED = "Idempotency-Replayed"
OK, REUSED, IN_PROGRESS, BUSY = "OK", "REUSED", "IN_PROGRESS", "BUSY"
OUTCOMES = {200: OK, 201: OK, 409: IN_PROGRESS, 422: REUSED, 503: BUSY}
DOORS = ("native", "waldur", "qbench")
BATCH, CALLS = "batch", 300
"""Not one of the doors, but a request that takes its time."""
FIRST_CENTS = 1_000_001
"""No payment of the demo is so large: an amount tells whose record it is."""


@dataclass(frozen=True)
class Key:
    """An idempotency key of one caller, the door it is sent to, and the amounts of the two requests that are sent under it, each of
    which makes `worth` records."""

    name: str
    caller: str
    door: str
    amounts: tuple[str, str]
    worth: int = 1


@dataclass(frozen=True)
class Event:
    """What one caller saw: which of the two requests was sent when, and what came back, if anything."""

    key: Key
    amount: str
    began: float
    ended: float
    outcome: str | None = None
    replayed: bool = False
    body: bytes = b""


def keys(seed: int, count: int, callers: Sequence[str], doors: Sequence[str] = DOORS) -> list[Key]:
    """Keys for a run. Each name is used by every caller, as another key."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        for place, caller in enumerate(callers):
            cents = FIRST_CENTS + 2 * (number * len(callers) + place)
            amounts = f"{Decimal(cents) / 100:.2f}", f"{Decimal(cents + 1) / 100:.2f}"
            door = dice.choice(doors)
            made.append(Key(f"key {number}", caller, door, amounts, CALLS if door == BATCH else 1))
    return made


class Callers:
    """Those who send the requests to the server at `url`; `demo` is what `rpcserver demo --json` printed of its book."""

    def __init__(self, url: str, demo: Mapping[str, Any]) -> None:
        self.url = url
        self.demo = demo

    def run(self, wanted: Sequence[Key], *, threads: int, times: int, seed: int = 0) -> list[Event]:
        """Send every key `times` times from each of the threads, in another order from each."""

        def one(number: int) -> list[Event]:
            dice = random.Random(f"{seed} {number}")
            order = dice.sample(list(wanted) * times, len(wanted) * times)
            with requests.Session() as session:
                return [self._sent(session, key, dice) for key in order]

        with ThreadPoolExecutor(threads) as pool:
            return [event for events in pool.map(one, range(threads)) for event in events]

    def settled(self, wanted: Sequence[Key]) -> list[Event]:
        """Send each key's first request once more, and wait for its answer."""
        with requests.Session() as session:
            return [self._asked(session, key, key.amounts[0], PATIENCE_SECONDS) for key in wanted]

    def booked(self) -> list[str]:
        """The amounts of all payments in the book."""
        body = {"fields_set": "payment_amount"}
        answer = requests.post(f"{self.url}/payments/list", json=body, headers=self._token("clerk"), timeout=PATIENCE_SECONDS)
        return [f"{Decimal(str(row['payment_amount'])):.2f}" for row in answer.json()["data"]]

    def _token(self, caller: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.demo['keys'][caller]}"}

    def _sent(self, session: requests.Session, key: Key, dice: random.Random) -> Event:
        amount = key.amounts[dice.random() < 0.15]
        chance = dice.random()
        if chance < 0.1:
            return self._cut(key, amount, whole=dice.random() < 0.7)
        patience = dice.choice(IMPATIENCE_SECONDS) if chance < 0.25 else PATIENCE_SECONDS
        return self._asked(session, key, amount, patience)

    def _request(self, key: Key, amount: str) -> tuple[str, bytes, dict[str, str]]:
        """Path, body and headers."""
        path, body = getattr(self, f"_{key.door}")(amount)
        return (
            path,
            orjson.dumps(body),
            {**self._token(key.caller), "Idempotency-Key": key.name, "Content-Type": "application/json"},
        )

    def _native(self, amount: str) -> tuple[str, dict[str, object]]:
        return "/payments/create", {
            "accounts_receivable_identifier": {"number": "1"},
            "type_identifier": {"name": "Payment"},
            "payment_method_identifier": {"name": "Bank Transfer"},
            "life_cycle_state": "DRAFT",
            "payment_amount": amount,
        }

    def _batch(self, amount: str) -> tuple[str, dict[str, object]]:
        path, params = self._native(amount)
        return "/batch", {"calls": [{"method": path[1:], "params": params}] * CALLS}

    def _waldur(self, amount: str) -> tuple[str, dict[str, object]]:
        profile = self.demo["profiles"][0]["id"].lower()
        return "/api/payments/", {
            "profile": f"{self.url}/api/payment-profiles/{profile}/",
            "date_of_payment": "2024-04-30",
            "sum": amount,
        }

    def _qbench(self, amount: str) -> tuple[str, dict[str, object]]:
        return "/qbench/api/v1/payment", {
            "customer_id": self.demo["accounts"][0]["pk"],
            "payment_date": "04/30/2024",
            "payment_type_id": self.demo["payment_methods"][1]["pk"],
            "amount": float(amount),
        }

    def _asked(self, session: requests.Session, key: Key, amount: str, patience: float) -> Event:
        """A request whose answer is waited for so many seconds."""
        path, body, headers = self._request(key, amount)
        began = monotonic()
        try:
            answer = session.post(self.url + path, data=body, headers=headers, timeout=patience)
        except (requests.Timeout, requests.ConnectionError):
            return Event(key, amount, began, monotonic())
        outcome = OUTCOMES.get(answer.status_code, f"{answer.status_code} {answer.text}")
        return Event(key, amount, began, monotonic(), outcome, REPLAYED in answer.headers, answer.content)

    def _cut(self, key: Key, amount: str, *, whole: bool) -> Event:
        """A request, or half of one, after which the connection is cut."""
        path, body, headers = self._request(key, amount)
        server = urlsplit(self.url)
        lines = [f"POST {path} HTTP/1.1", f"Host: {server.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        began = monotonic()
        with socket.create_connection((server.hostname or "", server.port or 80), PATIENCE_SECONDS) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + (body if whole else body[: len(body) // 2]))
        return Event(key, amount, began, monotonic())


def faults(events: Sequence[Event], booked: Sequence[str], wait_seconds: float) -> Iterator[str]:
    """What the rules do not allow, a sentence each. `wait_seconds`: how long the server has a request wait for another one."""
    by_key: dict[Key, list[Event]] = {}
    for event in events:
        by_key.setdefault(event.key, []).append(event)
    for key, its in by_key.items():
        records = [amount for amount in booked if amount in key.amounts]
        for said in (*_effects(key, its, records), *_answers(its), *_refusals(its, records, wait_seconds)):
            yield f"{key.name!r} of {key.caller} at the {key.door} door: {said}"


def _effects(key: Key, events: Sequence[Event], records: Sequence[str]) -> Iterator[str]:
    """One effect at most, and one where somebody was told so."""
    acknowledged = {event.amount for event in events if event.outcome == OK}
    if len(records) not in (0, key.worth) or len(set(records)) > 1:
        yield f"there are {len(records)} records, over {' and '.join(sorted(set(records)))}"
    if len(acknowledged) > 1:
        yield f"two different requests were done, {' and '.join(sorted(acknowledged))}"
    if acknowledged - set(records):
        yield f"{' and '.join(sorted(acknowledged))} was acknowledged and is not in the book"


def _answers(events: Sequence[Event]) -> Iterator[str]:
    """One answer, which comes for the first time at most once, and before anybody was given it again."""
    done = [event for event in events if event.outcome == OK]
    if len({event.body for event in done}) > 1:
        yield f"{len({event.body for event in done})} different answers were given"
    first = [event for event in done if not event.replayed]
    if len(first) > 1:
        yield f"{len(first)} answers do not say that they are given again"
    if first and any(event.ended < first[0].began for event in done if event.replayed):
        yield "an answer was given again before the request was sent that was answered first"


def _refusals(events: Sequence[Event], records: Sequence[str], wait_seconds: float) -> Iterator[str]:
    """Each refusal has its reason."""
    for event in events:
        if event.outcome == REUSED and (not records or event.amount in records):
            yield f"{event.amount} was refused as another request, and none was done"
        elif event.outcome in (IN_PROGRESS, BUSY) and event.ended - event.began < wait_seconds:
            yield f"{event.outcome} after {event.ended - event.began:.3f} seconds, before a wait of {wait_seconds:g} ran out"
        elif event.outcome not in (None, OK, REUSED, IN_PROGRESS, BUSY):
            yield f"an answer that is none of those that are allowed: {event.outcome}"
