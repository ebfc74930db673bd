"""A new secret of a webhook, which its owner is shown once."""

from typing import NamedTuple

from ledger.book import Book
from ledger.entry import Reading
from ledger.webhooks import new_secret


class Secret(NamedTuple):
    """The secret as it is answered, and as it is kept."""

    text: str
    encrypted: str

    def __repr__(self) -> str:
        return "Secret()"

    def shown(self, reading: Reading) -> str | None:
        """What is answered: nothing in a rehearsal, in which nothing is kept."""
        return None if reading.call.rehearsal else self.text


def made(book: Book) -> Secret:
    """A new one, encrypted under the server's secrets."""
    text = new_secret()
    return Secret(text, book.outgoing.cipher.encrypted(text))
