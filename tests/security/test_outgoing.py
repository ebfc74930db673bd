"""The server calls nobody because a caller says so: addresses in requests are read and never asked; and no module can call out but
those that are named here: webhooks, whose addresses are judged when they are connected to."""

import ast
import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.books import EUROS
from tests.doors import DOORS, Door, Productive, Qbench, Waldur
from tests.doors import Native as NativeDoor
from tests.live import ROOT
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

CALLING_OUT = {
    "ledger/destinations.py": {"socket"},
    "rpcserver/watching/spans.py": {"opentelemetry"},
    "rpcserver/webhooks/delivering.py": {"httpcore2", "ssl"},
    "rpcserver/webhooks/guard.py": {"httpcore2", "socket"},
    "rpcserver/webhooks/line.py": {"ssl"},
    "rpcserver/webhooks/sending.py": {"httpcore2", "ssl"},
}
"""The modules that may: webhooks, which an admin registers and `guard` keeps out of private networks, and traces, which the
operator turns on. `destinations` reads addresses and asks nobody."""
CLIENTS = {
    *("httpx2", "httpcore2", "requests", "urllib.request", "urllib3", "http.client", "aiohttp", "opentelemetry"),
    *("socket", "ssl", "ftplib", "smtplib", "telnetlib", "xmlrpc"),
}
"""What calls out, or knows how to."""
RUNNING = {"subprocess", "os.system", "pty", "ctypes", "pickle", "marshal", "shelve", "yaml", "xml", "lxml"}
"""What runs programs, or makes objects of whatever it is fed."""
ADDRESSES = (
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:22/",
    "http://[::1]:8000/api/payment-profiles/",
    "http://localhost:6379/",
    "https://elsewhere.example/api/customers/1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "//elsewhere.example/x",
    "http://0177.0.0.1/",
    "http://user:password@10.0.0.1/",
    "jar:http://elsewhere.example!/",
    "data:text/html,<script>",
    "http://[bad",
)


def imports(path: Path) -> set[str]:
    """Everything that a file imports, whole and by its package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found | {name.partition(".")[0] for name in found}


def test_no_module_calls_out_runs_programs_or_unpacks_objects_but_those_that_are_named() -> None:
    files = [path for part in ("identifiers", "ledger", "methods", "rpcserver") for path in (ROOT / part).rglob("*.py")]
    assert len(files) > 200
    found = {path.relative_to(ROOT).as_posix(): imports(path) & (CLIENTS | RUNNING) for path in files}
    assert {path: names for path, names in found.items() if names} == CALLING_OUT


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whatever anybody in this process wants to connect to, or to know the address of; nobody gets it."""
    wanted: list[object] = []

    def refuse(*what: object, **_: object) -> None:
        wanted.append(what)
        raise OSError("nobody calls out here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=False)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", refuse)
    return wanted


def every_text(body: dict[str, Any], address: str) -> list[dict[str, Any]]:
    """The body with the address in each of its members in turn."""
    return [{**body, name: address} for name in body]


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_an_address_in_a_request_is_never_asked(open_doors: Premises, called: list[object], kind: type[Door]) -> None:
    door, own = kind(open_doors), open_doors.company.account(EUROS)
    profile = f"/api/payment-profiles/{open_doors.profile(own).id}/"
    bodies: dict[type[Door], tuple[str, dict[str, Any]]] = {
        NativeDoor: ("/customers/create", {"name": "a", "email": "b", "notes": "c", "back_office_code": "d"}),
        Waldur: ("/api/payments/", {"profile": profile, "date_of_payment": "2024-04-30", "proof": None, "sum": "1.00"}),
        Qbench: ("/qbench/api/v1/customer", {"customer_name": "a", "address": "b", "comments": "c", "fax": "d"}),
        Productive: ("/api/v2/payments", {"data": None, "links": {}, "included": []}),
    }
    path, body = bodies[kind]
    for address in ADDRESSES:
        for said in every_text(body, address):
            assert door.send("POST", path, said).status < 500
        for query in (f"profile={address}", f"page[after]={address}", f"organization={address}", f"sort={address}"):
            assert door.send("GET", f"{path}?{query}").status < 500
        headers = {"Referer": address, "X_Forwarded_Host": "elsewhere.example", "Origin": address, "X_Forwarded_For": address}
        assert door.saying(**headers).send("GET", path).status < 500
    assert called == []


def test_of_a_hyperlink_to_elsewhere_only_the_path_counts(open_doors: Premises, called: list[object]) -> None:
    own = open_doors.profile(open_doors.company.account(EUROS)).id.lower()
    terms = {"profile": f"https://elsewhere.example/api/payment-profiles/{own}/", "date_of_payment": "2024-04-30"}
    made = Waldur(open_doors).send("POST", "/api/payments/", terms)
    assert made.status == 201
    assert made.body["profile"] == f"http://testserver/api/payment-profiles/{own}/"
    assert called == []
