"""What each act is to be answered: the model with the deeds of all doors, and the idempotency keys, in one thread and in order."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.doors import DOORS, INVALID, MISSING, REUSED, RULE
from tests.model import Model
from tests.simulation import deeds
from tests.simulation.deeds import Refused
from tests.simulation.rest_deeds import Deeds
from tests.simulation.shown import Members
from tests.simulation.spelling import BATCH, READS, acts_of
from tests.simulation.story import Act

OK = "OK"
STATUSES = {door.word: door.statuses for door in DOORS}
WRITERS, CONFIGURERS = frozenset({"clerk", "admin"}), frozenset({"admin"})
KEPT_DAYS = 30
CREATED = {"waldur": {"create"}, "productive": {"create"}}
NO_CONTENT = {"waldur": {"delete"}, "productive": {"delete"}}
OWN = {
    "SERVICE_UNAVAILABLE": 503,
    "OUTCOME_UNKNOWN": 500,
    "NOT_PERMITTED": 403,
    "IDEMPOTENCY_IN_PROGRESS": 409,
}
"""Refusals whose status is the same at every door."""
BLANK = ("id", "number", "reference_number")


@dataclass
class Kept:
    """The answer of a key: what was asked, what is to be answered, and the bytes that were, once somebody has seen them."""

    asked: str
    members: Members | list[Any] | None
    created_on: str
    body: bytes | None = None


@dataclass
class Expected:
    """What an act is to be answered. `changes`: something was committed for it. `kept`: the answer that is its key's from now on,
    or was before (`replayed`)."""

    code: str = OK
    members: Members | list[Any] | None = None
    changes: bool = False
    kept: Kept | None = None
    replayed: bool = False


@dataclass
class State:
    """All that a commit changes."""

    model: Model
    keys: dict[tuple[str, str], Kept] = field(default_factory=dict)
    labels: dict[str, dict[int, int]] = field(default_factory=lambda: {"payment": {}, "invoice": {}, "bill": {}})


class Oracle:
    """It is told everything in the order in which it happens."""

    def __init__(self, fifo: bool) -> None:
        self.state = State(Model(fifo))
        self.now = ""

    @property
    def model(self) -> Model:
        return self.state.model

    # --- what is answered before a commit ---

    def arrived(self, act: Act) -> Expected | None:
        """The answer of an act that does not have to wait for a commit: a read, or a refusal of who asks or of what is sent."""
        if act.verb in READS:
            return self._done(act)
        if act.verb == BATCH:
            return None
        if act.by not in (WRITERS if act.verb != "defaults" else CONFIGURERS):
            return Expected("NOT_PERMITTED")
        return None if deeds.is_readable(act) else Expected("INVALID_PARAMETER")

    def left(self, act: Act, first: bool) -> Expected:
        """The answer of a caller whose wait ran out; `first`: no other request with its key was under way before."""
        return Expected("SERVICE_UNAVAILABLE" if first or act.key is None or act.said.get("tried") else "IDEMPOTENCY_IN_PROGRESS")

    # --- what a commit does ---

    def committed(self, act: Act, asked: str, parts: Sequence[str] = ()) -> Expected:
        """Do an act. `asked` is what tells its request from another one, `parts` what does so of the acts of a batch."""
        if act.said.get("tried"):
            return self._tried(act)
        if act.key is None:
            return self._run(act, parts)
        kept = self.state.keys.get((act.by, act.key))
        if kept is not None:
            return Expected(OK, kept.members, True, kept, True) if kept.asked == asked else Expected("IDEMPOTENCY_KEY_REUSED")
        expected = self._run(act, parts)
        if expected.code == OK:
            expected.changes = True
            expected.kept = Kept(asked, expected.members, self.now)
            self.state.keys[act.by, act.key] = expected.kept
        return expected

    def _run(self, act: Act, parts: Sequence[str]) -> Expected:
        return self._batch(act, parts) if act.verb == BATCH else self._done(act)

    def _batch(self, act: Act, parts: Sequence[str]) -> Expected:
        before = self.saved() if act.said["atomic"] else None
        answers: list[Expected] = []
        for item, asked in zip(acts_of(act), parts, strict=True):
            expected = self.arrived(item) or self.committed(item, asked)
            answers.append(expected)
            if before is not None and expected.code != OK:
                self.state = before
                undone = [Expected("ROLLED_BACK")] * len(parts)
                undone[len(answers) - 1] = expected
                return Expected(expected.code, [_envelope(each) for each in undone])
        return Expected(OK, [_envelope(each) for each in answers], True)

    def purged(self) -> None:
        """Forget old keys."""
        oldest = (datetime.fromisoformat(self.now) - timedelta(days=KEPT_DAYS)).isoformat()
        self.state.keys = {name: kept for name, kept in self.state.keys.items() if kept.created_on >= oldest}

    def saved(self) -> State:
        """The state as it is now, to go back to."""
        model, labels = pickle.loads(pickle.dumps((self.model, self.state.labels)))
        return State(model, dict(self.state.keys), labels)

    def _done(self, act: Act) -> Expected:
        done = Deeds(self.model, self.state.labels, self.now, act.by)
        try:
            made = done.do(act)
        except Refused as refused:
            return Expected(str(refused))
        if made.kind is not None and act.label is not None:
            self.state.labels[made.kind][act.label] = made.place
        return Expected(OK, made.members, act.verb not in READS)

    def _tried(self, act: Act) -> Expected:
        """The same answer, but nothing is kept: what would be made has no id and no number."""
        before = self.saved()
        series = dict(self.model.series)
        expected = self._run(replace(act, label=None), ())
        numbered = self.model.series["payment.number"] != series.get("payment.number", 0)
        numbered |= self.model.series["invoice.number"] != series.get("invoice.number", 0)
        self.state = before
        if isinstance(expected.members, dict):
            expected.members |= _blank(act, numbered)
        expected.changes = False
        return expected


def _blank(act: Act, numbered: bool) -> Members:
    if act.verb in deeds.MAKING or act.verb in ("cancel", "cancel_invoice"):
        return dict.fromkeys(BLANK if act.verb != "bill" else BLANK[:2])
    return {"number": None} if numbered else {}


def _envelope(expected: Expected) -> Members:
    data = {} if expected.code != OK else {"data": expected.members}
    return {"status": {"code": expected.code}, **data}


def status_of(act: Act, code: str) -> int:
    """The HTTP status of an answer with this code at the act's door."""
    door, statuses = act.door, STATUSES[act.door]
    if code == OK:
        return 201 if act.verb in CREATED.get(door, ()) else 204 if act.verb in NO_CONTENT.get(door, ()) else 200
    if code in OWN:
        return OWN[code]
    if act.verb == "paid" and code == "INVALID_LIFE_CYCLE_STATE":
        return 409
    kinds = {"ENTITY_NOT_FOUND": MISSING, "INVALID_PARAMETER": INVALID, "IDEMPOTENCY_KEY_REUSED": REUSED}
    return statuses[kinds.get(code, RULE)]
