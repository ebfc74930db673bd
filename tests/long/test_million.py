"""A book of a million payments: made, verified, and listed while payments go on being written. Minutes: `make big` runs it."""

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.live import Live, command, served, settings_in
from tests.streaming import CHUNK, MB, streamed, watched, writing

PAYMENTS = 1_000_000
MEMORY = 200
"""What the server may take while it lists them, in MB."""
ROW = b'"reference_number":'

pytestmark = pytest.mark.big
log = logging.getLogger("figures")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the book, with what `rpcserver demo` printed of it."""
    folder = tmp_path_factory.mktemp("million")
    began = time.monotonic()
    made = command(folder, settings_in(folder), "demo", "--payments", str(PAYMENTS), "--json")
    seconds = time.monotonic() - began
    (folder / "made.json").write_text(made)
    size = (folder / "book.db").stat().st_size / MB
    log.info("made %s payments in %.0f s, %.0f a second, %.0f MB", f"{PAYMENTS:,}", seconds, PAYMENTS / seconds, size)
    return folder


@pytest.fixture
def live(book: Path) -> Iterator[Live]:
    with served(book, settings_in(book), json.loads((book / "made.json").read_text())) as started:
        yield started


def rows_in(answer: requests.Response) -> tuple[int, int]:
    """How many rows a list has, and how many bytes, kept nowhere."""
    rows = size = 0
    kept = b""
    for part in answer.iter_content(CHUNK):
        text = kept + part
        rows += text.count(ROW)
        size += len(part)
        kept = text[-len(ROW) + 1 :]
    assert kept.endswith(b"]}")
    return rows, size


def test_a_million_payments_are_listed_in_little_memory_while_payments_are_written(live: Live) -> None:
    with writing(live) as written, watched(live.process.pid) as peak:
        began = time.monotonic()
        rows, size = rows_in(streamed(live))
        seconds = time.monotonic() - began
    log.info("listed %s payments, %.0f MB, in %.0f s, %.0f a second", f"{rows:,}", size / MB, seconds, rows / seconds)
    log.info("the server's memory: %.0f MB before, at most %.0f MB", peak.before, peak.most)
    log.info("meanwhile %d payments were written, %.0f a second", len(written.ids), len(written.ids) / written.seconds)
    assert PAYMENTS < rows <= PAYMENTS + 1_000
    assert len(written.ids) > seconds
    assert peak.most < MEMORY


def test_a_book_of_a_million_payments_is_verified(book: Path) -> None:
    began = time.monotonic()
    assert command(book, settings_in(book), "verify") == "the book holds: no discrepancy\n"
    log.info("verified in %.0f s", time.monotonic() - began)
