"""How this door behaves: the organisation that a request names, limits of requests, media types, and how refusals are said."""

from starlette.datastructures import Headers
from starlette.requests import Request

from ledger.entry import Answer
from ledger.errors import Refusal, TooManyRequests
from ledger.organisation import organisation
from rpcserver.dialects.productive import media, words
from rpcserver.dialects.productive.words import Problem
from rpcserver.house import House
from rpcserver.limits import Windows
from rpcserver.rest import Asking, header_token

WORD = "productive"
ORGANISATION = "X-Organization-Id"
SHORT_SECONDS, LONG_SECONDS = 10, 30 * 60
READING_VERBS = ("POST", "PATCH")


class ProductiveManners:
    """The manners of the whole door."""

    word = WORD
    token_first = False

    def __init__(self, house: House) -> None:
        self._short = Windows(WORD, SHORT_SECONDS, house.book.requests)
        self._long = Windows(WORD, LONG_SECONDS, house.book.requests)

    def token(self, headers: Headers) -> str | None:
        """The token, in `X-Auth-Token` or `Authorization`."""
        return header_token(headers)

    def admit(self, asking: Asking) -> None:
        """Refuse who comes too often, and who does not name our organisation by its id."""
        self._count(asking)
        own = asking.house.book.read(asking.call, organisation)
        named = asking.headers.get(ORGANISATION, "").strip()
        if own is None or named != str(own.pk):
            detail = f"{ORGANISATION} names no organization that this token can reach" if named else f"{ORGANISATION} is missing"
            raise words.refusal([Problem(403, "no_organization_id", "Access Denied", detail)])

    def _count(self, asking: Asking) -> None:
        """Both limits count every request, also one that the other refuses."""
        settings, actor = asking.settings, asking.call.actor
        limits = (
            (self._short, settings.productive_requests_in_10_seconds),
            (self._long, settings.productive_requests_in_30_minutes),
        )
        now = asking.house.book.clock()
        hits = [(windows.hit(actor.username if actor else "", now), most) for windows, most in limits if most]
        waits = [hit.seconds_left for hit, most in hits if hit.requests > most]
        if waits:
            raise TooManyRequests(f"too many requests; come again in {max(waits)} seconds", retry_after=max(waits))

    def check_media(self, asking: Asking) -> None:
        """Refuse a body that is not announced as JSON:API, and an answer that is wanted in a form of it that is not spoken."""
        media.check_body(asking.headers, announced=asking.request.method in READING_VERBS and _has_body(asking.headers))
        media.check_answer(asking.headers)

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        """A refusal as error objects."""
        return words.answer(refusal)


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0").strip() not in ("", "0") or "transfer-encoding" in headers
