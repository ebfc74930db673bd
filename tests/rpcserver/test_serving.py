"""The server as a process: it starts only when it can serve, and stops without losing a call."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from rpcserver.app import open_book
from tests.engines import url_of
from tests.rpcserver import world
from tests.rpcserver.asking import codes, payment
from tests.rpcserver.world import World

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    database = url_of(folder / "book.db")
    return {**kept, "PYTHONPATH": str(ROOT), "SECRET_KEY": world.SECRET, "DATABASE_URL": database, **settings}


@contextmanager
def started(folder: Path, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process that answers, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "rpcserver", "serve", "--port", str(port), *arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder, **settings), stderr=log, stdout=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield process, address
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{address}/health", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def refused(folder: Path, **settings: str) -> str:
    """What a server says that does not start."""
    command = [sys.executable, "-m", "rpcserver", "serve", "--port", str(free_port())]
    world_of = environment(folder, **settings)
    ended = subprocess.run(command, cwd=folder, env=world_of, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    return ended.stderr.decode()


def test_calls_under_way_are_finished_before_the_server_stops(here: World) -> None:
    settings = world.settings_for(here.path)
    with closing(open_book(settings)) as book:
        token = world.token(book, settings, "clerk")
    body: Any = {"token": token, "calls": [{"method": "payments/create", "params": payment(here)}] * 1_000}
    with started(here.path.parent) as (process, address), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(requests.post, f"{address}/batch", json=body, timeout=PATIENCE_SECONDS)
        time.sleep(0.15)
        assert not answer.done()
        process.send_signal(signal.SIGTERM)
        assert codes(answer.result(PATIENCE_SECONDS).json()["data"]) == ["OK"] * 1_000
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/health", timeout=5)
    said = (here.path.parent / "log").read_text()
    assert "Traceback" not in said
    assert [json.loads(line)["code"] for line in said.splitlines() if '"batch"' in line] == ["OK"]


def test_an_empty_database_becomes_a_book_and_several_workers_share_it(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address):
        assert requests.get(f"{address}/health", timeout=5).json() == {"status": "OK", "problems": []}
        assert requests.post(f"{address}/whoami", json={}, timeout=5).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)


def test_the_log_of_a_server_holds_no_query(tmp_path: Path) -> None:
    with started(tmp_path) as (_, address):
        requests.get(f"{address}/whoami?token=very-secret", timeout=5)
    said = (tmp_path / "log").read_text()
    assert '"whoami"' in said
    assert "very-secret" not in said
    assert all(json.loads(line) for line in said.splitlines())


def test_without_a_secret_the_server_does_not_start(tmp_path: Path) -> None:
    assert "SECRET_KEY is not set" in refused(tmp_path, SECRET_KEY="")
    assert "SECRET_KEY: each secret needs at least 32 bytes" in refused(tmp_path, SECRET_KEY="short")
    assert not (tmp_path / "book.db").exists()


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert "DATABASE_URL" in refused(tmp_path, DATABASE_URL="mysql://localhost/x")
    assert "SERVICE_UNAVAILABLE" in refused(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/book.db")
