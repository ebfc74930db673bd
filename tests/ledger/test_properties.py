"""Whatever is done in whatever order, the book agrees with a model of a few lists, and what is refused leaves nothing behind.

`HYPOTHESIS_PROFILE=long` looks for new sequences for many minutes; otherwise the same ones run each time.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from ledger import amending, applying, bills, invoices, linking, payments
from ledger.applying import Line
from ledger.book import Book
from ledger.entry import utc_text
from ledger.errors import by_code
from ledger.intentions import IntendedChange, Intentions
from ledger.storage.models import Category, Currency
from ledger.verify import discrepancies
from tests import books
from tests import model_rules as rules
from tests.agreement import differences
from tests.books import BOBS, DINARS, EUROS, YEN, Clock, Company
from tests.engines import Beside, copied, is_sqlite, url_of
from tests.model import EXPONENTS, Model, Owed, Paid, Target, minor, updated
from tests.model_rules import Broken

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=(2_000 if LONG else 20) // (1 if is_sqlite() else 10),
    stateful_step_count=75,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
ACCOUNT = st.sampled_from([EUROS, BOBS, *EXPONENTS])
GOOD, BAD = ("7", "8", "10", "12", "25", "30", "40", "2.5"), ("0", "-3", "0.005", "9999999999999.99", "999999999999999")
AMOUNT = st.sampled_from([Decimal(text) for text in (*GOOD * 3, *BAD)])
DUES = (None, "2024-05-10T00:00:00", "2030-01-01T00:00:00")
OTHER = st.sampled_from([None, None, None, *EXPONENTS])
KIND = st.sampled_from(["invoice", "bill"])
MODE = st.sampled_from(["automatic", "automatic", "explicit"])
STRAY = 27
PICK = st.integers(0, 29)
"""Which record: 0 is the youngest that fits. From `STRAY` on any will do: another account's, one in another state."""
PICKS = st.lists(PICK, max_size=2)
POSTED = st.sampled_from([True, True, False])
VERBS = st.sampled_from(["post", "reject", "cancel"])
HOW, TYPES = st.sampled_from(["", "fills_principal", "keeps_applied"]), ("PAYMENT", "WRITE_OFF")
WRONG = st.sampled_from([*[""] * 15, "type", "category", "method", "intended_currency", "back_office_code"])


class Life(RuleBasedStateMachine):
    """The real book and the model, side by side."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.beside = Beside(path)
        self.path = path
        self.steps = 0

    @initialize(fifo=st.booleans())
    def open(self, fifo: bool) -> None:
        clock = Clock()
        self.book = Book(url_of(self.path), clock=clock, allocation="fifo" if fifo else "intended")
        self.company = books.company(self.book, clock)
        self.model = Model(fifo)
        self.rows: dict[str, list[Any]] = {"invoice": [], "payment": [], "bill": []}
        self.wrong: dict[str, tuple[object, str]] = {
            "type": (self.company.type("REFUND"), "TYPE_NOT_ALLOWED"),
            "category": (self.company.one(Category, name="Internal"), "CATEGORY_NOT_ALLOWED"),
            "method": ("Card", "PAYMENT_METHOD_NOT_ALLOWED"),
            "intended_currency": (self.company.one(Currency, code="USD"), "CURRENCY_MISMATCH"),
            "back_office_code": ("0", "DUPLICATE_BACK_OFFICE_CODE"),
        }
        self.something_of_everything()

    def something_of_everything(self) -> None:
        """Ada owes, Bob has credit, yen are settled and dinars over: much can be done from the first step on."""
        for amount, due in ((30, None), (10, DUES[1]), (25, DUES[1])):
            self.create_invoice(EUROS, Decimal(amount), True, due)
            self.receive(BOBS, Decimal(amount))
            self.create_invoice(BOBS, Decimal(8), False, None)
            self.create_invoice(YEN, Decimal(amount), True, None)
            self.receive(YEN, Decimal(amount))
            self.company.clock.advance(60)
        self.create_invoice(DINARS, Decimal(30), True, None)
        self.receive(DINARS, Decimal(30))
        self.change_account(DINARS, "TERMINATED")
        self.create_bill(EUROS, [0, 2])
        self.create_payment(EUROS, Decimal(15), True, "automatic", [1, 0], [], "")
        self.create_payment(EUROS, Decimal(35), True, "explicit", [], [], "")
        self.create_payment(EUROS, Decimal(12), False, "automatic", [0], [], "")

    def teardown(self) -> None:
        if self.steps:
            assert list(discrepancies(self.book)) == []
            self.book.close()
        self.beside.close()
        for left in self.path.parent.glob(f"{self.path.name}*"):
            left.unlink()

    # --- how a verb is tried ---

    def attempt(self, broken: Broken, verb: Callable[[Company], Any]) -> Any:
        """What the verb makes; None if a rule is broken, which has to refuse it with the first code by precedence."""
        self.steps += 1
        self.company.clock.advance(self.steps % 2)
        expected = rules.first(broken)
        if expected or self.steps % 3 == 0:
            before = self.beside.contents()
            with pytest.raises(by_code(expected)) if expected else nullcontext():
                verb(self.company.calling(rehearsal=not expected))
            assert self.beside.contents() == before, "a refusal or a rehearsal has left something behind"
        return None if expected else verb(self.company)

    @property
    def now(self) -> str:
        return utc_text(self.company.clock.seconds)

    def place(self, records: Sequence[Owed | Paid], pick: int, state: str) -> int:
        fit = [place for place, each in enumerate(records) if each.state == state or pick >= STRAY]
        return fit[-1 - pick % len(fit)] if fit else 0

    def payment(self, pick: int, state: str = "POSTED") -> tuple[Any, Paid]:
        place = self.place(self.model.payments, pick, state)
        return self.rows["payment"][place], self.model.payments[place]

    def choose(self, kind: str, account: str, picks: Iterable[int]) -> list[Target]:
        """Invoices or bills, each once, mostly posted ones of this account."""
        every = [(kind, place) for place in range(len(self.rows[kind]))]
        own = [
            target for target in every if self.model.owner(target) == account and (kind == "bill" or self.model.posted(target[1]))
        ]
        among = ((own if pick < STRAY else every, pick) for pick in picks)
        return list(dict.fromkeys(targets[-1 - pick % len(targets)] for targets, pick in among if targets))

    def records(self, kind: str, targets: Iterable[Target]) -> list[Any]:
        return [self.rows[kind][place] for each, place in targets if each == kind]

    def made(self, row: Any, paid: Paid, posted: bool, settles: bool = False) -> None:
        if row:
            self.rows["payment"].append(row)
            self.model.add_payment(paid, posted, self.now, settles)

    # --- the verbs ---

    @precondition(lambda self: self.steps % 4 == 0)
    @rule(seconds=st.sampled_from([1, 3600, 2_000_000]))
    def wait(self, seconds: int) -> None:
        self.steps += 1
        self.company.clock.advance(seconds)

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(account=ACCOUNT, state=st.sampled_from(["ACTIVE", "SUSPENDED", "TERMINATED"]))
    def change_account(self, account: str, state: str) -> None:
        broken = rules.account_state(self.model, account, state)
        if self.attempt(broken, lambda company: company.change_account(account, life_cycle_state=state)):
            self.model.states[account] = state

    @rule(account=ACCOUNT, total=AMOUNT, posted=POSTED, due=st.sampled_from(DUES))
    def create_invoice(self, account: str, total: Decimal, posted: bool, due: str | None) -> None:
        amount = minor(account, total, zero=True)
        broken = rules.new_invoice(self.model, account, amount, posted)
        state = "POSTED" if posted else "DRAFT"
        if row := self.attempt(broken, lambda company: company.invoice(str(total), account, state=state, due_on=due)):
            self.rows["invoice"].append(row)
            self.model.add_invoice(Owed(account, amount or 0, due), posted, self.now)

    @precondition(lambda self: self.rows["invoice"])
    @rule(pick=PICK, verb=VERBS)
    def move_invoice(self, pick: int, verb: str) -> None:
        place = self.place(self.model.invoices, pick, rules.needed(verb))
        row, owed = self.rows["invoice"][place], self.model.invoices[place]
        broken = rules.invoice_move(self.model, place, verb)
        plain: Any = {"post": invoices.post, "reject": invoices.reject}.get(verb)
        if not self.attempt(broken, lambda company: company.do(plain, row) if plain else company.cancel_invoice(row)):
            return
        if verb == "post":
            self.model.post_invoice(place, self.now)
        elif verb == "cancel":
            self.model.cancel_invoice(place)
        else:
            owed.state = "REJECTED"

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, verb=VERBS)
    def move_payment(self, pick: int, verb: str) -> None:
        row, paid = self.payment(pick, rules.needed(verb))
        broken = rules.payment_move(self.model, paid, verb)
        plain: Any = {"post": payments.post, "reject": payments.reject}.get(verb)
        if not self.attempt(broken, lambda company: company.do(plain, row) if plain else company.cancel_payment(row)):
            return
        if verb == "post":
            self.model.post_payment(paid, self.now)
        elif verb == "cancel":
            self.model.cancel_payment(paid)
        else:
            paid.state = "REJECTED"

    @precondition(lambda self: self.rows["invoice"])
    @rule(account=ACCOUNT, picks=st.lists(PICK, min_size=1, max_size=3))
    def create_bill(self, account: str, picks: list[int]) -> None:
        targets = self.choose("invoice", account, picks)
        places = [place for _, place in targets]
        broken = rules.new_bill(self.model, account, places)
        gathered = self.records("invoice", targets)
        if row := self.attempt(broken, lambda at: at.do(bills.create, account=at.account(account), invoices=gathered)):
            self.rows["bill"].append(row)
            self.model.add_bill(account, places)

    @rule(account=ACCOUNT, amount=AMOUNT, posted=POSTED, mode=MODE, first=PICKS, then=PICKS, wrong=WRONG)
    def create_payment(
        self, account: str, amount: Decimal, posted: bool, mode: str, first: list[int], then: list[int], wrong: str
    ) -> None:
        targets = self.choose("invoice", account, first) + self.choose("bill", account, then)
        units = minor(account, amount)
        broken = rules.new_payment(self.model, account, units, targets, posted)
        said: dict[str, Any] = {"mode": mode, "back_office_code": str(len(self.rows["payment"]))}
        said |= {"invoices": self.records("invoice", targets), "bills": self.records("bill", targets)}
        if wrong:
            said[wrong], code = self.wrong[wrong]
            broken[code] = broken.get(code) or wrong != "back_office_code" or self.rows["payment"]
        state = "POSTED" if posted else "DRAFT"
        row = self.attempt(broken, lambda company: company.pay(str(amount), account, state=state, **said))
        self.made(row, Paid(account, units or 0, mode, targets), posted)

    @rule(account=ACCOUNT, amount=AMOUNT)
    def receive(self, account: str, amount: Decimal) -> None:
        self.create_payment(account, amount, True, "automatic", [], [], "")

    @rule(kind=KIND, pick=PICK, account=OTHER, amount=st.none() | AMOUNT, mode=MODE)
    def pay(self, kind: str, pick: int, account: str | None, amount: Decimal | None, mode: str) -> None:
        if not self.rows[kind]:
            return
        places = [place for place, owed in enumerate(self.model.invoices) if pick >= STRAY or self.model.unpaid(place)]
        fit = places if kind == "invoice" else range(len(self.model.bills))
        place = fit[-1 - pick % len(fit)] if fit else 0
        name = account or self.model.owner((kind, place))
        owed = self.model.unpaid_on((kind, place))
        said = None if amount is None else (minor(name, amount),)
        broken = rules.settling(self.model, name, (kind, place), said)
        verb: Any = payments.pay_invoice if kind == "invoice" else payments.pay_bill
        text = None if amount is None else str(amount)
        row = self.attempt(broken, lambda at: at.do(verb, at.terms(text, name, mode=mode), self.rows[kind][place]))
        self.made(row, Paid(name, owed, mode, [(kind, place)]), posted=True, settles=True)

    @precondition(lambda self: self.rows["payment"])
    @rule(
        pick=PICK,
        account=OTHER,
        amount=st.none() | AMOUNT,
        kind=KIND,
        picks=PICKS,
        how=st.sampled_from(["replace", "add", "remove"]),
    )
    def update(self, pick: int, account: str | None, amount: Decimal | None, kind: str, picks: list[int], how: str) -> None:
        row, paid = self.payment(pick, "DRAFT")
        name = account or paid.account
        units = updated(paid, name, amount)
        given = self.choose(kind, name, picks)
        kept = paid.intended if name == paid.account else []
        same, rest = [each for each in kept if each[0] == kind], [each for each in kept if each[0] != kind]
        after = {"replace": given, "add": same + given, "remove": [each for each in same if each not in given]}[how]
        in_vain = how == "remove" and bool(set(given) - set(same))
        broken = rules.update(self.model, paid, name, units, given if how != "remove" else [], in_vain)
        change: Any = {f"{kind}s": IntendedChange(**{how: self.records(kind, given)})}
        changes = {"amount": amount} if amount is not None else {}

        def verb(company: Company) -> Any:
            moves = {"account": company.account(account)} if account else {}
            return company.update(row, Intentions(**change), **changes, **moves)

        if self.attempt(broken, verb):
            self.model.update(paid, name, units or 0, after + rest)

    @precondition(lambda self: self.rows["payment"] and self.rows["invoice"])
    @rule(pick=PICK, wanted=st.lists(st.tuples(PICK, AMOUNT), min_size=1, max_size=2))
    def apply(self, pick: int, wanted: list[tuple[int, Decimal]]) -> None:
        row, paid = self.payment(pick)
        lines = [(place, amount) for each, amount in wanted for _, place in self.choose("invoice", paid.account, [each])]
        units = [(place, minor(paid.account, amount)) for place, amount in lines]
        broken = rules.applying(self.model, paid, units)

        def verb(company: Company) -> Any:
            return company.do(applying.apply, row, [Line(company.now(self.rows["invoice"][place]), each) for place, each in lines])

        if self.attempt(broken, verb):
            self.model.apply_lines(paid, [(place, amount or 0) for place, amount in units])

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, of=st.none() | PICK)
    def release(self, pick: int, of: int | None) -> None:
        row, paid = self.payment(pick)
        chosen = self.choose("invoice", paid.account, [] if of is None else [of])
        place = next((place for _, place in chosen), None)
        broken = rules.releasing(paid, place)
        if self.attempt(broken, lambda company: company.do(applying.release, row, *self.records("invoice", chosen))):
            self.model.release(paid, paid.applied if place is None else [place])

    @rule(account=ACCOUNT, amount=AMOUNT, pick=PICK, mode=MODE, writes_off=st.booleans())
    def create_linked(self, account: str, amount: Decimal, pick: int, mode: str, writes_off: bool) -> None:
        chosen = self.choose("invoice", account, [pick])
        if not chosen:
            return
        invoice, units = chosen[0][1], minor(account, amount, zero=True)
        broken = rules.new_linked(self.model, account, units, invoice)

        def verb(company: Company) -> Any:
            make = company.write_off if writes_off else company.pay
            return make(str(amount), account, mode=mode, linked=self.rows["invoice"][invoice], zero=True)

        paid = Paid(account, units or 0, mode, [], linked=invoice, writes_off=writes_off)
        self.made(self.attempt(broken, verb), paid, posted=True)

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, of=PICK)
    def link(self, pick: int, of: int) -> None:
        row, paid = self.payment(pick)
        chosen = self.choose("invoice", paid.account, [of])
        if not chosen:
            return
        broken = rules.linking(self.model, paid, chosen[0][1])
        if self.attempt(broken, lambda company: company.do(linking.link, row, *self.records("invoice", chosen))):
            self.model.link(paid, chosen[0][1])

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK)
    def unlink(self, pick: int) -> None:
        row, paid = self.payment(pick)
        broken = rules.unlinking(paid)
        if self.attempt(broken, lambda company: company.do(linking.unlink, row)):
            self.model.unlink(paid)

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, account=OTHER, amount=st.none() | AMOUNT, of=st.none() | PICK, how=HOW, retyped=st.sampled_from([*TYPES, ""]))
    def amend(self, pick: int, account: str | None, amount: Decimal | None, of: int | None, how: str, retyped: str) -> None:
        row, paid = self.payment(pick)
        targets = self.choose("invoice", account or paid.account, [] if of is None else [of])
        place = next((place for _, place in targets), None)
        name = account or (paid.account if place is None else self.model.invoices[place].account)
        newly = None if place == paid.principal else place
        units = paid.amount if amount is None else minor(name, amount)
        keeps = how == "keeps_applied" and place is None
        broken = rules.amending(self.model, paid, name, units, place, keeps)
        changes: dict[str, Any] = {"amount": amount} if amount is not None else {}
        changes |= {"linked": self.rows["invoice"][place]} if place is not None else {}
        if retyped:
            writes_off = retyped == "WRITE_OFF"
            changes |= {"type": self.company.type(retyped), "written_off_on": "2024-05-02" if writes_off else None}
        options = {how: True} if how and (keeps or how != "keeps_applied") else {}

        def verb(company: Company) -> Any:
            moves = {"account": company.account(account)} if account else {}
            return company.do(amending.amend, row, {**changes, **moves, "notes": "amended"}, **options)

        if self.attempt(broken, verb):
            self.model.amend(paid, name, units or 0, newly, fills=how == "fills_principal")
            paid.writes_off = retyped == "WRITE_OFF" if retyped else paid.writes_off

    # --- what holds after each step ---

    @invariant()
    def the_book_agrees_with_the_model(self) -> None:
        assert list(differences(self.beside.rows, self.model)) == []

    @invariant()
    def the_book_can_be_verified(self) -> None:
        if self.steps % 20 == 19:
            assert list(discrepancies(self.book)) == []


def test_the_book_agrees_with_the_model_whatever_is_done(company_template: Path, tmp_path: Path) -> None:
    numbers = count()

    class OfOneCopy(Life):
        def __init__(self) -> None:
            super().__init__(copied(company_template, tmp_path / f"{next(numbers)}.db"))

    run_state_machine_as_test(OfOneCopy, settings=SETTINGS)
