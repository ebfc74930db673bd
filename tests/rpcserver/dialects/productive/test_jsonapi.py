"""The checker that every answer is held against finds what is wrong: each rule, broken on purpose."""

from copy import deepcopy
from typing import Any

import pytest

from tests.rpcserver.dialects.productive.asking import Caller
from tests.rpcserver.dialects.productive.jsonapi import faults


def _good() -> dict[str, Any]:
    linkage = {"data": {"type": "invoices", "id": "1"}}
    return {
        "data": [{"type": "payments", "id": "1", "attributes": {"amount": 1}, "relationships": {"invoice": linkage}}],
        "included": [{"type": "invoices", "id": "1", "relationships": {"lines": {"data": []}, "note": {"data": None}}}],
        "links": {"first": "http://x/?page%5Bnumber%5D=1", "next": None},
        "meta": {},
    }


def _error() -> dict[str, Any]:
    return {"errors": [{"status": "422", "code": "a", "title": "b", "detail": "c", "source": {"pointer": "data"}}]}


def _at(document: dict[str, Any], path: str) -> Any:
    found: Any = document
    for step in path.split("/"):
        found = found[int(step) if step.isdigit() else step]
    return found


def test_good_documents_are_good() -> None:
    assert faults(_good(), 200) == []
    assert faults(_error(), 422) == []


@pytest.mark.parametrize(
    ("path", "member", "value"),
    [
        ("data/0", "id", 1),
        ("data/0", "type", ""),
        ("data/0", "colour", "red"),
        ("data/0/attributes", "invoice", 1),
        ("data/0/attributes", "id", 1),
        ("data/0/attributes", "bad name!", 1),
        ("data/0/relationships", "invoice", {}),
        ("data/0/relationships/invoice", "data", {"type": "invoices", "id": 1}),
        ("data/0/relationships/invoice", "data", {"type": "invoices", "id": "2"}),
        ("included/0", "type", "payments"),
        ("links", "first", "http://x/?page[number]=1"),
        ("links", "first", 1),
    ],
)
def test_a_broken_rule_is_found(path: str, member: str, value: object) -> None:
    document = deepcopy(_good())
    _at(document, path)[member] = value
    assert faults(document, 200)


def test_other_broken_rules_are_found() -> None:
    assert faults([], 200)
    assert faults({**_good(), "errors": []}, 200)
    assert faults({**_good(), "colour": 1}, 200)
    assert faults({**_good(), "meta": []}, 200)
    assert faults({**_good(), "data": _good()["data"][0]}, 200)
    assert faults(_good(), 404)
    assert faults({}, 200)
    assert faults({"errors": []}, 422)
    assert faults(_error(), 400)
    for member, value in (("status", 422), ("detail", ""), ("colour", 1), ("source", {"place": "x"})):
        document = _error()
        document["errors"][0][member] = value
        assert faults(document, 422)


def test_unlinked_resources_are_found_unless_relationships_were_left_out() -> None:
    document = _good()
    del document["data"][0]["relationships"]
    assert faults(document, 200)
    assert faults(document, 200, sparse=True) == []


def test_a_page_of_everything_keeps_the_rules(caller: Caller) -> None:
    first, second, bobs = caller.invoice(), caller.invoice(), caller.invoice(100, "Bob EUR")
    for invoice in (first, first, second, bobs):
        caller.paid(invoice, 10)
    caller.premises.company.pay(5)
    listed = caller.get("sort=-amount&aggregates=total_amount")
    assert (len(listed.data), faults(listed.body, 200)) == (5, [])
