"""What browsers are told: the same with every answer of every door, and nothing to pages of other origins."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.routing import Route

from ledger.book import Book
from rpcserver import documents
from rpcserver.app import create_app
from rpcserver.browsers import EVERY_ANSWER
from rpcserver.settings import SettingsError, load
from tests import premises
from tests.engines import copied
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

VERBS = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "NONSENSE")
SOME = ("/api/payments/", "/api-auth/password/", "/api/nowhere", "/api/v2/payments", "/payments/show")
OURS, ELSEWHERE = "https://ours.example", "https://elsewhere.example"
WANTED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.fixture(autouse=True)
def _documents_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documents say is no matter here, and takes a while to make."""
    for name in ("_openapi", "_collection"):
        monkeypatch.setattr(documents, name, lambda: b"{}")


def paths(here: Premises) -> list[str]:
    """An address for every route there is, for some methods, and for what is not there; those that end a token come last."""
    app = create_app(here.settings, here.company.book)
    routes = [re.sub(r"\{[a-z_:]+\}", "1", route.path) for route in app.routes.routes if isinstance(route, Route)]
    methods = ["/", "/payments/show", "/payments/list", "/payments/post", "/login", "/batch", "/nowhere", "/crmapi/rest/v2/login"]
    return sorted(dict.fromkeys([*methods, *routes]), key=lambda path: "logout" in path)


def who(here: Premises) -> list[dict[str, str]]:
    """Nobody, somebody who may only read, and an admin."""
    own = {"X-Organization-Id": str(here.organisation().pk)}
    return [{}, *({"X-Auth-Token": here.tokens[name], **own} for name in ("auditor", "admin"))]


def lacking(answer: Response) -> dict[str, list[str]]:
    """The headers that an answer has not got, or not once, or otherwise."""
    return {name: got for name, value in WANTED.items() if (got := answer.headers.get_list(name)) != [value]}


def test_every_answer_of_every_route_tells_browsers_the_same(open_doors: Premises) -> None:
    statuses: dict[int, int] = {}
    for path in paths(open_doors):
        for caller in who(open_doors):
            for verb in VERBS:
                answer = open_doors.client.request(verb, path, headers=caller, follow_redirects=False)
                assert lacking(answer) == {}, f"{verb} {path}: {answer.status_code}"
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    assert {200, 204, 301, 400, 401, 403, 404, 405, 422} <= set(statuses)


def test_answers_that_are_special_tell_browsers_the_same(open_doors: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    client, token = open_doors.client, {"X-Auth-Token": open_doors.tokens["clerk"]}
    profile = open_doors.profile(open_doors.company.account("Ada EUR"))
    terms = {"profile": f"/api/payment-profiles/{profile.id}/", "date_of_payment": "2024-04-30"}
    made = client.post("/api/payments/", data=terms, files={"proof": ("a.html", b"<script>")}, headers=token)
    answers = {
        "a file": client.get(made.json()["proof"], headers=token),
        "a list that is streamed": client.post("/payments/list", json={}, headers=token),
        "too large": client.post("/payments/list", content=b"x" * (17 << 20), headers=token),
        "another media type": client.post("/payments/list", content=b"x", headers={**token, "Content-Type": "text/html"}),
        "a browser that asks first": client.options("/api/payments/", headers={"Access-Control-Request-Method": "PUT"}),
    }
    for _ in range(6):
        answers["too often"] = client.post("/login", json={"username": "nobody", "password": "nothing"})
    monkeypatch.setattr(Book, "health", failing)
    monkeypatch.setattr(Book, "read", failing)
    monkeypatch.setattr(Book, "moment", failing)
    answers["a fault outside every door"] = client.get("/health")
    answers |= {f"a fault at {path}": client.get(path, headers=token) for path in ("/whoami", "/api/users/me/", "/api/v2/payments")}
    statuses = [answer.status_code for answer in answers.values()]
    assert statuses == [200, 200, 413, 415, 200, 429, 500, 500, 500, 500]
    assert {name: lacking(answer) for name, answer in answers.items() if lacking(answer)} == {}
    open_doors.faults.seen.clear()
    monkeypatch.undo()


def failing(*_: object, **__: object) -> None:
    raise LookupError("the shelf is empty")


def test_the_headers_are_said_in_one_place() -> None:
    assert {name.decode(): value.decode() for name, value in EVERY_ANSWER} == WANTED
    folder = Path(__file__).resolve().parents[2] / "rpcserver"
    elsewhere = [path for path in folder.rglob("*.py") if path.name != "browsers.py"]
    said = re.compile("|".join(WANTED), re.IGNORECASE)
    assert [path.name for path in elsewhere if said.search(path.read_text())] == []


# --- pages of other origins ---


def shared(answer: Response) -> Mapping[str, str]:
    """What an answer says to pages of other origins."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control") or "cross-origin" in name}


def asked_by_a_page(here: Premises, origin: str, *some: str) -> Iterator[tuple[str, Response]]:
    """What a page of this origin is answered by every route, or by some: when it asks first, and when it calls."""
    first = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in some or paths(here):
        yield path, here.client.options(path, headers=first)
        for caller in who(here):
            yield path, here.client.get(path, headers={**caller, "Origin": origin}, follow_redirects=False)


def test_no_door_answers_pages_of_other_origins(open_doors: Premises) -> None:
    for origin in (ELSEWHERE, "null"):
        assert {path: shared(answer) for path, answer in asked_by_a_page(open_doors, origin) if shared(answer)} == {}


@pytest.fixture
def opened_to_ours(furnished_template: Path, tmp_path: Path) -> Iterator[Premises]:
    with premises.opened(copied(furnished_template, tmp_path / "opened.db"), waldur_cors_origins=OURS) as here:
        yield here


def test_an_origin_that_is_set_may_call_waldurs_door_alone_and_is_never_given_cookies(opened_to_ours: Premises) -> None:
    opened = {path: shared(answer) for path, answer in asked_by_a_page(opened_to_ours, OURS) if shared(answer)}
    assert opened
    assert [path for path in opened if not path.startswith("/api") or path.startswith("/api/v2")] == []
    assert {told["access-control-allow-origin"] for told in opened.values()} == {OURS}
    assert [path for path, told in opened.items() if "access-control-allow-credentials" in told] == []


@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", f"{OURS}.elsewhere.example", "http://ours.example", "https://OURS.example", "*"]
)
def test_an_origin_that_is_not_set_is_allowed_nothing(opened_to_ours: Premises, origin: str) -> None:
    answers = [answer for _, answer in asked_by_a_page(opened_to_ours, origin, *SOME)]
    assert [answer for answer in answers if "access-control-allow-origin" in answer.headers] == []


@pytest.mark.parametrize(
    "origin", ["*", "null", "ours.example", "https://", "https://*.example", "https://ours.example/", "https://a b"]
)
def test_what_is_no_origin_cannot_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALDUR_CORS_ORIGINS", f"{OURS},{origin}")
    with pytest.raises(SettingsError, match=r"WALDUR_CORS_ORIGINS: .*is no origin"):
        load()


@pytest.mark.parametrize("origin", ["https://ours.example", "http://localhost:3000", "https://[::1]:8443", "http://10.0.0.1"])
def test_an_origin_as_browsers_spell_it_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALDUR_CORS_ORIGINS", origin)
    found: Any = load().waldur_cors_origins
    assert found == (origin,)
