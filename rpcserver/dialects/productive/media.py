"""Content negotiation as JSON:API 1.1 has it: which media type a body is announced as, and which are wanted as an answer."""

import re
from typing import NamedTuple

from starlette.datastructures import Headers

from rpcserver.dialects.productive.words import MEDIA_TYPE, Problem, refusal

IGNORED = "profile"
"""The one parameter that may come along; what it names is not known here, which is no fault. Extensions (`ext`) are not spoken."""
WEIGHT = "q"

_MEMBER = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')
_PART = re.compile(r'(?:[^;"]|"(?:\\.|[^"\\])*"?)+')


class Range(NamedTuple):
    """One media type of a header, with the names of its parameters, lower case."""

    type: str
    parameters: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        return self.type == MEDIA_TYPE

    @property
    def is_changed(self) -> bool:
        """Whether a parameter makes something else of it."""
        return any(name not in (IGNORED, WEIGHT) for name in self.parameters)


def _range(text: str) -> Range:
    parts = [part.partition("=")[0].strip().lower() for part in _PART.findall(text)]
    return Range(parts[0], tuple(part for part in parts[1:] if part)) if parts else Range("", ())


def check_body(headers: Headers, *, announced: bool) -> None:
    """Refuse a body that is announced as something else, compressed, or (where it has to be) not announced at all."""
    given = headers.get("content-type", "").strip()
    found = _range(given)
    if found.is_ours and any(name != IGNORED for name in found.parameters):
        raise _unsupported("Content-Type", f"{MEDIA_TYPE} takes no parameter but {IGNORED} here, and no extension is supported")
    if announced and not found.is_ours:
        raise _unsupported("Content-Type", f"the body has to be announced as Content-Type: {MEDIA_TYPE}")
    encoding = headers.get("content-encoding", "").strip().lower()
    if announced and encoding not in ("", "identity"):
        raise _unsupported("Content-Encoding", "the body is announced as compressed; send it as it is")


def _unsupported(header: str, detail: str) -> Exception:
    return refusal([Problem(415, "unsupported_media_type", "Unsupported Media Type", detail, ("header", header))])


def check_answer(headers: Headers) -> None:
    """Refuse a request that wants JSON:API only in forms that are not spoken here; who wants none of it gets it all the same."""
    ranges = [_range(text) for line in headers.getlist("accept") for text in _MEMBER.findall(line)]
    ours = [found for found in ranges if found.is_ours]
    if ours and all(found.is_changed for found in ours):
        detail = f"{MEDIA_TYPE} is answered without parameters and without extensions"
        raise refusal([Problem(406, "not_acceptable", "Not Acceptable", detail, ("header", "Accept"))])
