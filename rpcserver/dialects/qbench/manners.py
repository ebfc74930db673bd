"""How this door behaves: where its token comes from, how often its callers may come, and how it says no."""

from collections.abc import Mapping

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request

from ledger.entry import Answer
from ledger.errors import InvalidToken, Refusal, TooManyRequests
from rpcserver import bodies, faults
from rpcserver.dialects.qbench import words
from rpcserver.envelope import HEADERS
from rpcserver.house import House
from rpcserver.limits import AtOnce, Windows
from rpcserver.rest import Asking, header_token

WORD = "qbench"
TOKENS = "/qbench/oauth2/v1/token"
MINUTE = 60
AGAIN_SOON = 1
"""Seconds to wait for a request of one's own to end."""
COUNT, TTL = "X-QBAPI-Throttle-Request-Count", "X-QBAPI-Throttle-TTL"
ANNOUNCED = frozenset({"POST", "PUT"})


def answer(data: Mapping[str, object], status: int = 200) -> Answer:
    """An object as an answer."""
    return Answer(status, dict(HEADERS), orjson.dumps(data))


def done() -> Answer:
    """What is answered where there is nothing to tell."""
    return answer({"message": "OK"})


class Manners:
    """How all resources of the door behave; it counts its callers' requests."""

    word = WORD
    token_first = False

    def __init__(self, house: House) -> None:
        self._minutes = Windows(WORD, MINUTE, house.book.requests)
        self._under_way = AtOnce(WORD, house.book.requests)

    def token(self, headers: Headers) -> str | None:
        """The token in a header. Refuses: INVALID_TOKEN, with the place to get one."""
        token = header_token(headers)
        if token is None:
            raise InvalidToken(f"there is no token; get one at {TOKENS} and send it as Authorization: Bearer")
        return token

    def admit(self, asking: Asking) -> None:
        """Refuses: TOO_MANY_REQUESTS, of its two kinds; nothing was done then."""
        caller = str(asking.call.actor.user_pk if asking.call.actor else 0)
        self._count_this_minute(caller, asking)
        most = asking.settings.qbench_requests_at_once
        if not most:
            return
        leave = self._under_way.enter(caller, most)
        if leave is None:
            raise TooManyRequests(f"exceeded concurrent request limit of {most}", retry_after=AGAIN_SOON)
        asking.leaving.append(leave)

    def _count_this_minute(self, caller: str, asking: Asking) -> None:
        most = asking.settings.qbench_requests_a_minute
        if not most:
            return
        requests, seconds = self._minutes.hit(caller, asking.house.book.clock())
        if requests > most:
            how = f"current count: {requests}. Retry in {seconds} seconds"
            raise TooManyRequests(
                f"ratelimit exceeded {most} per {MINUTE} seconds [{how}]", retry_after=seconds, requests=requests, seconds=seconds
            )

    def check_media(self, asking: Asking) -> None:
        """Bodies are JSON; what comes without one may announce what it likes, as a published client does."""
        if asking.request.method in ANNOUNCED:
            bodies.check_media(asking.headers)

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        """`{"error": ...}`: one text, in which every fault follows the member that it is about."""
        made = answer({"error": words.sentence(refusal, action)}, words.status_of(refusal))
        return Answer(made.status, made.headers | headers_of(refusal), made.body)


def headers_of(refusal: Refusal) -> dict[str, str]:
    """The headers that belong to a refusal; of a rate that was exceeded, the two by which clients of this API wait."""
    headers = faults.headers_of(refusal)
    if "requests" in refusal.values:
        headers |= {COUNT: str(refusal.values["requests"]), TTL: str(refusal.values["seconds"])}
    return headers
