"""`rpcserver backup` and `rpcserver restore`: what they copy, what they refuse, and what they leave alone."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger import attachments
from ledger.attachments import Files
from ledger.book import Book
from ledger.storage import copying
from ledger.storage.models import Payment
from rpcserver.__main__ import app
from rpcserver.commands import copies
from tests.books import Company

pytestmark = pytest.mark.sqlite

DATA = b"Paid, with thanks"
INDEX = "payment_number"
HURT = pytest.mark.parametrize("hurt", [Path.unlink, lambda path: path.write_bytes(b"other bytes")], ids=["gone", "damaged"])
"""What may happen to a file."""


@dataclass(frozen=True)
class Office:
    """A folder with a book in it that is in nobody's use between the tests' own steps."""

    folder: Path
    book: Path
    company: Company

    @property
    def to(self) -> Path:
        return self.folder / "monday"

    @property
    def proofs(self) -> Files:
        return Files(self.folder / "attachments")

    def run(self, *words: str) -> Result:
        """A command, while this process has the book not open."""
        self.company.book.close()
        return CliRunner().invoke(app, list(words))

    def backup(self, *options: str) -> Result:
        return self.run("backup", str(self.to), *options)

    def restore(self, source: Path | None = None) -> Result:
        return self.run("restore", str(source or self.to))

    def numbers(self) -> list[str]:
        """The numbers of the payments that are in the book."""
        return [row.number for row in self.company.all(Payment)]

    def prove(self, data: bytes = DATA) -> str:
        """A payment with a proof; the sha256 of that."""
        sha256 = self.proofs.keep(data)
        payment = self.company.pay()
        self.company.do(attachments.attach, payment, file_name="proof", media_type="text/plain", size=len(data), sha256=sha256)
        return sha256

    def names(self) -> list[str]:
        """What is in the folder; files that come and go with a connection are left out."""
        return sorted(path.name for path in self.folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


@pytest.fixture
def office(company: Company, book_file: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(book_file.parent)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{book_file}")
    monkeypatch.setenv("ATTACHMENT_FOLDER", "attachments")
    company.pay()
    return Office(book_file.parent, book_file, company)


def payments_in(book: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{book}?immutable=1", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT number FROM payment ORDER BY pk")]


def spoil(book: Path) -> None:
    """Give an account a balance that no entry of the journal explains."""
    with closing(sqlite3.connect(book)) as db:
        db.execute("UPDATE account SET balance = balance + 1 WHERE pk = 1")
        db.commit()


def damage(book: Path) -> None:
    """Change a row behind the back of an index."""
    with closing(sqlite3.connect(book)) as db:
        index = db.execute("SELECT * FROM sqlite_master WHERE name = ?", [INDEX]).fetchone()
        db.executescript(f"PRAGMA writable_schema = 1; DELETE FROM sqlite_master WHERE name = '{INDEX}'")
    with closing(sqlite3.connect(book)) as db:
        db.executescript("UPDATE payment SET number = '987' WHERE pk = 1; PRAGMA writable_schema = 1")
        db.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", index)
        db.commit()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- backup ---


def test_a_backup_is_the_book_in_one_file_for_its_owner_alone(office: Office) -> None:
    done = office.backup()
    assert (done.exit_code, done.stdout) == (0, f"the book of {office.book} is in {office.to}\n")
    assert [path.name for path in office.to.iterdir()] == ["book.db"]
    assert payments_in(office.to / "book.db") == ["1"]
    assert (mode(office.to), mode(office.to / "book.db")) == (0o700, 0o600)


def test_what_is_in_the_log_alone_is_in_the_backup(office: Office) -> None:
    with closing(sqlite3.connect(office.book)) as reader:
        reader.execute("SELECT count(*) FROM payment").fetchone()
        office.company.pay()
        assert office.book.with_name(office.book.name + "-wal").stat().st_size > 0
        assert office.backup().exit_code == 0
    assert payments_in(office.to / "book.db") == ["1", "2"]


def test_the_proof_files_that_the_book_names_come_along_and_no_others(office: Office) -> None:
    named, other = office.prove(), office.proofs.keep(b"of nobody")
    assert office.backup().exit_code == 0
    kept = Files(office.to / "attachments")
    assert kept.read(named) == DATA
    assert not kept.path(other).exists()


@HURT
def test_a_proof_file_that_is_not_to_be_had_is_told_and_the_backup_made(office: Office, hurt: Callable[[Path], object]) -> None:
    sha256 = office.prove()
    hurt(office.proofs.path(sha256))
    done = office.backup()
    assert (done.exit_code, f"the proof file {sha256} is missing or damaged\n" in done.stdout) == (1, True)
    assert "1 proof files are missing; all else is there" in done.stderr
    assert payments_in(office.to / "book.db") == ["1", "2"]


def test_what_is_there_is_replaced_by_force_alone_and_only_if_it_is_a_backup(office: Office) -> None:
    assert office.backup().exit_code == 0
    office.company.pay()
    refused = office.backup()
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert payments_in(office.to / "book.db") == ["1"]
    before = office.names()
    assert office.backup("--force").exit_code == 0
    assert payments_in(office.to / "book.db") == ["1", "2"]
    assert office.names() == before
    (office.to / "letter.txt").write_text("mine")
    refused = office.backup("--force")
    assert (refused.exit_code, "is no backup" in refused.stderr) == (1, True)
    assert (office.to / "letter.txt").read_text() == "mine"


def test_a_book_that_does_not_hold_replaces_no_backup(office: Office) -> None:
    assert office.backup().exit_code == 0
    spoil(office.book)
    for _ in range(2):
        done = office.backup("--force")
        assert (done.exit_code, "balance" in done.stdout, f"{office.to}.unverified" in done.stderr) == (1, True, True)
    assert payments_in(Path(f"{office.to}.unverified") / "book.db") == payments_in(office.to / "book.db") == ["1"]
    with closing(sqlite3.connect(office.to / "book.db")) as db:
        assert copying.faults(office.to / "book.db") == []
        (kept,) = db.execute("SELECT balance FROM account WHERE pk = 1").fetchone()
    assert office.company.account().balance == kept + 1


def test_a_damaged_book_is_found_out_before_it_is_verified(office: Office) -> None:
    damage(office.book)
    done = office.backup()
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, f"row 1 missing from index {INDEX}")
    assert not office.to.exists()


def test_a_book_that_waits_for_a_migration_is_copied_all_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Book, "pending", lambda book: ["0002_more"])
    spoil(office.book)
    assert office.backup().exit_code == 0


def test_where_there_is_no_book_or_no_room_nothing_is_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = office.names()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(copying, "synced", full)
        assert "database or disk is full" in office.backup().stderr
    assert "No such file" in office.run("backup", "nowhere/monday").stderr
    monkeypatch.setenv("DATABASE_URL", "sqlite:///none.db")
    assert "there is no book at none.db" in office.backup().stderr
    assert office.names() == before


def test_a_book_on_postgresql_has_tools_of_its_own(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/book")
    for done in (office.backup(), office.restore()):
        assert (done.exit_code, "pg_dump or pg_basebackup" in done.stderr) == (1, True)


# --- restore ---


@HURT
def test_what_was_backed_up_is_restored_and_what_was_there_is_kept(office: Office, hurt: Callable[[Path], object]) -> None:
    sha256 = office.prove()
    assert office.backup().exit_code == 0
    office.company.pay()
    hurt(office.proofs.path(sha256))
    office.book.chmod(0o640)
    done = office.restore()
    assert (done.exit_code, office.numbers()) == (0, ["1", "2"])
    (aside,) = office.folder.glob(f"{office.book.name}.before-restore-*")
    assert str(aside) in done.stdout
    assert payments_in(aside) == ["1", "2", "3"]
    assert office.proofs.read(sha256) == DATA
    assert mode(office.book) == 0o640
    assert office.company.pay().number == "3"
    assert office.run("verify").exit_code == 0


def test_a_backup_is_left_as_it_was_by_restoring_it(office: Office) -> None:
    assert office.backup().exit_code == 0
    before = {path.name: path.read_bytes() for path in office.to.iterdir()}
    assert office.restore().exit_code == 0
    assert {path.name: path.read_bytes() for path in office.to.iterdir()} == before


def test_a_book_is_restored_where_there_is_none_and_never_reads_the_log_of_another(office: Office) -> None:
    assert office.backup().exit_code == 0
    with closing(sqlite3.connect(office.book)) as reader:
        reader.execute("SELECT count(*) FROM payment").fetchone()
        office.company.pay()
        log = office.book.with_name(office.book.name + "-wal").read_bytes()
    office.company.book.close()
    office.book.unlink()
    office.book.with_name(office.book.name + "-wal").write_bytes(log)
    done = office.restore()
    assert (done.exit_code, done.stdout) == (0, f"the book of {office.to} is in {office.book}\n")
    assert office.numbers() == ["1"]
    (kept,) = office.folder.glob(f"{office.book.name}.before-restore-*-wal")
    assert kept.read_bytes() == log


def test_a_book_alone_can_be_restored(office: Office) -> None:
    copy = office.folder / "copy.db"
    with closing(sqlite3.connect(office.book)) as db:
        db.execute("VACUUM INTO ?", [str(copy)])
    sha256 = office.prove()
    assert office.restore(copy).exit_code == 0
    assert office.numbers() == ["1"]
    assert office.proofs.read(sha256) == DATA


def test_a_proof_file_that_a_backup_lacks_is_told_and_the_book_restored(office: Office) -> None:
    sha256 = office.prove()
    assert office.backup().exit_code == 0
    for files in (office.proofs, Files(office.to / "attachments")):
        files.path(sha256).unlink()
    done = office.restore()
    assert (done.exit_code, f"the proof file {sha256} is missing or damaged" in done.stdout) == (1, True)
    assert office.numbers() == ["1", "2"]


def test_a_copy_that_does_not_hold_changes_nothing(office: Office) -> None:
    assert office.backup().exit_code == 0
    spoil(office.to / "book.db")
    office.company.pay()
    before = office.names()
    done = office.restore()
    assert (done.exit_code, "balance" in done.stdout, "nothing was changed" in done.stderr) == (1, True, True)
    assert (office.names(), office.numbers()) == (before, ["1", "2"])


@pytest.mark.parametrize("text", ["no book at all", ""], ids=["text", "nothing"])
def test_what_is_no_book_is_not_restored(office: Office, text: str) -> None:
    copy = office.folder / "copy.db"
    copy.write_text(text)
    assert office.restore(copy).exit_code == 1
    assert office.restore(office.folder / "nowhere").exit_code == 1
    assert office.numbers() == ["1"]


def test_a_copy_of_an_older_schema_is_restored_and_waits_for_its_migration(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office.backup().exit_code == 0
    monkeypatch.setattr(Book, "pending", lambda book: ["0002_more"])
    monkeypatch.setattr("ledger.storage.schema.pending", lambda db: ["0002_more"])
    done = office.restore()
    assert (done.exit_code, "migration 0002_more is pending" in done.stdout) == (0, True)


def test_root_leaves_the_book_to_whom_it_belonged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((user, group)))
    copies._belong_alike(office.book, office.book)
    kept = office.book.stat()
    assert given == [(kept.st_uid, kept.st_gid)]
