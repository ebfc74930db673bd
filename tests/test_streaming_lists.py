"""`payments/list` of many payments, over HTTP: every row once, in little memory, and never a part that looks like the whole."""

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from ledger.storage.models import Payment
from tests.engines import Beside, copied, is_sqlite
from tests.hostile.wire import PATIENCE_SECONDS, Caller, eventually
from tests.live import LOG, Live, command, served, settings_in
from tests.streaming import CHUNK, streamed, watched, writing

MANY = 3_000
LEAST_WRITTEN = 20
GLANCE_SECONDS = 0.1
TABLE = Payment._meta.table_name
START, FIRST_ROW = b'"data":[', b'"data":[{'


def payments() -> int:
    """How many are in the book; a server takes long to make them, and lists are read page by page there as well."""
    return 16_000 if is_sqlite() else 6_000


@pytest.fixture(scope="session")
def large_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a book with many payments. It takes seconds, so one process of the test run makes it for all; but a database on
    a server goes with the process that made it."""
    ours = tmp_path_factory.getbasetemp()
    folder = (ours.parent if is_sqlite() and "PYTEST_XDIST_WORKER" in os.environ else ours) / "large-book"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made.json").exists():
            made = command(folder, settings_in(folder), "demo", "--json", "--payments", str(payments()), "--accounts", "4")
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
    assert len(before) > payments()
    with writing(live) as written:
        rows = rows_of(streamed(live).content)
    listed = [row["id"] for row in rows]
    in_front = len(listed) - len(before)
    assert listed[in_front:] == before
    # What was written before the list's first page was read stands in front; what was written during the rest of it does not.
    assert listed[:in_front] == written.ids[:in_front][::-1]
    assert in_front < len(written.ids)
    assert {*in_book(live)} == {*before, *written.ids}


def test_the_memory_of_the_server_does_not_grow_with_the_list(live: Live) -> None:
    assert len(rows_of(streamed(live, number_of_results=1).content)) == 1
    pid = live.process.pid
    with watched(pid) as many:
        assert len(rows_of(streamed(live, number_of_results=MANY).content)) == MANY
    assert many.growth < 20
    with watched(pid) as all_of_them:
        assert len(rows_of(streamed(live).content)) > payments()
    assert all_of_them.growth < 20


def is_part_of_a_list(body: bytes) -> bool:
    """Whether it begins as a list and nobody can take it for a whole one."""
    return body.startswith(b'{"status":{"code":"OK"') and FIRST_ROW in body and not body.endswith(b"]}")


def begins(caller: Caller) -> bool:
    """Whether a list begins to come. Little of it is taken: a second is enough for all of it."""
    found, until = b"", time.monotonic() + PATIENCE_SECONDS
    while START not in found and time.monotonic() < until:
        found += caller.read(GLANCE_SECONDS)
    return START in found


@pytest.mark.sqlite
def test_who_takes_nothing_of_a_list_holds_no_reading_open_and_is_cut(large_book: Path, tmp_path: Path) -> None:
    copied(large_book / "book.db", tmp_path / "book.db")
    made = json.loads((large_book / "made.json").read_text())
    with served(tmp_path, settings_in(tmp_path, ANSWER_WAIT="3"), made) as live, Caller(live.url, receives=4096) as caller:
        key = made["keys"]["auditor"].encode()
        assert len(rows_of(streamed(live, number_of_results=MANY).content)) == MANY
        with watched(live.process.pid) as peak:
            caller.send(b"GET /payments/list HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + key + b"\r\n\r\n")
            assert begins(caller)
            with writing(live) as written, closing(sqlite3.connect(live.folder / "book.db")) as db:
                until = time.monotonic() + 1
                while len(written.ids) < LEAST_WRITTEN or time.monotonic() < until:
                    time.sleep(0.01)
                # Nobody reads the book as it was before: all that was written can be taken over from the log.
                busy, in_the_log, taken_over = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                assert (busy, in_the_log) == (0, taken_over)
            assert eventually(lambda: "DISCONNECTED" in (live.folder / LOG).read_text())
        assert peak.growth < 20


def test_a_server_that_is_killed_midway_leaves_the_json_open(live: Live) -> None:
    assert is_part_of_a_list(what_arrives(streamed(live), live.process.kill))


@pytest.mark.sqlite
def test_a_table_that_breaks_midway_cuts_the_connection_and_never_closes_the_json(live: Live) -> None:
    def break_the_table() -> None:
        with closing(sqlite3.connect(live.folder / "book.db")) as db:
            db.execute("PRAGMA legacy_alter_table = ON")
            db.execute(f"ALTER TABLE {TABLE} RENAME TO broken")

    assert is_part_of_a_list(what_arrives(streamed(live), break_the_table))

    def codes() -> list[str]:
        lines = [json.loads(line) for line in (live.folder / LOG).read_text().splitlines()]
        return [line["code"] for line in lines if line.get("method") == "payments/list"]

    # Who looks on may see the cut before the line of it stands in the log.
    assert eventually(lambda: codes() == ["SYSTEM_ERROR"])
    assert streamed(live).status_code == 500
