"""Proof files: the bytes go to disk before anything is written in the book, and come back as attachments only."""

from dataclasses import dataclass
from urllib.parse import quote

from identifiers.forms import hex32
from ledger import attachments
from ledger.attachments import Files
from ledger.entry import Answer, Entry
from ledger.errors import EntityNotFound
from ledger.rights import Right
from ledger.storage.models import Attachment, Payment
from rpcserver.dialects.waldur import finding, words
from rpcserver.dialects.waldur.bodies import Upload
from rpcserver.dialects.waldur.fields import Fields
from rpcserver.dialects.waldur.finding import UUID
from rpcserver.dialects.waldur.manners import ALL_ANSWERS, allowed
from rpcserver.rest import Action, Asking

PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """What is to become of a payment's proof: a file that is on disk already, or (without one) nothing is left of it."""

    file: Upload | None = None
    sha256: str | None = None

    def put(self, entry: Entry, payment: Payment) -> None:
        """Give the payment this proof."""
        if self.file is None or self.sha256 is None:
            attachments.withdraw(entry, payment)
            return
        data = self.file.data
        attachments.attach(
            entry,
            payment,
            file_name=self.file.file_name,
            media_type=attachments.sniffed(data),
            size=len(data),
            sha256=self.sha256,
        )


def kept(asking: Asking, fields: Fields) -> Proof | None:
    """What was sent as proof, its bytes on disk; None if nothing was, or if the request is to be refused anyway."""
    if PROOF not in fields.values or fields.errors:
        return None
    file = fields.values[PROOF]
    if file is None:
        return Proof()
    return Proof(file, Files(asking.settings.attachment_folder).keep(file.data))


def said(proof: Proof | None) -> object:
    """What tells one proof from another under the same idempotency key."""
    return None if proof is None else [proof.file.file_name if proof.file else None, proof.sha256]


def media(asking: Asking) -> Answer:
    """A proof file, also one that was replaced, for who may see the payment that it was sent with."""
    found: Attachment | None = asking.house.book.read(
        asking.call, lambda reading: finding.attachment(reading, hex32(asking.path[UUID]))
    )
    if found is None:
        raise words.detailed(EntityNotFound, words.NOT_FOUND)
    headers = {
        **ALL_ANSWERS,
        "Allow": allowed(asking.request),
        "Content-Type": found.media_type,
        "Content-Disposition": disposition(found.file_name),
    }
    return Answer(200, headers, Files(asking.settings.attachment_folder).read(found.sha256))


def disposition(file_name: str) -> str:
    """The header that makes a browser save a file under its name."""
    if file_name.isascii():
        escaped = file_name.replace("\\", "\\\\").replace('"', '\\"')
        return f'attachment; filename="{escaped}"'
    return f"attachment; filename*=utf-8''{quote(file_name, safe='')}"


MEDIA = Action("media.retrieve", Right.RECORDS_READ, media)
