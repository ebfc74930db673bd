"""`rpcserver webhooks`: looking at webhooks, and telling them again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger import webhooks
from rpcserver.__main__ import app
from tests.books import Company
from tests.engines import url_of
from tests.webhooks.desk import Desk, desk, places

Run = Callable[..., Result]


@pytest.fixture
def run(book_file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command over this test's book."""
    monkeypatch.chdir(book_file.parent)
    monkeypatch.setenv("DATABASE_URL", url_of(book_file))
    return lambda *words: CliRunner().invoke(app, ["webhooks", *words])


@pytest.fixture
def erp(company: Company) -> Desk:
    """A webhook for which the two events of a payment are parked: the first was refused."""
    found = desk(company)
    company.pay(10)
    found.advance()
    found.failed(*found.due(), status=404)
    company.do(webhooks.disable, found.webhook)
    company.do(webhooks.enable, found.webhook)
    return found


def cells(done: Result) -> list[list[str]]:
    assert done.exit_code == 0, done.output
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_webhooks_are_listed_with_their_state(run: Run, company: Company, erp: Desk) -> None:
    down, gone = desk(company, "CRM"), desk(company, "old")
    company.do(webhooks.disable, gone.webhook)
    company.pay(10)
    down.advance()
    down.failed(*down.due(), status=None)
    url, now = "https://erp.example.com/hooks", "2024-05-01T12:00:00"
    assert cells(run("list")) == [
        ["ERP", url, "live", "0 waiting", "2 parked"],
        ["CRM", url, f"failing since {now}", "2 waiting", "0 parked"],
        ["old", url, f"disabled {now}", "0 waiting", "0 parked"],
    ]


def test_what_is_parked_is_listed_with_its_last_error(run: Run, erp: Desk) -> None:
    first, second = erp.rows()
    expected = [
        ["ERP", str(second.place), "payment.posted", second.record_id, "0 tries", "never tried"],
        ["ERP", str(first.place), "payment.created", first.record_id, "1 tries", "404 REFUSED"],
    ]
    assert cells(run("parked")) == cells(run("parked", "ERP")) == expected


def test_what_is_parked_is_told_again(run: Run, erp: Desk) -> None:
    done = run("replay", "ERP", "--parked")
    assert (done.exit_code, done.stdout) == (0, "ERP is told again of 2 parked events\n")
    assert cells(run("parked")) == []
    assert len(erp.rows("WAITING")) == 2


def test_past_events_are_told_again_from_a_place_on(run: Run, company: Company, erp: Desk) -> None:
    told = places(company, company.pay(20))[:2]
    erp.take_all()
    done = run("replay", "ERP", "--from", str(told[0]))
    assert (done.exit_code, done.stdout) == (0, f"ERP is told again from event {told[0]} on\n")
    assert erp.take_all() == told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "ERP"), "--parked, or --from"),
        (("replay", "ERP", "--parked", "--from", "1"), "--parked, or --from"),
        (("replay", "CRM", "--parked"), "there is no webhook 'CRM'"),
        (("replay", "ERP", "--from", "1000000"), "no event at place 1000000"),
        (("parked", "CRM"), "there is no webhook 'CRM'"),
    ],
)
def test_what_cannot_be_told_again_is_refused_with_a_sentence(run: Run, erp: Desk, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert (done.exit_code, said in done.stderr) == (1, True), done.output


def test_a_disabled_webhook_is_told_nothing_again(run: Run, company: Company, erp: Desk) -> None:
    company.do(webhooks.disable, erp.webhook)
    done = run("replay", "ERP", "--parked")
    assert (done.exit_code, "is disabled" in done.stderr) == (1, True)
