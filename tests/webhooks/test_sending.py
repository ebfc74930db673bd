"""One message to one receiver: where the connection may lead, and what becomes of it."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from ipaddress import ip_network
from pathlib import Path

import pytest

from ledger.destinations import Reach, read
from rpcserver.webhooks.sending import ANSWER_LIMIT, Said, Sender
from tests.webhooks.certificates import contexts
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.one_engine

HERE = Reach((ip_network("127.0.0.1/32"),))
NAME = "hooks.example"
SECONDS = 0.4
Outcome = tuple[int | None, str | None]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def sent(url: str, reach: Reach = HERE, *, times: int = 1, trust: ssl.SSLContext | None = None) -> list[Outcome]:
    """What becomes of so many messages, one after the other over the same connections."""

    async def send() -> list[Outcome]:
        sender = Sender(read(url), reach, seconds=SECONDS, connections=2, trust=trust)
        try:
            said = [await sender.send({"webhook-id": "evt_1"}, b'{"type":"test"}') for _ in range(times)]
            return [(each.status, each.error) for each in said]
        finally:
            await sender.close()

    return asyncio.run(send())


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What `NAME` resolves to: each time it is looked up, the addresses that come next in this list, the last ones for good."""
    answers: list[Sequence[str]] = []

    def getaddrinfo(host: str, port: int, **_how: object) -> list[tuple[object, ...]]:
        assert host == NAME
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr("rpcserver.webhooks.guard.socket.getaddrinfo", getaddrinfo)
    return answers


def test_a_message_arrives_as_it_was_sent(receiver: Receiver) -> None:
    assert sent(f"{receiver.url}?of=us") == [(200, None)]
    (message,) = receiver.taken
    assert (message.path, message.body) == ("/hooks?of=us", b'{"type":"test"}')
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert message.headers["content-type"] == "application/json"
    assert message.headers["webhook-id"] == "evt_1"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_one(receiver: Receiver, status: int) -> None:
    receiver.behave = lambda _: status
    assert sent(receiver.url) == [(status, None)]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_any_other_status_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.behave = lambda _: status
    assert sent(receiver.url) == [(status, "REFUSED")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as elsewhere:
        receiver.behave = lambda _: status
        receiver.headers = {"Location": elsewhere.url}
        assert sent(receiver.url) == [(status, "REDIRECTED")]
        assert elsewhere.came == []


def test_a_receiver_that_hangs_is_given_up_in_time(receiver: Receiver) -> None:
    receiver.behave = receiver.hang
    started = time.monotonic()
    assert sent(receiver.url) == [(None, "TIMED_OUT")]
    assert time.monotonic() - started < 4 * SECONDS


def test_an_answer_that_drips_past_its_time_is_a_failure() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(1_000):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(SECONDS / 8)
        except OSError:
            pass
        finally:
            writer.close()

    async def send() -> Outcome:
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sender = Sender(read(url), HERE, seconds=SECONDS, connections=1)
        found = await sender.send({}, b"{}")
        await sender.close()
        server.close()
        return found.status, found.error

    assert asyncio.run(send()) == (None, "TIMED_OUT")


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    wrote = 0

    async def pour(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal wrote
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while wrote < 1_000_000_000:
                writer.write(b"x" * 65_536)
                await writer.drain()
                wrote += 65_536
        except OSError:
            pass
        finally:
            writer.close()

    async def send() -> Outcome:
        server = await asyncio.start_server(pour, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sender = Sender(read(url), HERE, seconds=5, connections=1)
        found = await sender.send({}, b"{}")
        await sender.close()
        server.close()
        return found.status, found.error

    assert asyncio.run(send()) == (200, None)
    # What the operating system keeps between the two of them comes to some megabytes.
    assert wrote < 100 * ANSWER_LIMIT


def test_a_receiver_that_is_not_there_is_named_as_such() -> None:
    with receiving() as gone:
        url = gone.url
    assert sent(url) == [(None, "CONNECTION_FAILED")]


def test_what_is_no_http_is_named_as_such() -> None:
    async def send() -> Outcome:
        async def mumble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(mumble, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sender = Sender(read(url), HERE, seconds=SECONDS, connections=1)
        found = await sender.send({}, b"{}")
        await sender.close()
        server.close()
        return found.status, found.error

    assert asyncio.run(send())[1] in ("NOT_HTTP", "CONNECTION_BROKEN")


# --- for how long it wants to be left alone ----------------------------------------------------------------------------------


def wait_of(receiver: Receiver, status: int, asked: str) -> float | None:
    """What an answer of this status, with this Retry-After, asks for."""
    receiver.behave, receiver.headers = lambda _: status, {"Retry-After": asked}

    async def send() -> Said:
        sender = Sender(read(receiver.url), HERE, seconds=5, connections=1)
        try:
            return await sender.send({}, b"{}")
        finally:
            await sender.close()

    said = asyncio.run(send())
    assert said.status == status
    return said.wait


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_a_pause_in_seconds_or_until_a_date(receiver: Receiver, status: int) -> None:
    assert wait_of(receiver, status, "120") == 120
    assert wait_of(receiver, status, " 0 ") == 0
    assert wait_of(receiver, status, "9" * 40) == 1e40
    for until in (
        formatdate(time.time() + 100, usegmt=True),
        time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(time.time() + 100)),
    ):
        assert wait_of(receiver, status, until) == pytest.approx(100, abs=5)
    assert wait_of(receiver, status, "Sun, 06 Nov 1994 08:49:37 GMT") == 0


@pytest.mark.parametrize(
    "wrong",
    ["", "-5", "1.5", "soon", "5 s", "\u00b2", "0x10", "1e3", "nan", "inf", "Sun, 06 Nov", "Fri, 31 Dec 9999 23:59:59 -2359"],
)
def test_a_wrong_retry_after_is_ignored(receiver: Receiver, wrong: str) -> None:
    assert wait_of(receiver, 503, wrong) is None


@pytest.mark.parametrize("status", [200, 302, 400, 404, 500, 502])
def test_with_any_other_status_a_retry_after_says_nothing(receiver: Receiver, status: int) -> None:
    assert wait_of(receiver, status, "120") is None


def test_no_proxy_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sent(receiver.url) == [(200, None)]


# --- where connections may lead ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["127.0.0.1", "127.1", "2130706433", "localhost"])
def test_this_machine_is_not_connected_to_unless_it_is_allowed(receiver: Receiver, name: str) -> None:
    assert sent(f"https://{name}:{receiver.port}/", Reach()) == [(None, "ADDRESS_NOT_ALLOWED")]
    assert receiver.came == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "0.0.0.0", "fe80::1%1"])
def test_a_name_that_resolves_to_no_public_address_is_not_connected_to(
    receiver: Receiver, resolver: list[Sequence[str]], address: str
) -> None:
    resolver.append([address])
    assert sent(f"https://{NAME}:{receiver.port}/", Reach()) == [(None, "ADDRESS_NOT_ALLOWED")]
    assert receiver.came == []


def test_of_several_addresses_only_the_allowed_ones_are_connected_to(receiver: Receiver, resolver: list[Sequence[str]]) -> None:
    with receiving(address="127.0.0.2") as inside:
        inside_port, inside.port = inside.port, receiver.port
        assert inside_port
        resolver.append(["127.0.0.2", "127.0.0.1"])
        assert sent(f"http://{NAME}:{receiver.port}/") == [(200, None)]
        assert sent(f"http://{NAME}:{inside_port}/") == [(None, "CONNECTION_FAILED")]
        assert inside.came == []


def test_a_name_that_leads_elsewhere_the_second_time_is_judged_again(receiver: Receiver, resolver: list[Sequence[str]]) -> None:
    receiver.headers = {"Connection": "close"}
    with receiving(address="127.0.0.2") as inside:
        resolver += [["127.0.0.1"], ["127.0.0.2"]]
        assert sent(f"http://{NAME}:{receiver.port}/", times=2) == [(200, None), (None, "ADDRESS_NOT_ALLOWED")]
        assert (len(receiver.came), inside.came) == (1, [])


def test_what_is_connected_to_is_the_address_that_was_judged(receiver: Receiver, resolver: list[Sequence[str]]) -> None:
    # A second look-up for the same connection would lead elsewhere.
    resolver += [["127.0.0.1"], ["127.0.0.2"]]
    assert sent(f"http://{NAME}:{receiver.port}/") == [(200, None)]
    (message,) = receiver.taken
    assert message.headers["host"] == f"{NAME}:{receiver.port}"


def test_a_public_address_is_not_reached_without_tls(resolver: list[Sequence[str]]) -> None:
    resolver.append(["8.8.8.8"])
    assert sent(f"http://{NAME}:9/") == [(None, "ADDRESS_NOT_ALLOWED")]


def test_a_name_that_nobody_knows_is_named_as_such(resolver: list[Sequence[str]]) -> None:
    resolver.append([])
    assert sent(f"https://{NAME}/") == [(None, "NAME_NOT_FOUND")]


def test_over_tls_the_receiver_shows_the_certificate_of_its_name(tmp_path: Path, resolver: list[Sequence[str]]) -> None:
    resolver.append(["127.0.0.1"])
    brings, trusts = contexts(NAME, tmp_path)
    with receiving(tls=brings) as receiver:
        assert sent(f"https://{NAME}:{receiver.port}/", trust=trusts) == [(200, None)]
        assert receiver.taken[0].headers["host"] == f"{NAME}:{receiver.port}"


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(tmp_path: Path, resolver: list[Sequence[str]]) -> None:
    resolver.append(["127.0.0.1"])
    brings, trusts = contexts("other.example", tmp_path)
    with receiving(tls=brings) as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        assert sent(url, trust=trusts) == sent(url) == [(None, "TLS_FAILED")]
        assert receiver.came == []
