"""The threat model names guards and tests that exist, and something for each of the ten and for money."""

import ast
import re
from functools import cache

import pytest

from tests.live import ROOT

pytestmark = pytest.mark.one_engine

TEXT = (ROOT / "SECURITY.md").read_text()
ROW = re.compile(r"^\| (?P<threat>[^|]+) \| `(?P<file>[^`|]+)` `(?P<guard>[^`|]+)` \| `(?P<tests>[^`|]+)` `(?P<test>[^`|]+)` \|$")
HEAD = ("| threat | guard | test that fell |", "|---|---|---|")


@cache
def names(path: str) -> frozenset[str]:
    """What a file defines: functions, classes and their methods, constants; of a Makefile its targets."""
    text = (ROOT / path).read_text()
    if path == "Makefile":
        return frozenset(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}
    return frozenset(found)


def rows() -> list[re.Match[str]]:
    lines = [line for line in TEXT.splitlines() if line.startswith("|") and line not in HEAD]
    found = [(line, ROW.match(line)) for line in lines]
    assert [line for line, row in found if row is None] == [], "rows of another form"
    return [row for _, row in found if row]


def test_each_of_the_ten_has_a_row_and_so_has_money() -> None:
    parts = re.split(r"^### (\w+) ", TEXT, flags=re.MULTILINE)[1:]
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(told) == [*(f"API{number}" for number in range(1, 11)), "Beyond"]
    assert [name for name, text in told.items() if not any(ROW.match(line) for line in text.splitlines())] == []


def test_every_guard_and_every_test_that_is_named_exists() -> None:
    missing = [
        f"{path} {name}"
        for row in rows()
        for path, name in ((row["file"], row["guard"]), (row["tests"], row["test"]))
        if not (ROOT / path).is_file() or name not in names(path)
    ]
    assert missing == []
    assert [row["test"] for row in rows() if not row["test"].startswith("test_")] == []


def test_no_row_comes_twice() -> None:
    said = [(row["threat"], row["file"], row["guard"], row["test"]) for row in rows()]
    assert len(said) == len(set(said)) > 60


def test_every_file_of_these_tests_is_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "security").glob("test_*.py")}
    own = "tests/security/test_threat_model.py"
    assert files - {row["tests"] for row in rows()} == {own}


def test_who_finds_something_is_told_whom_to_tell_and_no_address_is_made_up() -> None:
    assert "in private" in TEXT
    assert re.findall(r"\S+@\S+|https?://\S+", TEXT) == []
