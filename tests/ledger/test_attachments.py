"""Files that prove payments: what they are, where their bytes lie, and which of them is a payment's proof."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import attachments
from ledger.attachments import MEDIA_TYPES, Files, named, sniffed
from ledger.errors import ServiceUnavailable
from ledger.storage.models import Attachment, Payment
from tests.books import Company

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files in a folder that is not there yet."""
    return Files(tmp_path / "attachments")


def lying(files: Files, tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


# --- what a file is ---


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF87a..", "image/gif"),
        (b"GIF89a..", "image/gif"),
        (b"II*\x00\x08", "image/tiff"),
        (b"MM\x00*\x08", "image/tiff"),
        (b"RIFF\x0a\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\n\n\n\nWEBPVP8 ", "image/webp"),
        (b"RIFF\x0a\x00\x00\x00WAVEfmt ", "application/octet-stream"),
        (b"PK\x03\x04\x14", "application/zip"),
        (b"PK\x05\x06", "application/zip"),
        ("Paid.\r\n\tThanks \u20ac5\n".encode(), "text/plain"),
        (b"", "text/plain"),
        (b"\x00\x01", "application/octet-stream"),
        (b"Paid\x00", "application/octet-stream"),
        (b"Paid\x1b[2J", "text/plain"),
        (b"\xe4\xf6\xfc", "application/octet-stream"),
        (b" %PDF-1.7", "text/plain"),
        (b"\xef\xbb\xbfPaid", "text/plain"),
    ],
)
def test_a_file_is_known_by_its_bytes(data: bytes, media_type: str) -> None:
    assert sniffed(data) == media_type


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script></html>",
        b"<!DOCTYPE html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><svg/>',
        "<html>".encode("utf-16"),
    ],
)
def test_nothing_that_a_browser_would_run_is_named_as_such(data: bytes) -> None:
    assert sniffed(data) in ("text/plain", "application/octet-stream")


@given(st.binary(max_size=40))
def test_whatever_the_bytes_it_is_one_of_few_types(data: bytes) -> None:
    assert sniffed(data) in MEDIA_TYPES


# --- what it is called ---


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("proof.pdf", "proof.pdf"),
        ("bank statement 7.pdf", "bank_statement_7.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\temp\\proof.pdf", "proof.pdf"),
        ("a/b\\c.pdf", "c.pdf"),
        ("a\r\nb\x00\x7f\u202ec\u00a0d.pdf", "abc_d.pdf"),
        ("Beleg \u00fc\u20ac.pdf", "Beleg_\u00fc\u20ac.pdf"),
        ('quote".pdf', 'quote".pdf'),
        ("", "file"),
        ("folder/", "file"),
        ("..", "file"),
        (".", "file"),
        ("\x00", "file"),
        (".env", ".env"),
        ("\ud800.pdf", ".pdf"),
    ],
)
def test_a_name_is_the_last_part_of_a_path_and_can_be_printed(given_name: str, kept: str) -> None:
    assert named(given_name) == kept


@given(st.text())
def test_no_name_leads_anywhere_or_breaks_a_header(given_name: str) -> None:
    kept = named(given_name)
    assert kept == named(kept)
    assert kept.isprintable()
    assert kept not in ("", ".", "..")
    assert not {"/", "\\", " "} & set(kept)


# --- where its bytes lie ---


@given(data=st.binary(min_size=1, max_size=200), others=st.lists(st.binary(max_size=20), max_size=3))
def test_what_was_kept_is_read_again_whatever_else_is_kept(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, others: list[bytes]
) -> None:
    files = Files(tmp_path_factory.mktemp("files"))
    sha256 = files.keep(data)
    for other in others:
        files.keep(other)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert files.read(sha256) == files.path(sha256).read_bytes() == data


def test_the_same_bytes_lie_there_once_under_their_sha256(files: Files, tmp_path: Path) -> None:
    sha256 = files.keep(PDF)
    assert files.path(sha256) == tmp_path / "attachments" / sha256[:2] / sha256
    written = files.path(sha256).stat()
    assert files.keep(PDF) == sha256
    assert lying(files, tmp_path) == [sha256]
    assert files.path(sha256).stat().st_mtime_ns == written.st_mtime_ns


def test_another_host_reads_what_this_one_kept(files: Files, tmp_path: Path) -> None:
    assert Files(str(tmp_path / "attachments")).read(files.keep(PDF)) == PDF


def test_a_damaged_file_is_made_whole_by_whoever_brings_it_again(files: Files) -> None:
    sha256 = files.keep(PDF)
    files.path(sha256).write_bytes(b"damaged")
    assert files.keep(PDF) == sha256
    assert files.read(sha256) == PDF


def test_many_may_keep_the_same_file_at_once(files: Files, tmp_path: Path) -> None:
    barrier, made = Barrier(8), list[str]()

    def keep() -> None:
        barrier.wait()
        made.append(files.keep(PDF))

    threads = [Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(threads)
    assert lying(files, tmp_path) == [made[0]]
    assert files.read(made[0]) == PDF


def failing(name: str) -> Callable[..., None]:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device", name)

    return fail


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_file_that_cannot_be_written_whole_is_not_there(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, failing(step))
        with pytest.raises(ServiceUnavailable, match="No space left on device") as refused:
            files.keep(PDF)
    assert refused.value.values == {"retry_after": 1}
    assert lying(files, tmp_path) == []
    assert files.read(files.keep(PDF)) == PDF


def test_bytes_and_names_are_on_disk_before_it_is_answered(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = list[str]()

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    monkeypatch.setattr(os, "fsync", note)
    path = files.path(files.keep(PDF))
    assert synced[0].startswith(f"{path}.")
    assert synced[1:] == [str(path.parent), str(path.parent.parent)]


def test_a_folder_that_takes_no_files_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ServiceUnavailable, match="cannot be kept"):
        Files(tmp_path / "folder").keep(PDF)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_a_path_is_made_of_a_sha256_alone(files: Files, sha256: str) -> None:
    for reads in (files.path, files.read):
        with pytest.raises(ValueError, match="is no sha256"):
            reads(sha256)


def test_bytes_that_are_gone_are_missed(files: Files) -> None:
    sha256 = files.keep(PDF)
    files.path(sha256).unlink()
    with pytest.raises(FileNotFoundError):
        files.read(sha256)


# --- whose proof it is ---


def attach(company: Company, payment: Payment, name: str = "proof.pdf") -> Attachment:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return company.do(attachments.attach, payment, file_name=name, media_type="application/pdf", size=7, sha256=sha256)


def test_a_payment_has_one_proof_and_the_ones_before_stay_on_record(company: Company) -> None:
    payment, other = company.pay(), company.pay()
    first = attach(company, payment)
    assert (first.file_name, first.media_type, first.size, first.withdrawn_on) == ("proof.pdf", "application/pdf", 7, None)
    assert (first.created_on, first.created_by_user_pk) == ("2024-05-01T12:00:00", company.actor("clerk").user_pk)
    company.clock.advance(60)
    second, foreign = attach(company, payment, "better.pdf"), attach(company, other)
    assert company.read(attachments.proof_of, [payment.pk, other.pk]) == {payment.pk: second, other.pk: foreign}
    assert company.now(first).withdrawn_on == "2024-05-01T12:01:00"
    assert company.now(first).sha256 == first.sha256


def test_a_proof_that_is_withdrawn_is_nobodys_and_stays_on_record(company: Company) -> None:
    payment = company.pay()
    made = attach(company, payment)
    company.do(attachments.withdraw, payment)
    assert company.read(attachments.proof_of, [payment.pk]) == {}
    gone = company.now(made)
    assert gone.withdrawn_on == "2024-05-01T12:00:00"
    company.clock.advance(60)
    company.do(attachments.withdraw, payment)
    assert company.now(made) == gone
    before, after = company.audited(made)
    assert (before.kind, before.before, after.before) == ("attachment", None, before.after)
    assert orjson.loads(after.after or "")["withdrawn_on"] == gone.withdrawn_on


def test_a_payment_without_a_proof_has_none_to_withdraw(company: Company) -> None:
    payment = company.pay()
    company.do(attachments.withdraw, payment)
    assert company.all(Attachment) == []
    assert company.read(attachments.proof_of, []) == {}
