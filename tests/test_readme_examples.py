"""The README's examples, run as they stand there, one after the other. A block of JSON or text that follows one is its answer."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import IO, Any

import pytest
import requests

from tests import readme
from tests.live import Live, command, free_port, served, serving

FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
TEXT = readme.README.read_text()
PRINTED_URL = "http://127.0.0.1:8000"
KEY = "-H 'Idempotency-Key: bank-statement-7-line-3' "
PASSWORD = "correct horse battery staple"
END = "--- the end of a block ---"
FOR_REAL = "## Running it for real"
PATIENCE_SECONDS = 60

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(not shutil.which("curl") and "CI" not in os.environ, reason="curl is not installed"),
]


@dataclass(frozen=True)
class Example:
    """Code that is run, and what is printed in the README as its answer, if anything is."""

    language: str
    code: str
    answer: str | None


def examples(text: str) -> list[Example]:
    blocks = [(found["language"], dedent(found["code"])) for found in FENCED.finditer(text)]
    following = [*blocks[1:], ("", "")]
    return [
        Example(language, code, answer if kind in ("json", "text") else None)
        for (language, code), (kind, answer) in zip(blocks, following, strict=True)
        if language in ("sh", "python")
    ]


class Shell:
    """A terminal in a folder: what one block sets the next one knows. It stops at the first command that fails."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._process = subprocess.Popen(
            ["sh", "-eu"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, example: Example) -> str:
        """What a block prints."""
        return self._python(example.code) if example.language == "python" else self._sh(example.code)

    def _sh(self, code: str) -> str:
        self._pipe(self._process.stdin).write(f"{{\n{code}\n}} </dev/null\necho '{END}'\n")
        self._pipe(self._process.stdin).flush()
        lines: list[str] = []
        for line in self._pipe(self._process.stdout):
            if line.rstrip("\n").endswith(END):
                return "".join([*lines, line.rstrip("\n").removesuffix(END)])
            lines.append(line)
        raise AssertionError(f"this block failed:\n{code}\nIt printed:\n{''.join(lines)}")

    def _python(self, code: str) -> str:
        # Without a terminal getpass reads what is piped in.
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=self._folder,
            env=self._environment,
            input=f"{PASSWORD}\n",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def close(self) -> None:
        self._pipe(self._process.stdin).close()
        self._pipe(self._process.stdout).close()
        self._process.wait(PATIENCE_SECONDS)


@contextmanager
def shell(folder: Path, environment: dict[str, str]) -> Iterator[Shell]:
    """A terminal that knows the command `rpcserver`."""
    commands = folder / "bin"
    commands.mkdir()
    (commands / "rpcserver").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rpcserver "$@"\n')
    (commands / "rpcserver").chmod(0o755)
    opened = Shell(folder, {**environment, "PATH": f"{commands}:{environment['PATH']}"})
    try:
        yield opened
    finally:
        opened.close()


def check(example: Example, printed: str) -> None:
    """That the example printed what the README says; what it says nothing of, if it is JSON, has to be a success."""
    if example.answer is None:
        assert not printed.strip() or example.language == "sh"
        assert '"code": ' not in printed
    elif example.language == "python":
        assert printed == example.answer
    else:
        assert_alike(json.loads(printed), json.loads(example.answer))


def assert_alike(found: Any, said: Any) -> None:
    """That they are the same, where the README does not leave it open with dots."""
    if isinstance(said, dict):
        assert list(found) == list(said)
        for name, value in said.items():
            assert_alike(found[name], value)
    elif isinstance(said, list):
        for each, value in zip(found, said, strict=True):
            assert_alike(each, value)
    elif said == "...":
        assert isinstance(found, str)
    else:
        assert found == said


def at(text: str, url: str) -> str:
    return text.replace(PRINTED_URL, url)


BEFORE, _, AFTER = TEXT.partition(FOR_REAL)
DEMO = examples(BEFORE)


def test_the_examples_over_the_demo_do_what_is_said(tmp_path: Path) -> None:
    assert [each.language for each in DEMO] == ["sh", "sh", "sh", "python", "sh", "sh", "python", "sh", "sh", "sh"]
    with serving(tmp_path) as live, shell(tmp_path, live.settings) as opened:
        for example in examples(at(BEFORE, live.url)):
            check(example, opened.run(example))


def test_a_payment_that_is_sent_again_is_answered_alike_and_made_once(tmp_path: Path) -> None:
    login, pay = DEMO[:2]
    assert KEY in pay.code
    with serving(tmp_path) as live, shell(tmp_path, live.settings) as opened:
        opened.run(Example("sh", at(login.code, live.url), None))
        before = numbers(live)
        assert opened.run(pay) == opened.run(pay)
        assert len(numbers(live)) == len(before) + 1
        headers = opened.run(Example("sh", pay.code.replace("curl -s", "curl -s -D - -o body"), None))
        assert "idempotency-replayed: true" in headers.lower()
        again = json.loads(opened.run(Example("sh", pay.code.replace(KEY, ""), None)))
        assert again["status"]["code"] == "ALREADY_SETTLED"


def numbers(live: Live) -> list[str]:
    body = {"token": live.demo["keys"]["clerk"], "accounts_receivable_identifier": {"number": "9"}}
    rows = requests.post(f"{live.url}/payments/list", json=body, timeout=PATIENCE_SECONDS).json()["data"]
    return [row["reference_number"] for row in rows]


def test_a_book_is_set_up_for_real_as_it_is_said(tmp_path: Path) -> None:
    book, backups = tmp_path / "rpcserver", tmp_path / "backups"
    book.mkdir()
    backups.mkdir()
    settings = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    settings |= {"PYTHONPATH": str(readme.README.parent)}
    url = f"http://127.0.0.1:{free_port()}"
    text = AFTER.replace("/var/lib/rpcserver", str(book)).replace("/var/backups", str(backups)).replace(PRINTED_URL, "URL")
    make, configure, back_up, bring_back = examples(text)
    typed = make.code.replace("rpcserver user create", f"echo '{PASSWORD}' | rpcserver user create")
    with shell(tmp_path, settings) as opened:
        printed = opened.run(Example("sh", typed, None)).splitlines()
        *_, created, key, client, secret = printed
        assert [printed[0].split()[0], created[:15], key[:4]] == ["applied", "created ada (ad", "rpk_"]
        assert [client.split()[0], secret.split()[0]] == ["client_id", "client_secret"]
        assert (book / ".env").stat().st_mode & 0o777 == 0o600
        with served(book, settings, {}) as live:
            url = live.url
            check(configure, opened.run(Example("python", configure.code.replace("URL", url), None)))
            whoami = requests.post(f"{url}/whoami", json={"token": key}, timeout=PATIENCE_SECONDS)
            assert whoami.json()["data"]["role"] == "clerk"
            opened.run(back_up)
        assert "what was there is in" in opened.run(bring_back)
    assert command(book, settings, "verify") == "the book holds: no discrepancy\n"
    assert (backups / "monday" / "book.db").stat().st_size > 0
