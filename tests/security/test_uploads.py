"""Files that callers send: they lie in their folder under their digest, cannot be run, and come back as downloads alone."""

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from ledger.attachments import Files
from ledger.storage.models import Attachment
from tests.live import ROOT
from tests.premises import Premises
from tests.rpcserver.dialects.waldur.caller import Caller

pytestmark = pytest.mark.one_engine

PAGE = b"<!doctype html><script>alert(document.cookie)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"\x7fELF\x02\x01\x01" + b"\0" * 20
BOMB = b"PK\x03\x04" + b"\0" * 200
NAMES = (
    "../../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "/etc/cron.d/run",
    "C:\\autoexec.bat",
    "page.html",
    "drawing.svg",
    "run.sh",
    ".htaccess",
    "a\x00.html",
    "..",
    "%2e%2e%2fup",
    "CON",
    "a" * 100,
    'quo"te.html',
    "\u202egpj.exe",
    "new\r\nX-Evil: 1",
)


@pytest.fixture
def caller(open_doors: Premises) -> Caller:
    return Caller(open_doors)


def folder(here: Premises) -> Path:
    return Path(here.settings.attachment_folder)


def sent(caller: Caller, name: str, data: bytes) -> str:
    """Send a file as the proof of a new payment; its address."""
    spelled = quote(name, safe=" /\\:.%") if not name.isprintable() or '"' in name or not name.isascii() else name
    payment = caller.done("POST", "payments/", 201, data=caller.terms(), files={"proof": (spelled, data, "text/html")})
    return str(payment["proof"])


def test_a_file_lies_under_its_digest_in_its_folder_whatever_it_is_called(caller: Caller) -> None:
    around = folder(caller.here).parent
    before = set(around.rglob("*"))
    for number, name in enumerate(NAMES):
        data = PAGE + bytes([number])
        sent(caller, name, data)
        digest = hashlib.sha256(data).hexdigest()
        kept = caller.here.company.all(Attachment)[-1]
        assert kept.sha256 == digest and "/" not in kept.file_name and kept.file_name.isprintable(), name
        before.add(folder(caller.here) / digest[:2] / digest)
    made = {path for path in around.rglob("*") if path.is_file() and ".db" not in path.name}
    assert made - before == set() and len(made) == len(NAMES)


@pytest.mark.parametrize("name", ["page.html", 'a".html'])
def test_a_file_comes_back_as_a_download_of_a_type_that_no_browser_runs(caller: Caller, name: str) -> None:
    for data in (PAGE, DRAWING, PROGRAM, BOMB, b"#!/bin/sh\nrm -r /\n", b"<?php system('id');"):
        answer = caller.ask("GET", sent(caller, name, data))
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["Content-Type"] in ("text/plain", "application/octet-stream", "application/zip")
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers.get_list("x-evil") == []


def test_a_file_cannot_be_run(caller: Caller) -> None:
    sent(caller, "run.sh", b"#!/bin/sh\n")
    modes = [path.stat().st_mode for path in folder(caller.here).rglob("*") if path.is_file()]
    assert modes and not any(mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH | stat.S_ISUID | stat.S_ISGID) for mode in modes)


def test_a_link_in_the_folder_is_replaced_and_not_followed_when_a_file_is_kept(caller: Caller, tmp_path: Path) -> None:
    target = tmp_path / "outside.txt"
    target.write_bytes(b"left alone")
    digest = hashlib.sha256(PAGE).hexdigest()
    place = folder(caller.here) / digest[:2] / digest
    place.parent.mkdir(parents=True)
    place.symlink_to(target)
    sent(caller, "page.html", PAGE)
    assert (target.read_bytes(), place.is_symlink(), place.read_bytes()) == (b"left alone", False, PAGE)


@pytest.mark.parametrize("swap", ["a link to elsewhere", "other bytes"])
def test_what_is_no_longer_the_file_that_was_sent_is_not_shown(caller: Caller, tmp_path: Path, swap: str) -> None:
    address = sent(caller, "page.html", PAGE)
    digest = hashlib.sha256(PAGE).hexdigest()
    place = folder(caller.here) / digest[:2] / digest
    place.unlink()
    if swap == "other bytes":
        place.write_bytes(b"forged")
    else:
        (tmp_path / "secrets.env").write_bytes(b"forged")
        place.symlink_to(tmp_path / "secrets.env")
    answer = caller.ask("GET", address)
    assert (answer.status_code, b"forged" in answer.content) == (500, False)
    assert "holds other bytes than were kept" in caller.here.faults.seen.pop()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "", "a" * 64 + "/.."])
def test_only_a_digest_is_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        Files(tmp_path).path(name)


@pytest.mark.parametrize("path", ["../../book.db", "%2e%2e%2fbook.db", "..%5c..%5c.env", "%00", "0" * 64])
def test_no_address_of_a_file_leads_out_of_the_book(caller: Caller, path: str) -> None:
    assert caller.ask("GET", f"/api/media/{path}/").status_code == 404


def test_files_inside_an_archive_are_never_unpacked(caller: Caller) -> None:
    sent(caller, "bomb.zip", BOMB)
    code = [path for part in ("rpcserver", "ledger", "methods") for path in (ROOT / part).rglob("*.py")]
    unpacking = ("zipfile", "tarfile", "gzip", "zlib", "shutil.unpack", "pickle", "marshal")
    assert [str(path) for path in code if any(f"import {word}" in path.read_text() for word in unpacking)] == []


def test_what_the_command_writes_is_for_its_owner_and_group_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{tmp_path}/book.db"}
    done = subprocess.run(
        [sys.executable, "-m", "rpcserver", "migrate"], cwd=tmp_path, env=environment, capture_output=True, umask=0o022, check=False
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((tmp_path / "book.db").stat().st_mode) == 0o640
