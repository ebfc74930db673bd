"""Methods that only tests have: they break, dawdle, or stream as they are told."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods import METHODS
from methods.answers import Data, Stream
from methods.method import Method
from methods.parameters import FieldsSet, Text
from methods.params import FIELDS_SET, Params
from methods.shape import Shape
from rpcserver import paths


class Row(Shape):
    id: str
    name: str


class ProbeParams(Params):
    word: Text | None = Field(None, description="A word.")
    fields_set: FieldsSet | None = FIELDS_SET


def method(run: Callable[..., Any], *, writes: bool = False, right: Right = Right.SESSION, **more: Any) -> Method:
    """A method that does what it is told."""
    return Method("A probe.", ProbeParams, Row, run, right, {}, writes=writes, **more)


def put(monkeypatch: pytest.MonkeyPatch, path: str, made: Method) -> None:
    """Have the server answer one more method."""
    monkeypatch.setattr(paths, "METHODS", {**METHODS, path: made})


def pages_of(*sizes: int, failing: Exception | None = None) -> Callable[[Reading, Params], Stream]:
    """A list in pages of these sizes; after the last one it ends, or fails."""

    def page(reading: Reading, cursor: Any) -> tuple[list[Data], Any]:
        number = cursor or 0
        if number == len(sizes):
            assert failing is not None
            raise failing
        rows = [{"id": f"{number}-{row}", "name": "a row"} for row in range(sizes[number])]
        following = number + 1
        return rows, following if following < len(sizes) or failing else None

    return lambda reading, params: Stream(page)
