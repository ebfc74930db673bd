"""The README says what is true: its tables are those of the code, and whatever it names exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from ledger.errors import REFUSALS
from methods import METHODS
from rpcserver.__main__ import app
from rpcserver.describing import resource
from rpcserver.dispatch import DROP_IN
from rpcserver.settings import Settings
from rpcserver.webhooks.failures import Failure
from tests import readme
from tests.live import ROOT

TEXT = readme.README.read_text()
COMMANDS = typer.main.get_command(app)
CODE = re.compile(r"^ *```\w*\n(.*?)^ *```|^    ([^\n]+)|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
"""Blocks, indented lines and words that are set as code."""
CAPITALS = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
OF_OTHERS = ("ETCD_", "OTEL_", "SCHED_")
"""How the settings of the nodes' etcd begin, and those of OpenTelemetry."""
RESOURCES = "|".join(sorted({path.split("/")[0] for path in METHODS}))
METHOD_PATH = re.compile(rf"(?<![\w.-])(?:{DROP_IN[1:]}/)?({RESOURCES})((?:/[a-z_]+)+)")
COMMAND = re.compile(r"rpcserver ([a-z]+(?: [a-z]+)*)((?: +[^\n|;&`]*)?)")
OPTION = re.compile(r"--[a-z][a-z-]*")
TARGET = re.compile(r"\bmake((?: [a-z]+)+)")
FILE = re.compile(r"^(?:rpcserver|methods|ledger|identifiers|tests)/[\w/.]*$")


def code() -> Iterator[str]:
    """Everything that the README sets as code, its tables left out: those are made from the code."""
    for found in CODE.finditer(readme.BLOCK.sub("", TEXT)):
        yield next(part for part in found.groups() if part is not None)


def named(pattern: re.Pattern[str]) -> list[re.Match[str]]:
    return [found for text in code() for found in pattern.finditer(text)]


# --- the tables ---


def test_the_tables_are_those_of_the_code() -> None:
    assert readme.current(TEXT) == TEXT, "the README is not current; run: make readme"


def test_every_table_has_its_place_once() -> None:
    assert sorted(found["name"] for found in readme.BLOCK.finditer(TEXT)) == sorted(readme.BLOCKS)
    assert TEXT.count("<!--") == 2 * len(readme.BLOCKS)


def test_every_method_refusal_and_setting_stands_in_its_table() -> None:
    blocks = {found["name"]: found[0] for found in readme.BLOCK.finditer(TEXT)}
    for name, expected in (
        ("methods", METHODS),
        ("refusals", [refusal.code for refusal in REFUSALS]),
        ("settings", [field.upper() for field in Settings.model_fields]),
    ):
        assert re.findall(r"^\| `([^`]+)` \|", blocks[name], re.MULTILINE) == sorted(expected, key=list(expected).index)


@pytest.mark.parametrize("name", readme.BLOCKS)
def test_a_table_that_is_not_current_is_renewed(name: str) -> None:
    (block,) = [found[0] for found in readme.BLOCK.finditer(TEXT) if found["name"] == name]
    stale = TEXT.replace(block, f"<!-- {name} -->\nold\n<!-- end -->")
    assert stale != TEXT == readme.current(stale)


def test_a_table_of_no_known_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        readme.current("<!-- wishes -->\n<!-- end -->")


# --- the names ---


def test_every_name_in_capitals_is_a_setting_or_a_refusal() -> None:
    known = {name.upper() for name in Settings.model_fields} | {refusal.code for refusal in REFUSALS}
    known |= {failure.value for failure in Failure}
    known |= {"PAYMENT_CANCEL", "INVOICE_CANCEL", "TEST_DATABASE_URL"}
    found = {match[0] for match in named(CAPITALS)} | set(CAPITALS.findall(readme.BLOCK.sub("", TEXT)))
    assert found >= {"SECRET_KEY", "DATABASE_URL", "ALREADY_SETTLED"}
    assert {name for name in found - known if not name.startswith(OF_OTHERS)} == set()


def test_every_method_that_is_named_exists() -> None:
    found = {match[1] + match[2] for match in named(METHOD_PATH)}
    assert found >= {"payments/create", "payments/pay_invoice", "payments/get_latest"}
    assert found - set(METHODS) == set()


def test_every_resource_has_a_heading() -> None:
    headings = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
    assert set(dict.fromkeys(map(resource, METHODS))) <= set(headings)


def test_every_command_that_is_named_exists_with_its_options() -> None:
    found = [(match[1].split(), OPTION.findall(match[2])) for match in named(COMMAND)]
    assert {words[0] for words, _ in found} >= {"serve", "demo", "verify", "migrate", "purge", "user", "key", "methods"}
    for words, options in found:
        command = command_of(words)
        known = {name for parameter in command.params for name in parameter.opts}
        assert set(options) <= known, f"rpcserver {' '.join(words)} knows no {set(options) - known}"


def command_of(words: list[str]) -> Any:
    """The command that these words begin with; a word that a group does not know is a KeyError."""
    command: Any = COMMANDS
    for word in words:
        if not isinstance(command, TyperGroup):
            break
        command = command.commands[word]
    return command


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    found = {target for match in named(TARGET) for target in match[1].split()}
    assert found >= {"run", "test", "lint", "readme"}
    assert found - targets == set()


def test_every_file_that_is_named_exists() -> None:
    found = [text for text in code() if FILE.match(text)]
    assert len(found) >= 5
    assert [text for text in found if not Path(ROOT / text).exists()] == []
