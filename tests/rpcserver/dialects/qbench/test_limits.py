"""The two kinds of 429 at QBench's door: a rate that was exceeded, and too many requests at once. Both are settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger.entry import Reading
from ledger.storage.models import Payment
from rpcserver.dialects.qbench import showing
from tests import premises
from tests.engines import copied
from tests.rpcserver.dialects.qbench.asking import Body, Lab, Reply

PATIENCE_SECONDS = 10


@contextmanager
def limited(furnished_template: Path, tmp_path: Path, **settings: int) -> Iterator[Lab]:
    path = copied(furnished_template, tmp_path / "limited.db")
    with premises.opened(path, (), **settings) as opened:
        yield Lab(opened)


def test_nothing_is_limited_unless_it_is_set(lab: Lab) -> None:
    assert {lab.send("GET", "/invoice").status for _ in range(30)} == {200}


def test_who_comes_too_often_is_told_when_to_come_again(furnished_template: Path, tmp_path: Path) -> None:
    with limited(furnished_template, tmp_path, qbench_requests_a_minute=3) as lab:
        lab.premises.company.clock.advance(30)
        assert [lab.send("GET", "/payment").status for _ in range(3)] == [200, 200, 200]
        reply = lab.send("POST", "/payment", lab.said())
        said = "ratelimit exceeded 3 per 60 seconds [current count: 4. Retry in 30 seconds]"
        assert reply.refused == (429, said)
        assert reply.headers["X-QBAPI-Throttle-Request-Count"] == "4"
        assert reply.headers["X-QBAPI-Throttle-TTL"] == reply.headers["Retry-After"] == "30"
        assert lab.send("GET", "/payment", by="auditor").body["total_count"] == 0
        lab.premises.company.clock.advance(29)
        assert lab.send("GET", "/payment").headers["X-QBAPI-Throttle-TTL"] == "1"
        lab.premises.company.clock.advance(1)
        assert lab.send("GET", "/payment").status == 200


def test_who_asks_too_much_at_once_is_refused_until_a_request_ends(
    furnished_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = Event(), Event()
    quick = showing.payments

    def slow(reading: Reading, rows: list[Payment]) -> list[Body]:
        begun.set()
        assert ended.wait(PATIENCE_SECONDS)
        return quick(reading, rows)

    with limited(furnished_template, tmp_path, qbench_requests_at_once=1) as lab:
        monkeypatch.setattr(showing, "payments", slow)
        answers: list[Reply] = []
        under_way = Thread(target=lambda: answers.append(lab.send("GET", "/payment")))
        under_way.start()
        assert begun.wait(PATIENCE_SECONDS)
        second = lab.send("GET", "/invoice")
        other = lab.send("GET", "/invoice", by="auditor")
        ended.set()
        under_way.join(PATIENCE_SECONDS)
        assert second.refused == (429, "exceeded concurrent request limit of 1")
        assert (second.headers["Retry-After"], "X-QBAPI-Throttle-TTL" in second.headers) == ("1", False)
        assert (other.status, answers[0].status, lab.send("GET", "/invoice").status) == (200, 200, 200)


def test_a_refused_request_is_over_too(furnished_template: Path, tmp_path: Path) -> None:
    with limited(furnished_template, tmp_path, qbench_requests_at_once=1) as lab:
        assert [lab.send("GET", "/payment/7").status for _ in range(3)] == [404, 404, 404]
