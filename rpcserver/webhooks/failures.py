"""Why a receiver has not taken an event: what stands with the delivery, in words that hold no secret."""

from enum import StrEnum, auto

TAKEN = "OK"
"""What became of a try that was no failure."""


class Failure(StrEnum):
    """`REFUSED` and `REDIRECTED` come with the status that was answered; with all others nothing was."""

    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[str]) -> str:
        return name

    REFUSED = auto()
    REDIRECTED = auto()
    TIMED_OUT = auto()
    CONNECTION_FAILED = auto()
    CONNECTION_BROKEN = auto()
    TLS_FAILED = auto()
    NAME_NOT_FOUND = auto()
    ADDRESS_NOT_ALLOWED = auto()
    NOT_HTTP = auto()
    SECRET_UNREADABLE = auto()
    NOT_SENT = auto()
