"""Parts of a write: each in a savepoint of its own, undone alone."""

import pytest

from ledger import applying, payments
from ledger.entry import Answer, Call, Entry
from ledger.errors import EntityNotFound, IdempotencyKeyReused, Refusal
from ledger.idempotency import REPLAYED, answered
from ledger.lifecycle import POSTED
from ledger.storage.models import AuditEntry, IdempotencyKey, Payment
from tests.books import Company


def attempts(company: Company, *parts: tuple[Call, Exception | None]) -> list[str]:
    """Attempt to pay, part by part; the numbers given, or the codes of the refusals."""
    terms = company.terms()

    def operation(entry: Entry) -> list[str]:
        outcomes = []
        for call, refusal in parts:

            def pay(part: Entry, refusal: Exception | None = refusal) -> Payment:
                made = payments.create(part, terms, POSTED)
                if refusal:
                    raise refusal
                return made

            try:
                outcomes.append(entry.attempt(call, pay).number)
            except Refusal as refused:
                outcomes.append(refused.code)
        return outcomes

    return company.do(operation)


def test_a_refused_part_is_undone_alone(company: Company) -> None:
    invoice = company.invoice(250)
    call = company.call
    outcomes = attempts(company, (call, None), (call, EntityNotFound("no")), (call, None))
    assert outcomes == ["1", "ENTITY_NOT_FOUND", "2"]
    assert company.now(invoice).unpaid == 5000
    assert len(company.all(Payment)) == 2
    assert len(company.all(AuditEntry, kind="payment")) == 2


def test_a_bug_in_a_part_undoes_the_whole_write(company: Company) -> None:
    with pytest.raises(ZeroDivisionError):
        attempts(company, (company.call, None), (company.call, ZeroDivisionError()))
    assert company.all(Payment) == []


def test_a_refusal_that_is_passed_on_undoes_the_whole_write(company: Company) -> None:
    terms = company.terms()

    def refuse(part: Entry) -> None:
        raise EntityNotFound("no")

    def operation(entry: Entry) -> None:
        entry.attempt(company.call, lambda part: payments.create(part, terms, POSTED))
        entry.attempt(company.call, refuse)

    with pytest.raises(EntityNotFound):
        company.do(operation)
    assert company.all(Payment) == []


def test_a_rehearsed_part_gives_its_result_and_is_undone(company: Company) -> None:
    rehearsing = company.calling(rehearsal=True).call
    assert attempts(company, (company.call, None), (rehearsing, None), (company.call, None)) == ["1", "2", "2"]
    assert [payment.number for payment in company.all(Payment)] == ["1", "2"]


def test_parts_of_a_rehearsed_write_see_each_other_and_are_all_undone(company: Company) -> None:
    assert attempts(company.calling(rehearsal=True), (company.call, None), (company.call, None)) == ["1", "2"]
    assert company.all(Payment) == []


def test_a_part_knows_what_it_made_itself(company: Company) -> None:
    terms = company.terms()

    def operation(entry: Entry) -> tuple[set[str], set[str], set[str]]:
        payments.create(entry, terms, POSTED)

        def part(inner: Entry) -> set[str]:
            payments.create(inner, terms, POSTED)
            return inner.created

        inner = entry.attempt(company.call, part)
        return entry.created, inner, entry.numbered

    outer, inner, numbered = company.do(operation)
    assert len(outer) == len(inner) == 1
    assert outer.isdisjoint(inner)
    assert numbered == outer


def test_a_part_is_the_work_of_the_same_actor_under_its_own_name(company: Company) -> None:
    call = Call("native", "payments/create", actor=company.actor("admin"), request_id="r-1")
    assert attempts(company, (call, None)) == ["1"]
    (logged,) = company.all(AuditEntry, kind="payment")
    assert (logged.actor, logged.method, logged.request_id) == ("clerk", "payments/create", "r-1")


def test_every_part_has_an_idempotency_key_of_its_own(company: Company) -> None:
    terms = company.terms(10)

    def render(payment: Payment) -> Answer:
        return Answer(200, {}, payment.number.encode())

    def operation(entry: Entry) -> list[Answer | str]:
        outcomes: list[Answer | str] = []
        for key, fingerprint in (("a", "1"), ("b", "1"), ("a", "1"), ("a", "2")):
            call = Call("native", "payments/create", key=key, fingerprint=fingerprint)
            try:
                outcomes.append(
                    entry.attempt(call, lambda part: answered(part, lambda inner: payments.create(inner, terms, POSTED), render))
                )
            except Refusal as refusal:
                outcomes.append(refusal.code)
        return outcomes

    first, second, again, other = company.do(operation)
    assert isinstance(first, Answer) and isinstance(second, Answer)
    assert (first.body, second.body) == (b"1", b"2")
    assert again == Answer(200, {REPLAYED: "true"}, b"1")
    assert other == IdempotencyKeyReused.code
    assert len(company.all(Payment)) == len(company.all(IdempotencyKey)) == 2


def test_later_parts_see_what_earlier_ones_did(company: Company) -> None:
    invoice, terms = company.invoice(50), company.terms(50)

    def operation(entry: Entry) -> int:
        made = entry.attempt(company.call, lambda part: payments.create(part, terms, POSTED))
        entry.attempt(company.call, lambda part: applying.release(part, part.rows.get(Payment, made.pk), None))
        return entry.rows.get(Payment, made.pk).unallocated

    assert company.do(operation) == 5000
    assert company.now(invoice).unpaid == 5000
