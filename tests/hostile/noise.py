"""Random bytes over sockets: nothing but noise, noise behind a good beginning, and good requests with some bytes changed."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.hostile.raids import authority
from tests.hostile.standing import Raid, Told
from tests.hostile.wire import Caller, statuses
from tests.live import Live

AT_ONCE = 8
SMALLEST, LARGEST = 4, 17
"""Of how many bytes a piece of noise may be at most, as powers of two."""
GLANCE_SECONDS = 0.02
BEGINNINGS = (
    b"GET /",
    b"GET /payments/list HTTP/1.1\r\n",
    b"POST /payments/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n",
    b'POST /batch HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n{"calls": [',
    b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET /api/payments/?",
    b"POST /api/payments/ HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 200000\r\n\r\n--x\r\n",
    b"PATCH /api/v2/payments/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n",
    b"GET /qbench/api/v1/payment HTTP/1.1\r\nAuthorization: Bearer ",
)


def noise(size: int, seed: int = 0) -> Raid:
    """A raid that sends so many bytes, the same for the same seed."""

    def raid(live: Live, told: Told) -> None:
        whole = list(_requests(live))
        makers = (_noise, _behind_a_beginning, lambda chance: _changed(chance, whole))
        share = size // AT_ONCE

        def send(place: int) -> None:
            chance, left = random.Random(seed * AT_ONCE + place), share
            while left > 0:
                data = chance.choice(makers)(chance)
                left -= len(data)
                told.sent += len(data)
                with Caller(live.url) as caller:
                    caller.send(data)
                    told.count(statuses(caller.read(GLANCE_SECONDS)))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(send, range(AT_ONCE)))

    return raid


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(1, 1 << chance.randint(SMALLEST, LARGEST)))


def _behind_a_beginning(chance: random.Random) -> bytes:
    return chance.choice(BEGINNINGS) + _noise(chance)


def _changed(chance: random.Random, whole: list[bytes]) -> bytes:
    """Some requests, one behind the other, with some bits turned, bytes taken out, put in, or repeated."""
    said = bytearray(b"".join(chance.choices(whole, k=chance.randint(1, 30))))
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(said))
        match chance.randrange(4):
            case 0:
                said[place] ^= 1 << chance.randrange(8)
            case 1:
                del said[place : place + chance.randint(1, 20)]
            case 2:
                said[place:place] = chance.randbytes(chance.randint(1, 20))
            case _:
                said[place:place] = said[place : place + chance.randint(1, 2_000)]
        if not said:
            break
    return bytes(said)


def _requests(live: Live) -> Iterator[bytes]:
    """Good requests at all doors, of one who may read and not write, so that nothing comes of them."""
    lines = authority(live, "auditor")
    for path in (
        "/payments/list?number_of_results=2",
        "/api/payments/?page=1",
        "/qbench/api/v1/payment?page_size=1",
        "/api/v2/payments",
    ):
        yield b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path.encode(), lines)
    body = json.dumps({"payment_identifier": {"number": "1"}, "fields_set": "number,payment_amount"}).encode()
    posts = (
        ("/payments/show", body),
        ("/payments/create", b'{"payment_amount": "1.50", "life_cycle_state": "DRAFT", "invoices_set": [{"number": "1"}]}'),
        ("/api/payments/", b'{"profile": "/api/payment-profiles/1/", "date_of_payment": "2024-01-01", "sum": "1.00"}'),
        ("/qbench/api/v1/payment", b'{"customer_id": 1, "payment_date": "01/31/2024", "payment_type_id": 1, "amount": 2.5}'),
        ("/api/v2/payments", b'{"data": {"type": "payments", "attributes": {"amount": 100, "paid_on": "2024-01-01"}}}'),
        ("/batch", b'{"calls": [{"method": "payments/show", "params": {"payment_identifier": {"number": "1"}}}]}'),
    )
    for path, said in posts:
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (
            path.encode(),
            len(said),
        )
        yield head + lines + b"\r\n" + said
