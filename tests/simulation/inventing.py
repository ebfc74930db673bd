"""What happens next, from a seed: mostly what makes sense in the book as it is, sometimes what makes none, often the same again."""

from dataclasses import asdict, replace
from random import Random

from tests.books import EUROS
from tests.doors import DAY
from tests.simulation.deeds import MAKING
from tests.simulation.oracle import Oracle
from tests.simulation.shown import INVOICE
from tests.simulation.spelling import BATCH, READS
from tests.simulation.story import (
    BUSY,
    DIES,
    DIES_AFTER,
    DIES_BEFORE,
    FAILS,
    LOST,
    UNSURE,
    UNSURE_DONE,
    Act,
    Moment,
    Purge,
    Restart,
    Step,
    Trouble,
    Wait,
)
from tests.simulation.wishes import Wishes

WAITS = (0, 1, 1, 1, 3600, 100_000, 3_000_000, -30, -90_000)
TROUBLES = (BUSY, FAILS, LOST, UNSURE, UNSURE_DONE, DIES, DIES_BEFORE, DIES_AFTER)
PEOPLE = {"clerk": 70, "admin": 24, "auditor": 3, "owner": 3}
BATCHES = 25
"""The weight of a batch among the wishes."""
REMEMBERED = 60
NOT_TRIED = frozenset({*READS, BATCH, "account", "defaults"})


class Inventor:
    """Somebody who makes up steps, and looks into the model to make them up."""

    def __init__(self, seed: int, oracle: Oracle) -> None:
        self.dice = Random(seed)
        self.wishes = Wishes(self.dice, oracle)
        self._oracle = oracle
        self._names = [*self.wishes.of, ("native", BATCH)]
        self._weights = [*(weight for _, weight in self.wishes.of.values()), BATCHES]
        self._labels = self._keys = 0
        self._sent: list[Act] = []
        self._again: list[Act] = []

    def step(self) -> Step:
        """The next step."""
        chance = self.dice.random()
        if chance < 0.06:
            return Wait(self.dice.choice(WAITS))
        if chance < 0.066:
            return Restart()
        if chance < 0.068:
            return Purge()
        return self._moment()

    def _moment(self) -> Moment:
        acts = self._contest() if self.dice.random() < 0.2 else [self._act() for _ in range(self.dice.choice((1, 1, 1, 2, 3, 5)))]
        acts = [act for each in acts for act in self._repeated(each)]
        trouble = None
        if self.dice.random() < 0.09:
            trouble = Trouble(self.dice.choice(TROUBLES), self.dice.choice((0, 0, 1)), self.dice.randrange(3))
            # Who was not answered, or told to come again, does so.
            self._again += [act for act in acts if act.key is not None]
        return Moment(acts, self.dice.choice((1, 2, 64)), trouble)

    def _act(self) -> Act:
        """One request: something new, or something that was asked before."""
        if self._again and self.dice.random() < 0.6:
            return replace(self._again.pop(self.dice.randrange(len(self._again))), leaves=False)
        if self._sent and self.dice.random() < 0.06:
            old = self.dice.choice(self._sent)
            return old if self.dice.random() < 0.7 else replace(self._new(), key=old.key, by=old.by)
        return self._asked(self._new())

    def _asked(self, act: Act) -> Act:
        """The act with who asks, and under which key, if any; without one it may be a trial."""
        by = self.dice.choices(list(PEOPLE), list(PEOPLE.values()))[0]
        act = replace(act, by="admin" if act.verb == "defaults" and self.dice.random() < 0.7 else by)
        if self.dice.random() < 0.5:
            self._keys += 1
            act = replace(act, key=f"k{self._keys}", leaves=self.dice.random() < 0.03)
            self._sent = [*self._sent[1 - REMEMBERED :], act]
            return act
        return self._tried(act)

    def _tried(self, act: Act) -> Act:
        """Sometimes an act is only a trial."""
        can = act.door == "native" and act.key is None and act.verb not in NOT_TRIED
        return replace(act, said={**act.said, "tried": True}) if can and self.dice.random() < 0.06 else act

    def _repeated(self, act: Act) -> list[Act]:
        """Sometimes a request is sent more than once at a time."""
        times = self.dice.choice((2, 3)) if act.key is not None and self.dice.random() < 0.08 else 1
        return [act, *(replace(act, leaves=self.dice.random() < 0.1) for _ in range(times - 1))]

    def _new(self, alone: bool = True) -> Act:
        door, verb = self.dice.choices(self._names, self._weights)[0]
        if verb == BATCH:
            return self._batch() if alone else self._new(alone)
        wish, _ = self.wishes.of[door, verb]
        return Act(door, verb, wish(), label=self._label() if verb in MAKING else None)

    def _label(self) -> int:
        self._labels += 1
        return self._labels

    def _batch(self) -> Act:
        """Calls of the native door in one request; some have keys of their own."""
        acts: list[Act] = []
        while len(acts) < self.dice.randint(1, 5):
            act = self._new(alone=False)
            if act.door == "native":
                acts.append(self._tried(replace(act, key=self._own_key() if act.verb not in READS else None)))
        return Act("native", BATCH, {"calls": [asdict(act) for act in acts], "atomic": self.dice.random() < 0.4})

    def _own_key(self) -> str | None:
        if self.dice.random() < 0.8:
            return None
        self._keys += 1
        return f"k{self._keys}" if self.dice.random() < 0.9 else "k1"

    def _contest(self) -> list[Act]:
        """Several who want something of the same record at the same time."""
        chance = self.dice.random()
        about = (self._about_a_draft, self._about_a_payment, self._about_an_invoice, self._about_a_door)
        wanted = about[0 if chance < 0.35 else 1 if chance < 0.6 else 2 if chance < 0.85 else 3]()
        return [self._asked(act) for act in self.dice.sample(wanted, self.dice.randint(2, len(wanted)))]

    def _about_a_draft(self) -> list[Act]:
        said = {"payment": self.wishes.payment("DRAFT")}
        changed = {**said, "account": None, "amount": self.wishes.good(EUROS)}
        verbs = [Act("native", verb, said) for verb in ("post", "post", "reject", "cancel", "show")]
        return [*verbs, Act("native", "update", changed)]

    def _about_a_payment(self) -> list[Act]:
        said = {"payment": self.wishes.payment()}
        gone = [Act(door, "delete", said) for door in ("waldur", "qbench", "productive")]
        return [*gone, *(Act("native", verb, said) for verb in ("cancel", "release", "show")), Act("waldur", "unlink", said)]

    def _about_a_door(self) -> list[Act]:
        names = [("native", "defaults")] * 3 + [("waldur", "create")] * 2 + [("productive", "create")] * 2 + [("qbench", "show")]
        return [Act(*name, self.wishes.of[name][0](), label=self._label() if name[1] in MAKING else None) for name in names]

    def _about_an_invoice(self) -> list[Act]:
        said = {"invoice": self.wishes.invoice(owing=True)}
        account, payment = self.wishes.owner(INVOICE, said["invoice"]), self.wishes.payment()
        related = {**said, "units": self.wishes.units(account), "dates": {"paid_on": DAY}}
        return [
            Act("native", "pay_invoice", {**said, "account": account, "amount": None}, label=self._label()),
            Act("waldur", "paid", said, label=self._label()),
            Act("productive", "create", related, label=self._label()),
            Act("waldur", "link", {**said, "payment": payment}),
            Act("qbench", "apply", {"payment": payment, "lines": [[said["invoice"], self.wishes.good(account)]]}),
            Act("native", "cancel_invoice", said),
        ]
