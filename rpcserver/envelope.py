"""The envelope of every native answer: `{"status": {"code", "message", "description"}, "data": ...}`, encoded once."""

from collections.abc import Iterable, Sequence

import orjson

from ledger.entry import Answer
from ledger.errors import Fault, Refusal
from rpcserver import faults

OK = "OK"
JSON = "application/json"
HEADERS = {"Content-Type": JSON}
MESSAGE_LIMIT = 2_000
"""Characters of a caller's text that an answer repeats at most."""
ROWS_A_PIECE = 50

_STATUS_OK = {"code": OK, "message": None, "description": None}
LIST_HEAD = b'{"status":' + orjson.dumps(_STATUS_OK) + b',"data":['
LIST_TAIL = b"]}"


def succeeded(data: object) -> bytes:
    """The envelope around what a method answers."""
    return orjson.dumps({"status": _STATUS_OK, "data": data})


def refused(refusal: Refusal, listed: Sequence[Fault] = (), data: object = None) -> bytes:
    """The envelope of a refusal; `listed` are its faults in the words of the method that was called."""
    status: dict[str, object] = {
        "code": refusal.code,
        "message": _writable(listed[0].message if listed else refusal.message),
        "description": type(refusal).meaning or None,
    }
    if listed and faults.kind_of(refusal) in faults.LISTED:
        status["errors"] = [
            {"parameter": _writable(fault.word), "code": fault.code, "message": _writable(fault.message)} for fault in listed
        ]
    return orjson.dumps({"status": status, "data": data})


def answer(data: object) -> Answer:
    """A success as an answer."""
    return Answer(200, dict(HEADERS), succeeded(data))


def refusal_answer(refusal: Refusal, listed: Sequence[Fault] = (), *, drop_in: bool = False, data: object = None) -> Answer:
    """A refusal as an answer, with the status of the prefix it came by."""
    status = faults.status_of(refusal, drop_in=drop_in)
    headers = HEADERS | faults.headers_of(refusal)
    if status == 200:
        headers.pop("WWW-Authenticate", None)
    return Answer(status, headers, refused(refusal, listed, data))


def joined(envelopes: Iterable[bytes]) -> list[orjson.Fragment]:
    """Finished envelopes as the list that a batch answers."""
    return [orjson.Fragment(envelope) for envelope in envelopes]


def rows(page: Sequence[object]) -> list[bytes]:
    """The rows of one page, encoded in pieces, without the brackets of their list. One piece alone would be copied as a whole at
    every step of its way to the client."""
    return [orjson.dumps(page[start : start + ROWS_A_PIECE])[1:-1] for start in range(0, len(page), ROWS_A_PIECE)]


def _writable(text: str) -> str:
    """A text that UTF-8 can write: half a surrogate pair, which a caller may have sent, comes as its escape."""
    return text[:MESSAGE_LIMIT].encode("utf-8", "backslashreplace").decode()
