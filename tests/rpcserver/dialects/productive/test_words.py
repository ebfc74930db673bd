"""Refusals of the house in this door's words, and the door's own page about itself."""

from pathlib import Path

import orjson
import pytest

from ledger import errors
from ledger.errors import REFUSALS, Fault, InvalidParameter, Refusal, refusal_of
from rpcserver.dialects import productive
from rpcserver.dialects.productive import words
from rpcserver.dialects.productive.filters import FILTERS
from rpcserver.dialects.productive.included import PATHS
from rpcserver.dialects.productive.sorting import WORDS
from rpcserver.settings import Settings
from tests.rpcserver.dialects.productive.jsonapi import faults

README = (Path(productive.__file__).parent / "README.md").read_text()


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal.code))
@pytest.mark.parametrize("word", ["", "amount", "type", "token", "Idempotency-Key"])
def test_every_refusal_of_the_house_is_a_document_with_its_status(refusal: type[Refusal], word: str) -> None:
    answer = words.answer(refusal("a sentence", word))
    assert faults(orjson.loads(answer.body), answer.status) == []
    assert answer.status >= 400


def test_a_rule_is_told_under_the_attribute_that_it_is_about() -> None:
    pointers = {
        word: words.problems_of(InvalidParameter("no", word))[0].source
        for word in ("amount", "account", "currency", "invoice", "notes", "received_on", "written_off_on", "method")
    }
    assert pointers == {
        "amount": ("pointer", "data/attributes/amount"),
        "account": ("pointer", "data/attributes/invoice"),
        "currency": ("pointer", "data/attributes/invoice"),
        "invoice": ("pointer", "data/attributes/invoice"),
        "notes": ("pointer", "data/attributes/note"),
        "received_on": ("pointer", "data/attributes/paid_on"),
        "written_off_on": ("pointer", "data/attributes/written_off_on"),
        "method": None,
    }


def test_several_faults_are_several_errors() -> None:
    both = refusal_of((Fault("amount", "INVALID_PARAMETER", "one"), Fault("received_on", "INVALID_PARAMETER", "two")))
    assert [error["detail"] for error in orjson.loads(words.answer(both).body)["errors"]] == ["one", "two"]


def test_a_key_that_is_under_way_is_a_conflict() -> None:
    (problem,) = words.problems_of(errors.IdempotencyInProgress("still running"))
    assert (problem.status, problem.code, problem.source) == (409, "idempotency_in_progress", ("header", "Idempotency-Key"))


def test_half_a_character_is_told_by_its_escape() -> None:
    assert b"\\\\ud83d" in words.answer(errors.MalformedRequest("not \ud83d")).body


def test_the_readme_names_every_filter_order_path_and_setting() -> None:
    settings = [name.upper() for name in Settings.model_fields if name.startswith("productive_")]
    missing = [name for name in (*FILTERS, *WORDS, *PATHS, *settings) if f"`{name}`" not in README]
    assert missing == []
    assert [line for line in README.splitlines() if len(line) > 132] == []
