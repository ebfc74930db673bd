"""What hostile clients do. Each raid goes on until it is over or the server has cut it, and counts what it was answered."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice

from tests.hostile.standing import Raid, Told
from tests.hostile.wire import Caller, asked, statuses
from tests.live import Live

MIB = 1 << 20
AT_ONCE = 8
GLANCE_SECONDS = 0.3
LONGEST_SECONDS = 60
LINE = b"POST /payments/create HTTP/1.1\r\n"
HEAD = LINE + b"Host: x\r\nContent-Type: application/json\r\n"
LIST = b"GET /payments/list HTTP/1.1\r\nHost: x\r\nX-Auth-Token: %s\r\n\r\n"


def key_of(live: Live, role: str = "admin") -> bytes:
    return str(live.demo["keys"][role]).encode()


def slow(live: Live, told: Told) -> None:
    """A byte at a time: of the request line, of a header, of a body; until the server has cut all of them."""
    beginnings = (b"", LINE, LINE + b"X-Long: ", HEAD + b"Content-Length: 100000\r\n\r\n")
    with ExitStack() as opened:
        callers = {opened.enter_context(Caller(live.url)): beginnings[place % len(beginnings)] for place in range(40)}
        for caller, beginning in callers.items():
            caller.send(beginning)
        until = time.monotonic() + LONGEST_SECONDS
        still = set(callers)
        while still and time.monotonic() < until:
            still = {caller for caller in still if caller.send(b"G")}
            time.sleep(0.1)
        for caller in callers:
            told.count(statuses(caller.read(GLANCE_SECONDS)))
    if still:
        told.wrong.append(f"{len(still)} slow clients were never cut")


def slow_readers(live: Live, told: Told) -> None:
    """They ask for all payments and take nothing, until the server has cut them."""
    with ExitStack() as opened:
        callers = [opened.enter_context(Caller(live.url, receives=4096)) for _ in range(10)]
        for caller in callers:
            caller.send(LIST % key_of(live))
        time.sleep(1)
        for caller in callers:
            told.count(statuses(caller.read(GLANCE_SECONDS)))


def half_sent(live: Live, told: Told) -> None:
    """Bodies that break off, are shorter or longer than was said, or have two lengths."""
    body = b'{"token": "x"}'
    length = b"Content-Length: %d\r\n"
    whole = (
        HEAD + length % 100 + b"\r\n" + body,
        HEAD + length % 3 + b"\r\n" + body,
        HEAD + length % 3 + length % 4 + b"\r\n" + body,
        HEAD + length % 14 + b"Transfer-Encoding: chunked\r\n\r\n" + body,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"e\r\n" + body,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"xyz\r\n" + body,
        HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + body,
        HEAD + length % (1 << 62) + b"\r\n" + body,
        HEAD + length % 14 + b"Expect: 100-continue\r\n\r\n",
        HEAD + length % 14 + b"\r\n" + body[:5],
    )
    _asked_all(live, told, whole * 10)


def no_http(live: Live, told: Told) -> None:
    """Other protocols, and what is nearly this one."""
    upgrade = b"GET /payments/list HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
    said = (
        b"GET /health\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        bytes.fromhex("16030100c8010000c40303") + bytes(190),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"EHLO example.com\r\n",
        upgrade % b"websocket",
        upgrade % b"h2c",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
        b"TRACE /payments/list HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://example.com/health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://example.com HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /pay\0ments HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%00%01%0d%0aSet-Cookie:%20a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\x01b\r\n\r\n",
        b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET  /health  HTTP/1.1\r\n\r\n",
        b"\r\n" * 10_000,
        b"\n" * 10_000,
        b"A" * 100_000,
        b"\0" * 100_000,
    )
    _asked_all(live, told, said * 5)


def floods_of_headers(live: Live, told: Told) -> None:
    """Too many headers, too large ones, lines and queries without end, and trailers."""
    get = b"GET /payments/show?%s HTTP/1.1\r\nHost: x\r\n%s\r\n"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    said = (
        get % (b"", b"a: b\r\n" * 50_000),
        get % (b"", b"a: " + b"b" * MIB + b"\r\n"),
        get % (b"", b"a" * MIB + b": b\r\n"),
        get % (b"a=" + b"b" * MIB, b""),
        get % (b"a=b&" * 1_500, b""),
        get % (b"a=b&" * 5_000, b""),
        b"G" * MIB,
        chunked + b"a: b\r\n" * 50_000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;" + b"x" * MIB,
    )
    _asked_all(live, told, said * 3)


def pipelines(live: Live, told: Told) -> None:
    """Many requests at once on a connection, whose answers nobody reads: so many as may wait, of large ones, and far too many."""
    requests = (b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 30, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 20_000)
    with ExitStack() as opened:
        callers = [opened.enter_context(Caller(live.url, receives=4096)) for _ in range(12)]
        for place, caller in enumerate(callers):
            caller.socket.settimeout(GLANCE_SECONDS)
            caller.send(requests[place % 2])
        time.sleep(1)
        for caller in callers:
            told.count(statuses(caller.read(GLANCE_SECONDS)))


def crowd(size: int) -> Raid:
    """So many connections at once: half of them silent, half with half a request; they stay as long as they may."""

    def raid(live: Live, told: Told) -> None:
        with ExitStack() as opened:
            for place in range(size):
                caller = opened.enter_context(Caller(live.url))
                if place % 2:
                    caller.send(HEAD + b"X-Half: ")
                told.count([])
            time.sleep(2)

    return raid


def crowd_with_bodies(live: Live, told: Told, size: int = 200) -> None:
    """So many connections that send much of a large body and never all of it."""
    head = HEAD.replace(b"payments/create", b"batch") + b"Content-Length: %d\r\n\r\n" % (16 * MIB)
    with ExitStack() as opened:
        for _ in range(size):
            caller = opened.enter_context(Caller(live.url))
            caller.socket.settimeout(GLANCE_SECONDS)
            caller.send(head + b" " * (4 * MIB))
            told.count(statuses(caller.read(0.001)))


def floods_of_values(live: Live, told: Told) -> None:
    """Large bodies of tiny values, which would take fifty times their size."""
    for unit in (b"{},", b'{"":0},', b"[],", b"1,", b'"",', b"[[[[]]]],"):
        body = b'{"calls":[' + unit * (15 * MIB // len(unit)) + b"0]}"
        told.count(posted(live, "/batch", body))
        told.count(posted(live, "/batch", b'{"a":"\\ud800",' + body[1:]))
    for body in (b'{"a":' + b"[" * (15 * MIB), b'{"a":' + b"1" * (15 * MIB) + b"}", b" " * (16 * MIB), b"\xff" * MIB):
        told.count(posted(live, "/batch", body))


def large_bodies(rounds: int) -> Raid:
    """Refused bodies of the largest size, again and again: none of them may stay."""

    def raid(live: Live, told: Told) -> None:
        body = b'{"a":"' + b"x" * (15 * MIB) + b'"}'
        for _ in range(rounds):
            told.count(posted(live, "/batch", body))

    return raid


def strange_media(live: Live, told: Told) -> None:
    """Bodies of every kind that the doors do not take, at each of them."""
    doors = ("/payments/create", "/crmapi/rest/v2/payments/create", "/api/payments/", "/qbench/api/v1/payment", "/api/v2/payments")
    bodies = (
        (b"application/xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        (b"application/x-www-form-urlencoded", b"a=b&a=c&%ff=%zz"),
        (b"multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"),
        (b"multipart/form-data", b"--x"),
        (b"multipart/form-data; boundary=" + b"x" * 1000, b"--" * 100_000),
        (b"application/msgpack", b"\x81\xa1a\xc0"),
        (b"text/plain", b"{}"),
        (b"application/json; charset=utf-16", '{"a": 1}'.encode("utf-16")),
        (b"application/json; charset=utf-7", b"{}"),
        (b"application/json; charset=" + b"x" * 1000, b"{}"),
        (b"application/json", b"\xef\xbb\xbf{}"),
        (b"application/json", '{"a": 1}'.encode("utf-16")),
        (b"application/json", '{"a": 1}'.encode("utf-32")),
        (b"application/json\r\nContent-Encoding: gzip", b"\x1f\x8b\x08" + bytes(100)),
        (b"application/json\r\nContent-Encoding: br, gzip", bytes(100)),
        (b"application/vnd.api+json; ext=x", b"{}"),
        (b"\xff\xfe", b"{}"),
        (b"", b"\0"),
    )
    for door in doors:
        for media, body in bodies:
            told.count(posted(live, door, body, b"Content-Type: " + media + b"\r\n" + authority(live)))


def strange_values(one_in: int) -> Raid:
    """Numbers, texts and nestings that are hard to read, at each door, in bodies and in queries; one in so many of them."""

    def raid(live: Live, told: Told) -> None:
        lines = b"Content-Type: application/json\r\n" + authority(live)
        for path, body in islice(_strange_bodies(), None, None, one_in):
            told.count(posted(live, path, body, lines))
        end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + authority(live) + b"\r\n"
        for target in islice(_strange_queries(), None, None, one_in):
            told.count(asked(live.url, b"GET " + target + end))

    return raid


NUMBERS = (
    *(
        b"1e999999",
        b"-1e999999",
        b"1e-999999",
        b"1e99999999999",
        b"-0",
        b"0.0e0",
        b"NaN",
        b"Infinity",
        b"1E400",
        b"0." + b"0" * 5_000,
    ),
    *(b"1" * 100_000, b"0." + b"1" * 100_000, b"1" * 5_000 + b"e-5000", b"9" * 4_301, b"1e+", b"--1", b"0x10", b"1_000"),
)
TEXTS = (
    *(b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\\uffff", b"x" * 500_000, b"\\u0344" * 20_000, b"\xef\xb7\xba" * 20_000),
    *(
        b"2" * 50_000,
        b"2024-01-01T00:00:00." + b"1" * 50_000,
        b"-" * 50_000,
        b" " * 50_000,
        b"=" * 50_000,
        b"1e999999",
        b"[" * 50_000,
    ),
)


def _strange_bodies() -> Iterator[tuple[str, bytes]]:
    """Each strange value as each of some members of what makes a payment, at each door."""
    nested = [b"[" * depth + b"]" * depth for depth in (31, 33, 5_000)] + [
        b'{"a":' * depth + b"1" + b"}" * depth for depth in (31, 5_000)
    ]
    values = [*NUMBERS, *(b'"' + text + b'"' for text in TEXTS), *nested, b'{"id":1,"id":2}', b"{" + b'"a":1,' * 5_000 + b'"b":1}']
    places = (
        ("/payments/create", b'{"payment_amount":%s,"received_on":%s,"notes":%s,"accounts_receivable_identifier":%s}'),
        ("/payments/list", b'{"from":%s,"number_of_results":%s,"fields_set":%s,"accounts_receivable_identifier":%s}'),
        ("/api/payments/", b'{"sum":%s,"date_of_payment":%s,"profile":%s,"invoice":%s}'),
        ("/qbench/api/v1/payment", b'{"amount":%s,"payment_date":%s,"customer_id":%s,"payment_type_id":%s}'),
        ("/api/v2/payments", b'{"data":{"type":"payments","attributes":{"amount":%s,"paid_on":%s,"note":%s,"written_off_on":%s}}}'),
    )
    for path, body in places:
        for value in values:
            yield path, body % ((value,) * 4)


def _strange_queries() -> Iterator[bytes]:
    lists = (
        b"/payments/list",
        b"/crmapi/rest/v2/payments/list",
        b"/api/payments/",
        b"/api/invoices/",
        b"/qbench/api/v1/payment",
        b"/api/v2/payments",
    )
    names = (
        *(
            b"number_of_results",
            b"from",
            b"fields_set",
            b"accounts_receivable_identifier",
            b"page",
            b"page_size",
            b"page_num",
            b"o",
            b"state",
        ),
        *(
            b"sort",
            b"sort_by",
            b"include",
            b"filter[amount]",
            b"filter[date][gt]",
            b"filter[0][id][eq]",
            b"fields[payments]",
            b"page[number]",
        ),
        *(b"filter" + b"[a]" * 2_000, b"a[" * 2_000, b"date_of_payment", b"profile_uuid"),
    )
    values = (
        *(b"1e999999", b"9" * 4_500, b"-0", b"%d9%a3", b"%00", b"%ed%a0%80", b"%ff", b"-" * 4_000, b"1," * 2_000, b"a." * 2_000),
        *(
            b"%5B" * 2_000,
            b"%7B%22a%22:" * 500,
            b"2" * 4_000,
            b"amount," * 500,
            b"%F0%9F%92%A3",
            b"number=" + b"1" * 4_000,
            b"null",
        ),
    )
    for path in lists:
        for name in names:
            yield from (path + b"?" + name + b"=" + value for value in values)


def authority(live: Live, role: str = "admin") -> bytes:
    """Header lines by which any door knows who asks."""
    key, organisation = key_of(live, role), str(live.demo["organisation"]["pk"]).encode()
    return b"Authorization: Bearer %s\r\nX-Auth-Token: %s\r\nX-Organization-Id: %s\r\n" % (key, key, organisation)


def posted(live: Live, path: str, body: bytes, lines: bytes = b"Content-Type: application/json\r\n") -> list[int]:
    """What a body is answered, however large it is."""
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n" % (path.encode(), len(body), lines)
    return asked(live.url, head + body)


def _asked_all(live: Live, told: Told, said: Iterable[bytes]) -> None:
    """Each of these over a connection of its own, some of them at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(lambda data: asked(live.url, data, GLANCE_SECONDS), said):
            told.count(found)
