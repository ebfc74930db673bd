"""A story told to the server and to the oracle, step by step; what they do not agree on is a finding."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ledger.entry import utc_text
from ledger.idempotency import REPLAYED
from ledger.writing import Job
from tests.agreement import differences
from tests.simulation import world as worlds
from tests.simulation.oracle import Expected, Oracle, status_of
from tests.simulation.shown import Ref
from tests.simulation.spelling import BATCH, Request, Row, acts_of, headers, spelled
from tests.simulation.story import (
    BUSY,
    DEATHS,
    DIES,
    DIES_AFTER,
    LOST,
    UNSURE,
    UNSURE_DONE,
    Act,
    Moment,
    Purge,
    Restart,
    Step,
    Story,
    Trouble,
    Wait,
)
from tests.simulation.world import Reply, World

UNKNOWN = (UNSURE, UNSURE_DONE)
NOWHERE = Row("0" * 31 + "1", 987_654_321)


OF_ANSWERS = frozenset({"answer", "replay", "commit", "fault"})
"""Kinds of findings for which nobody has to look into the book."""


class Finding(Exception):
    """What the server does otherwise than the model, in a sentence; `kind` tells what sort of thing it is."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.kind = kind


class Records:
    """What doors call the records: both the book and the model know them in the order in which they were made."""

    def __init__(self, world: World, oracle: Oracle) -> None:
        self._world = world
        self._oracle = oracle
        self._rows: dict[str, list[Row]] = {"payment": [], "invoice": [], "bill": []}

    def row(self, kind: str, label: Any) -> Row:
        place = self._oracle.state.labels[kind].get(label)
        return NOWHERE if place is None else self.at(kind, place)

    def at(self, kind: str, place: int) -> Row:
        rows = self._rows[kind]
        if place >= len(rows):
            last = rows[-1].pk if rows else 0
            found = self._world.file.execute(f"SELECT id, pk FROM {kind} WHERE pk > ? ORDER BY pk", (last,))
            rows += [Row(*each) for each in found]
        return rows[place] if place < len(rows) else NOWHERE

    def account(self, name: str) -> Row:
        return Row(*self._world.file.execute("SELECT id, pk FROM account WHERE name = ?", (name,)).fetchone())

    def profile(self, name: str) -> Row:
        query = "SELECT id, pk FROM payment_profile WHERE active AND account_pk = ?"
        return Row(*self._world.file.execute(query, (self.account(name).pk,)).fetchone())

    def known(self, ref: Ref) -> object:
        """The id of a record in the form that is asked for."""
        row = self.at(ref.kind, ref.place)
        return {"id": row.id, "uuid": row.id.lower(), "pk": row.pk, "text": str(row.pk)}[ref.form]


@dataclass
class Waiting:
    """An act on its way."""

    act: Act
    request: Request
    parts: Sequence[str]
    reply: "asyncio.Task[Reply]"
    job: Job | None = None


class Telling:
    """One story in one world. `asked`: how many requests there were; `seen`: what came of them, and what befell them."""

    def __init__(self, world: World, fifo: bool) -> None:
        self.world = world
        self.oracle = Oracle(fifo)
        self.records = Records(world, self.oracle)
        self.asked = 0
        self.seen: Counter[str] = Counter()

    def do(self, step: Step) -> None:
        """One step. Raises a Finding."""
        self.oracle.now = utc_text(self.world.clock.seconds)
        match step:
            case Moment():
                self.world.loop.run_until_complete(self._moment(step))
            case Wait(seconds):
                self.world.clock.advance(seconds)
            case Restart():
                self.world.restart()
            case Purge():
                self.oracle.purged()
                self.world.purge()
        if self.world.faults.seen:
            raise Finding("fault", self.world.faults.seen[0])

    def check(self) -> None:
        """Hold the whole book against the model, and verify it. Raises a Finding."""
        for sentence in differences(self.world.rows, self.oracle.model):
            raise Finding("book", sentence)
        for sentence in self.world.discrepancies():
            raise Finding("verify", sentence)

    async def _moment(self, moment: Moment) -> None:
        waiting = [one for act in moment.acts if (one := await self._arrived(act))]
        await self._left([one for one in waiting if one.act.leaves], waiting)
        waiting = [one for one in waiting if not one.act.leaves]
        for number, start in enumerate(range(0, len(waiting), moment.size)):
            trouble = moment.trouble if moment.trouble and moment.trouble.batch == number else None
            if not await self._committed(waiting[start : start + moment.size], trouble):
                await self._died(waiting[start:])
                return

    async def _arrived(self, act: Act) -> Waiting | None:
        """Send an act's request. One that is answered without a commit of the moment is compared at once."""
        self.asked += 1
        request = spelled(act, self.records)
        parts = [self._fingerprint(item) for item in acts_of(act)] if act.verb == BATCH else []
        expected = self.oracle.arrived(act)
        reply = self.world.loop.create_task(self.world.ask(request, headers(act, self.world.tokens[act.by])))
        one = Waiting(act, request, parts, reply)
        one.job = await self.world.arrived(reply)
        if expected is None and act.verb == BATCH:
            expected = self.oracle.committed(act, request.text, parts)
        if expected is None and one.job is not None:
            return one
        if expected is None or one.job is not None:
            said = "waits" if one.job is not None else reply.result().code
            raise Finding("answer", f"{_said(act)} is {said}, not {expected.code if expected else 'waiting for a commit'}")
        self._compare(one, expected)
        return None

    def _fingerprint(self, act: Act) -> str:
        return spelled(act, self.records).text

    async def _left(self, leaving: Sequence[Waiting], waiting: Sequence[Waiting]) -> None:
        """Have callers' waits run out, one after the other."""
        here = list(waiting)
        for one in leaving:
            before = here[: here.index(one)]
            first = not any(
                (each.act.by, each.act.key) == (one.act.by, one.act.key) for each in before if not each.act.said.get("tried")
            )
            here.remove(one)
            assert one.job is not None
            self.world.run_out(one.job)
            await one.reply
            self._compare(one, self.oracle.left(one.act, first))

    async def _committed(self, batch: Sequence[Waiting], trouble: Trouble | None) -> bool:
        """Have a batch committed, and compare what its callers are told; False if the server died of it."""
        if trouble is not None:
            trouble = Trouble(trouble.kind, trouble.batch, min(trouble.job, len(batch) - 1))
        comes, expected = self._foreseen(batch, trouble)
        with self.world.mischief.ordered(trouble, self.world.leave):
            self.world.book.queue.let_in(len(batch))
            came = self.world.mischief.came
        if came != comes:
            acts = ", ".join(_said(one.act) for one in batch)
            raise Finding("commit", f"{acts}: there is {'something' if came else 'nothing'} to commit, which should not be so")
        if came and trouble is not None:
            self.seen[trouble.kind] += 1
            # The log tells of these, too.
            self.world.faults.seen.clear()
            if trouble.kind in DEATHS:
                return False
        for one, its in zip(batch, expected, strict=True):
            await one.reply
            self._compare(one, its)
        return True

    def _foreseen(self, batch: Sequence[Waiting], trouble: Trouble | None) -> tuple[bool, list[Expected]]:
        """Whether the trouble comes, and what the callers are told."""
        kind = trouble.kind if trouble else ""
        unavailable = [Expected("OUTCOME_UNKNOWN" if kind in UNKNOWN else "SERVICE_UNAVAILABLE") for _ in batch]
        if kind in (BUSY, LOST, DIES):
            return True, unavailable
        before = self.oracle.saved() if kind not in ("", DIES_AFTER, UNSURE_DONE) else None
        expected = [self.oracle.committed(one.act, one.request.text, one.parts) for one in batch]
        # Where nothing is to be kept, nothing is committed, and nothing can go wrong with that.
        if not kind or not any(each.changes for each in expected):
            return False, expected
        if before is not None:
            self.oracle.state = before
        return True, unavailable

    async def _died(self, waiting: Sequence[Waiting]) -> None:
        """Nobody is answered any more, and the server starts again."""
        await worlds.left_alone([one.reply for one in waiting])
        self.world.revive()

    # --- comparing ---

    def _compare(self, one: Waiting, expected: Expected) -> None:
        reply = one.reply.result()
        self.seen[f"{one.act.door} {one.act.verb} {expected.code}"] += 1
        self.seen[expected.code] += 1
        self.seen[REPLAYED] += expected.replayed
        wanted = expected.code, status_of(one.act, expected.code), expected.replayed
        found = reply.code, reply.status, REPLAYED.lower() in reply.headers
        if found != wanted:
            raise Finding("answer", f"{_said(one.act)} is answered {found}, not {wanted}: {reply.body.decode()[:500]}")
        if expected.members is not None:
            where = self._unlike(expected.members, _data(one.act, reply), "")
            if where is not None:
                raise Finding("answer", f"{_said(one.act)}: {where}")
        if expected.kept is not None:
            if expected.kept.body is None:
                expected.kept.body = reply.body
            elif expected.kept.body != reply.body:
                raise Finding("replay", f"{_said(one.act)} is answered otherwise than before: {reply.body.decode()[:500]}")

    def _unlike(self, wanted: Any, found: Any, path: str) -> str | None:
        """Where what was found lacks something that is wanted, or has it otherwise; None if it is all there."""
        if isinstance(wanted, dict) and isinstance(found, dict):
            inner = (self._unlike(value, found.get(name, ...), f"{path}.{name}") for name, value in wanted.items())
            return next((each for each in inner if each), None)
        if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
            pairs = enumerate(zip(wanted, found, strict=True))
            inner = (self._unlike(one, other, f"{path}[{place}]") for place, (one, other) in pairs)
            return next((each for each in inner if each), None)
        if isinstance(wanted, Ref):
            wanted = self.records.known(wanted)
        return None if wanted == found else f"{path[1:] or 'the answer'} is {found}, not {wanted}"


def _data(act: Act, reply: Reply) -> Any:
    body = json.loads(reply.body, parse_float=Decimal, parse_int=Decimal) if reply.body else None
    return body["data"] if act.door == "native" and isinstance(body, dict) else body


def _said(act: Act) -> str:
    keyed = f" under {act.key}" if act.key else ""
    return f"{act.door} {act.verb} {json.dumps(act.said)} by {act.by}{keyed}"


def told(story: Story, template: Path, *, checked: bool = True) -> Finding | None:
    """Tell a story in a world of its own: what was found, if anything. `checked`: at the end the whole book is looked at, too."""
    with TemporaryDirectory() as folder, worlds.opened(template, Path(folder), story.fifo) as world:
        telling = Telling(world, story.fifo)
        try:
            for step in story.steps:
                telling.do(step)
            if checked:
                telling.check()
        except Finding as finding:
            return finding
    return None
