"""What the server brings for webhooks: the secrets under which theirs are kept, and where they may be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.ciphers import OF_WEBHOOKS, Cipher
from ledger.destinations import PUBLIC, Reach


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`secrets` are the server's; without any no secret of a webhook can be kept or read."""

    secrets: Sequence[str] = field(default=(), repr=False)
    reach: Reach = PUBLIC

    @property
    def cipher(self) -> Cipher:
        """What encrypts the secrets of webhooks."""
        return Cipher(self.secrets, OF_WEBHOOKS)


NOTHING = Outgoing()
