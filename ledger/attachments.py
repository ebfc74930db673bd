"""Files that prove payments: their bytes in a folder under their sha256, and the rows that say whose they are."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ledger import audit
from ledger.entry import Entry, Reading
from ledger.errors import ServiceUnavailable
from ledger.storage.copying import synced
from ledger.storage.models import Attachment, Payment

UNKNOWN, PLAIN = "application/octet-stream", "text/plain"
NAMELESS = "file"
RETRY_SECONDS = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
)
_WEBP = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
_WEBP_TYPE = "image/webp"
# Tab, newline, form feed and carriage return belong to texts; what else is below the space does not.
_BINARY = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")

MEDIA_TYPES = frozenset({UNKNOWN, PLAIN, _WEBP_TYPE, *(media_type for _, media_type in _BEGINNINGS)})
"""What a file can be found to be. No type that a browser would run is among them."""


def sniffed(data: bytes) -> str:
    """The media type of a file, by its bytes alone; HTML and SVG are plain text."""
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    if _WEBP.match(data):
        return _WEBP_TYPE
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return UNKNOWN
    return UNKNOWN if _BINARY.search(text) else PLAIN


def named(file_name: str) -> str:
    """The name that a file is kept under: the last part of a path, nothing in it that does not print, no spaces."""
    last = re.split(r"[/\\]", file_name)[-1]
    spelled = ("_" if unicodedata.category(character) == "Zs" else character for character in last)
    kept = "".join(character for character in spelled if character.isprintable())
    return kept if kept.strip(".") else NAMELESS


class Files:
    """Bytes in a folder that several hosts may share, each file under its sha256; the same bytes lie there once."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def path(self, sha256: str) -> Path:
        """Where a file lies; anything but 64 lower-case hexadecimal digits is a ValueError."""
        if _SHA256.fullmatch(sha256) is None:
            raise ValueError(f"{sha256[:70]!r} is no sha256")
        return self._folder / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes of a file that was kept; an OSError if they are gone, or are others now."""
        data = self.path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise OSError(f"the file {sha256} holds other bytes than were kept")
        return data

    def keep(self, data: bytes) -> str:
        """Put a file on disk, whole or not at all; its sha256. Refuses: SERVICE_UNAVAILABLE (the folder takes no files)."""
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            if not self._holds(sha256, data):
                self._write(self.path(sha256), data)
        except OSError as error:
            raise ServiceUnavailable(
                f"the file cannot be kept: {error.strerror}; nothing was done, try again", retry_after=RETRY_SECONDS
            ) from error
        return sha256

    def take(self, sha256: str, others: "Files") -> bool:
        """Have a file here that lies in another folder, unless it is here; whether it is here, and whole, in the end. Refuses:
        SERVICE_UNAVAILABLE (this folder takes no files)."""
        for files in (self, others):
            with suppress(OSError):
                data = files.read(sha256)
                return self.keep(data) == sha256
        return False

    def _holds(self, sha256: str, data: bytes) -> bool:
        """Whether the file is there; one that was damaged is not."""
        try:
            return self.path(sha256).read_bytes() == data
        except FileNotFoundError:
            return False

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
        try:
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        for folder in (path.parent, self._folder):
            synced(folder)


def attach(entry: Entry, payment: Payment, *, file_name: str, media_type: str, size: int, sha256: str) -> Attachment:
    """Make a file that is kept already the payment's proof; the one before is withdrawn. `size` in bytes."""
    withdraw(entry, payment)
    made = entry.rows.add(
        Attachment,
        {
            "id": entry.new_id(),
            "payment_pk": payment.pk,
            "file_name": file_name,
            "media_type": media_type,
            "size": size,
            "sha256": sha256,
            "created_on": entry.now,
            "created_by_user_pk": entry.user_pk,
        },
    )
    audit.record(entry, "attachment", made, None, audit.image(made))
    return made


def withdraw(entry: Entry, payment: Payment) -> None:
    """Leave the payment without a proof; the file stays on record. Doing it again changes nothing."""
    for proof in entry.rows.find(Attachment, payment_pk=payment.pk, withdrawn_on=None):
        entry.rows.change(Attachment, {"withdrawn_on": entry.now}, pk=proof.pk)
        after = entry.rows.get(Attachment, proof.pk)
        audit.record(entry, "attachment", proof, audit.image(proof), audit.image(after))


def proof_of(reading: Reading, payment_pks: Iterable[int]) -> dict[int, Attachment]:
    """The proofs of payments, by the payments' row keys."""
    rows = reading.rows.among(Attachment, "payment_pk", payment_pks)
    return {row.payment_pk: row for row in rows if row.withdrawn_on is None}
