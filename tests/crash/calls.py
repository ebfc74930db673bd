"""Calls and what came back of them: who was told what, and who was told nothing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import requests

PATIENCE_SECONDS = 60
KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
SUCCESS, FAULT = 300, 500
"""Below the first a call is done; from the second on it is not known to be."""
RUNNING = b"is still running; try again"
"""What every door says to a call while another one with its key is under way."""


@dataclass(frozen=True)
class Kind:
    """A sort of call: its name, and where its answer names the record that it has made or moved."""

    name: str
    record: Callable[[Any], object]


@dataclass(frozen=True)
class Call:
    """A write as it goes over the wire, with its idempotency key. In the book it is found by its `subject`: the amount of a payment
    that no other call has, or the id of the record that it moves."""

    kind: Kind
    path: str
    headers: Mapping[str, str]
    body: bytes
    key: str
    subject: int | str

    def __str__(self) -> str:
        return f"{self.kind.name} of {self.subject}, key {self.key}"


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: bytes
    replayed: bool

    @property
    def is_done(self) -> bool:
        return self.status < SUCCESS

    @property
    def is_known(self) -> bool:
        """Whether it says what became of the call."""
        return self.status < FAULT and RUNNING not in self.body

    def record(self, call: Call) -> object:
        """The id, or the row key, of the record that the answer tells of."""
        return call.kind.record(json.loads(self.body))


def ask(session: requests.Session, url: str, call: Call) -> Told:
    """Send a call. A requests.RequestException: no answer came."""
    headers = {**call.headers, KEY: call.key}
    answer = session.post(url + call.path, data=call.body, headers=headers, timeout=PATIENCE_SECONDS)
    return Told(answer.status_code, answer.content, answer.headers.get(REPLAYED) == "true")


@dataclass
class Register:
    """All calls to one book. A call is acknowledged when it was answered with success; in doubt when it was sent and that did not
    happen, until an answer to the same call with the same key settles it. Several threads may write here."""

    acknowledged: dict[str, tuple[Call, Told]] = field(default_factory=dict)
    settled: dict[str, tuple[Call, Told]] = field(default_factory=dict)
    refused: list[tuple[Call, Told]] = field(default_factory=list)
    doubted: int = 0
    _open: dict[str, Call] = field(default_factory=dict)
    _writing: Lock = field(default_factory=Lock)

    @property
    def in_doubt(self) -> list[Call]:
        """The calls of which nothing is known now."""
        with self._writing:
            return list(self._open.values())

    @property
    def refusals(self) -> list[str]:
        """Those calls that were told no, which nobody expects here."""
        return [f"{call}: {told.status} {told.body.decode(errors='replace')}" for call, told in self.refused]

    @property
    def answered(self) -> list[tuple[Call, Told]]:
        """Whatever was done as its caller knows, at once or in the end."""
        with self._writing:
            return [*self.acknowledged.values(), *self.settled.values()]

    def doubt(self, call: Call) -> None:
        """A call was sent, and no answer came or none that says what became of it."""
        with self._writing:
            self.doubted += call.key not in self._open
            self._open[call.key] = call

    def note(self, call: Call, told: Told) -> bool:
        """An answer came; whether it says what became of the call."""
        if not told.is_known:
            self.doubt(call)
            return False
        with self._writing:
            was_open = self._open.pop(call.key, None) is not None
            if told.is_done:
                (self.settled if was_open else self.acknowledged)[call.key] = call, told
            else:
                self.refused.append((call, told))
        return True
