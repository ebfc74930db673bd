"""`/metrics`: what is counted, who may read it, and that no caller can make it grow."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.observing import TROUBLES
from rpcserver.app import create_app
from rpcserver.log import Line
from rpcserver.settings import Settings, SettingsError, load
from rpcserver.watching import measures, metrics
from tests import failing_commits
from tests.books import PATIENCE_SECONDS, held
from tests.failing_commits import trouble
from tests.rpcserver import probes, world
from tests.rpcserver.asking import payment
from tests.rpcserver.watching.scraping import OPEN, TEXT, Series, scraped, value
from tests.rpcserver.world import KEY, PASSWORD, World

CALLS = measures.CALLS.name
TOKEN = "Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i"
PREFIXES = ("", "/crmapi/rest/v2", "/payments", "/api", "/api/payments", "/api-auth", "/qbench/api/v1", "/api/v2", "/health")
TokenOf = Callable[[str], str]


@pytest.fixture
def settings(here: World) -> Settings:
    return world.settings_for(here.path, metrics=True)


# --- off and on ---


def test_without_being_enabled_there_is_no_such_page(here: World, book: Book) -> None:
    with TestClient(create_app(world.settings_for(here.path), book)) as client:
        answers = [client.get(path) for path in ("/metrics", "/metrix")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json()["status"]["code"] for answer in answers] == ["UNKNOWN_METHOD"] * 2
    assert answers[0].text.replace("metrics", "metrix") == answers[1].text


@pytest.mark.one_engine
def test_prometheus_gets_its_own_text_and_openmetrics_where_it_asks_for_that(client: TestClient) -> None:
    assert client.get("/metrics").headers["Content-Type"] == TEXT
    asked = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5"
    answer = client.get("/metrics", headers={"Accept": asked})
    assert answer.headers["Content-Type"] == OPEN
    assert answer.text.endswith("# EOF\n")
    assert value(scraped(client, Accept=asked), "rpcserver_workers") == 1


@pytest.mark.one_engine
def test_every_metric_is_there_from_the_start(client: TestClient) -> None:
    names = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))
    assert names == {measure.name for measure in measures.MEASURES}


# --- who may read them ---


@pytest.mark.one_engine
def test_with_a_token_only_who_brings_it_reads_them(here: World, book: Book) -> None:
    with TestClient(create_app(world.settings_for(here.path, metrics=True, metrics_token=TOKEN), book)) as client:
        for brought in ("", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer é"):
            answer = client.get("/metrics", headers={b"Authorization": brought.encode()})
            assert (answer.status_code, answer.json()["status"]["code"]) == (401, "INVALID_TOKEN")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "rpcserver_" not in answer.text
            assert TOKEN not in answer.text
        assert client.get(f"/metrics?token={TOKEN}").status_code == 401
        assert value(scraped(client, Authorization=f"Bearer {TOKEN}"), "rpcserver_workers") == 1


@pytest.mark.one_engine
def test_a_users_token_opens_no_metrics(here: World, book: Book, token: TokenOf) -> None:
    with TestClient(create_app(world.settings_for(here.path, metrics=True, metrics_token=TOKEN), book)) as client:
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token('admin')}"}).status_code == 401


@pytest.mark.one_engine
@pytest.mark.parametrize("weak", ["short", "change-me-change-me-change-me-change-me"])
def test_a_weak_token_for_them_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, weak: str) -> None:
    monkeypatch.setenv("METRICS_TOKEN", weak)
    with pytest.raises(SettingsError, match="METRICS_TOKEN") as refused:
        load()
    assert weak not in str(refused.value)


# --- calls ---


def test_a_call_is_counted_by_door_method_and_code_with_its_time(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    for amount in (10, 20, 0):
        client.post("/payments/create", json={"token": clerk, **payment(here, amount)})
    client.post("/crmapi/rest/v2/payments/create", json={"token": clerk, **payment(here)})
    client.get("/api/payments/", headers={"Authorization": f"Token {clerk}"})
    client.get("/api/v2/payments")
    found = scraped(client)
    assert value(found, CALLS, door="native", method="payments/create", code="OK") == 3
    assert value(found, CALLS, door="native", method="payments/create", code="INVALID_PARAMETER") == 1
    assert value(found, CALLS, door="waldur", code="OK") == 1
    assert value(found, CALLS, door="productive", code="INVALID_TOKEN") == 1
    assert value(found, CALLS) == 6
    seconds = measures.CALL_SECONDS.name
    assert value(found, f"{seconds}_count", door="native", method="payments/create") == 4
    assert 0 < value(found, f"{seconds}_sum", door="native", method="payments/create") < 60
    assert value(found, f"{seconds}_bucket", door="native", le="+Inf") == 4


def test_a_failed_login_and_a_fault_of_ours_are_counted_under_their_codes(
    here: World, settings: Settings, book: Book, monkeypatch: pytest.MonkeyPatch, token: TokenOf
) -> None:
    def broken(reading: object, params: object) -> None:
        raise LookupError("the shelf is empty")

    probes.put(monkeypatch, "probe/broken", probes.method(broken))
    with TestClient(create_app(settings, book), raise_server_exceptions=False) as client:
        client.post("/login", json={"username": "clerk", "password": "wrong"})
        client.post("/probe/broken", json={"token": token("clerk")})
        found = scraped(client)
    assert value(found, CALLS, method="login", code="INVALID_CREDENTIALS") == 1
    assert value(found, CALLS, method="probe/broken", code="SYSTEM_ERROR") == 1


@pytest.mark.one_engine
def test_a_fault_outside_every_door_is_counted_too(settings: Settings, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings, book)

    async def broken(*_: object) -> None:
        raise LookupError("the shelf is empty")

    monkeypatch.setattr(app._logged, "app", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/anything").status_code == 500
        monkeypatch.undo()
        found = scraped(client)
    assert value(found, CALLS, door="none", method="none", code="SYSTEM_ERROR") == 1
    assert value(found, measures.UNDER_WAY.name) == 1, "the scrape alone is under way"


@pytest.mark.one_engine
def test_no_caller_makes_new_label_values(client: TestClient, token: TokenOf) -> None:
    """Whatever path, verb, host, header or body: what is counted is counted under names that the server knows."""
    clerk = token("clerk")

    def ask(seed: int) -> None:
        random = Random(seed)
        word = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789-_. ", k=random.randint(1, 60)))
        verbs = ("GET", "POST", "BREW", "".join(random.choices("ABC", k=12)))
        for prefix in PREFIXES:
            for verb in verbs:
                client.request(verb, f"{prefix}/{word}")
        client.get(f"/health%0a{word}")
        client.get("/health?token=" + word)
        client.post("/payments/show", json={"token": clerk, word: word}, headers={"X-Request-Id": f"r{seed}", "Host": "b" * seed})
        client.post("/batch", json={"token": clerk, "calls": [{"method": word, "params": {}}]})

    scraped(client)
    for seed in range(10):
        ask(seed)
    before = set(scraped(client))
    for seed in range(10, 40):
        ask(seed)
    after = scraped(client)
    assert set(after) - before == set()
    assert value(after, CALLS, door="native", method="none", code="UNKNOWN_METHOD") > 60
    assert methods_of(after, "native") == {"none", "payments/show", "batch"}
    assert methods_of(after, "pages") == {"metrics", "health"}


def methods_of(series: Series, door: str) -> set[str]:
    """The methods that calls at a door are counted under."""
    return {labels["method"] for name, its in series if name == CALLS and (labels := dict(its))["door"] == door}


@pytest.mark.one_engine
def test_the_labels_hold_no_name_path_or_secret(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    client.get(f"/whoami?token={clerk}")
    client.post("/whoami", json={}, headers={"Authorization": f"Bearer {KEY}"})
    client.post("/login", json={"username": "clerk", "password": PASSWORD})
    client.get(f"/{clerk}")
    client.get(f"/api/payments/{'a' * 32}/", headers={"Authorization": f"Token {clerk}"})
    said = client.get("/metrics").text
    assert [each for each in (clerk, KEY, PASSWORD, world.SECRET, "clerk", "a" * 32, here.path.name) if each in said] == []


@pytest.mark.sqlite
def test_calls_under_way_and_writes_that_wait_are_shown_while_they_do(
    client: TestClient, token: TokenOf, here: World, book: Book
) -> None:
    body = {"token": token("clerk"), **payment(here)}
    with ThreadPoolExecutor(3) as pool:
        with held(book):
            asked = [pool.submit(client.post, "/payments/create", json=body) for _ in range(3)]
            while value(scraped(client), measures.UNDER_WAY.name) < 4 or value(scraped(client), measures.WAITING.name) < 2:
                Event().wait(0.005)
        assert [each.result().status_code for each in asked] == [200] * 3
    found = scraped(client)
    assert value(found, measures.UNDER_WAY.name) == 1, "the scrape alone is under way"
    assert value(found, measures.WAITING.name) == 0


@pytest.mark.one_engine
def test_calls_that_were_seen_under_way_are_forgotten_with_the_last_of_them(book: Book) -> None:
    """Another process may be asked before this one looks again."""
    counting, line = metrics.Metrics(book), Line("1")
    for _ in range(2):
        counting.begun()
    counting.look()
    counting.ended(line, 0.1)
    counting.ended(line, 0.1)
    assert counting.registry.get_sample_value(measures.UNDER_WAY.name) == 0


def test_the_event_loop_is_looked_at_again_and_again(settings: Settings, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PULSE_SECONDS", 0.02)
    until = time.monotonic() + PATIENCE_SECONDS
    with TestClient(create_app(settings, book)) as client:
        while value(scraped(client), f"{measures.LOOP_LAG.name}_count") < 3:
            assert time.monotonic() < until, "nobody looks"


# --- the database ---


def test_commits_are_counted_with_their_calls_and_their_time(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    before = scraped(client)
    client.post("/payments/create", json={"token": clerk, **payment(here)})
    client.post("/payments/create", json={"token": clerk, **payment(here, validate_only=True)})
    client.post("/payments/create", json={"token": clerk, **payment(here, 0)})
    after = scraped(client)
    names = [f"{measures.COMMIT_CALLS.name}_{word}" for word in ("count", "sum")] + [f"{measures.COMMIT_SECONDS.name}_count"]
    assert [value(after, name) - value(before, name) for name in names] == [1, 1, 1]
    assert value(after, f"{measures.COMMIT_SECONDS.name}_sum") > value(before, f"{measures.COMMIT_SECONDS.name}_sum")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("error", "kind"), [("SQLITE_BUSY", "busy"), ("SQLITE_FULL", "unavailable"), ("SQLITE_IOERR_FSYNC", "outcome_unknown")]
)
def test_a_commit_that_fails_is_a_database_error_and_no_commit(
    client: TestClient, token: TokenOf, here: World, monkeypatch: pytest.MonkeyPatch, error: str, kind: str
) -> None:
    clerk = token("clerk")
    before = scraped(client)
    failing_commits.fail(monkeypatch, trouble(error))
    answer = client.post("/payments/create", json={"token": clerk, **payment(here)})
    monkeypatch.undo()
    assert answer.status_code in (500, 503)
    after = scraped(client)
    errors = measures.DATABASE_ERRORS.name
    assert {each: value(after, errors, kind=each) - value(before, errors, kind=each) for each in TROUBLES} == {
        each: float(each == kind) for each in TROUBLES
    }
    assert value(after, f"{measures.COMMIT_CALLS.name}_count") == value(before, f"{measures.COMMIT_CALLS.name}_count")


def test_who_waits_too_long_or_finds_no_place_meets_a_busy_database(here: World, token: TokenOf) -> None:
    settings = world.settings_for(here.path, metrics=True)
    book = Book(settings.database_url, wait_seconds=0.3, most_waiting=2)
    body = {"token": token("clerk"), **payment(here)}
    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(8) as pool:
        with held(book):
            asked = [pool.submit(client.post, "/payments/create", json=body) for _ in range(8)]
            codes = [each.result().status_code for each in asked]
        found = scraped(client)
    assert codes == [503] * 8
    assert value(found, measures.DATABASE_ERRORS.name, kind="busy") == 8
    assert value(found, measures.DATABASE_ERRORS.name) == 8


@pytest.mark.sqlite
def test_a_database_out_of_reach_is_unavailable_to_who_reads(token: TokenOf, tmp_path: Path) -> None:
    settings = world.settings_for(tmp_path / "nowhere" / "book.db", metrics=True)
    with TestClient(create_app(settings, Book(settings.database_url))) as client:
        assert client.post("/whoami", json={"token": token("clerk")}).status_code == 503
        found = scraped(client)
    assert value(found, measures.DATABASE_ERRORS.name, kind="unavailable") == 1
    assert value(found, measures.DATABASE_ERRORS.name) == 1
