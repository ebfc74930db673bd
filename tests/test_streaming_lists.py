"""`payments/list` of many payments, over HTTP: every row once, in little memory, and never a part that looks like the whole."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from ledger.storage.models import Payment
from tests.engines import Beside, copied
from tests.live import LOG, Live, command, served, settings_in
from tests.streaming import CHUNK, streamed, watched, writing

PAYMENTS = 50_000
MANY = 5_000
LEAST_WRITTEN = 20
TABLE = Payment._meta.table_name
FIRST_ROW = b'"data":[{'


@pytest.fixture(scope="session")
def large_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a book with many payments. It takes seconds, so one process of the test run makes it for all."""
    ours = tmp_path_factory.getbasetemp()
    folder = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "large-book"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made.json").exists():
            made = command(folder, settings_in(folder), "demo", "--json", "--payments", str(PAYMENTS), "--accounts", "4")
            (folder / "made.json").write_text(made)
    return folder


@pytest.fixture
def live(large_book: Path, tmp_path: Path) -> Iterator[Live]:
    """A server of the test's own over a copy of that book."""
    copied(large_book / "book.db", tmp_path / "book.db")
    made = json.loads((large_book / "made.json").read_text())
    with served(tmp_path, settings_in(tmp_path), made) as started:
        yield started


def in_book(live: Live) -> list[str]:
    """The ids of all payments, newest first, read past the server."""
    with closing(Beside(live.folder / "book.db")) as db:
        return [row[0] for row in db.rows(f"SELECT id FROM {TABLE} ORDER BY issued_on DESC, pk DESC")]


def rows_of(body: bytes) -> list[dict[str, Any]]:
    envelope = orjson.loads(body)
    assert envelope["status"]["code"] == "OK"
    return list(envelope["data"])


def what_arrives(answer: requests.Response, midway: Callable[[], None]) -> bytes:
    """What of a body arrives if something happens once its first rows are there: the connection has to be cut."""
    arriving = answer.iter_content(CHUNK)
    parts = [next(arriving)]
    while FIRST_ROW not in b"".join(parts):
        parts.append(next(arriving))
    midway()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        parts.extend(arriving)
    return b"".join(parts)


def test_a_list_without_paging_has_every_row_once_while_payments_are_written(live: Live) -> None:
    before = in_book(live)
    assert len(before) > PAYMENTS
    with writing(live) as written:
        rows = rows_of(streamed(live).content)
    listed = [row["id"] for row in rows]
    assert len(written.ids) > LEAST_WRITTEN
    assert listed[-len(before) :] == before
    # What was written after the list began, but before its first page was read, may stand in front.
    assert set(listed[: -len(before)]) <= set(written.ids)
    assert len(listed) - len(before) <= LEAST_WRITTEN
    assert {*in_book(live)} == {*before, *written.ids}


def test_the_memory_of_the_server_does_not_grow_with_the_list(live: Live) -> None:
    assert len(rows_of(streamed(live, number_of_results=1).content)) == 1
    pid = live.process.pid
    with watched(pid) as many:
        assert len(rows_of(streamed(live, number_of_results=MANY).content)) == MANY
    assert many.growth < 20
    with watched(pid) as all_of_them:
        assert len(rows_of(streamed(live).content)) > PAYMENTS
    assert all_of_them.growth < 20


def is_part_of_a_list(body: bytes) -> bool:
    """Whether it begins as a list and nobody can take it for a whole one."""
    return body.startswith(b'{"status":{"code":"OK"') and FIRST_ROW in body and not body.endswith(b"]}")


def test_a_server_that_is_killed_midway_leaves_the_json_open(live: Live) -> None:
    assert is_part_of_a_list(what_arrives(streamed(live), live.process.kill))


@pytest.mark.sqlite
def test_a_table_that_breaks_midway_cuts_the_connection_and_never_closes_the_json(live: Live) -> None:
    def break_the_table() -> None:
        with closing(sqlite3.connect(live.folder / "book.db")) as db:
            db.execute("PRAGMA legacy_alter_table = ON")
            db.execute(f"ALTER TABLE {TABLE} RENAME TO broken")

    assert is_part_of_a_list(what_arrives(streamed(live), break_the_table))
    lines = [json.loads(line) for line in (live.folder / LOG).read_text().splitlines()]
    assert [line["code"] for line in lines if line.get("method") == "payments/list"] == ["SYSTEM_ERROR"]
    assert streamed(live).status_code == 500
