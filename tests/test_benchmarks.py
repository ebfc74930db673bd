"""The figures that the README shows are those of a run, and the benchmark runs."""

import json
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest

from tests import readme
from tests.benchmarks import chart, costs, engines, measuring, report, servers, sharing, targets
from tests.benchmarks.jobs import CREATE, JOBS, PAY_INVOICE, SHOW, Desk, jobs_of, worth
from tests.benchmarks.load import loaded, percentile
from tests.benchmarks.measuring import Figure, Plan, connections_for
from tests.benchmarks.report import BENCH, ENGINES, FULL, Run
from tests.benchmarks.servers import NAMES, OURS, Size
from tests.benchmarks.targets import AT_LEAST, AT_MOST, BOOK_BY_BOOK, LARGE, SMALL, Ratio, Workers
from tests.webhooks.receiver import Message, Receiver, receiving

pytestmark = pytest.mark.one_engine

TEXT = readme.README.read_text()
SECTION = TEXT[TEXT.index("## Speed\n") : TEXT.index("## The four floors\n")]
BLOCK, PROFILE = (found[0] for found in readme.BLOCK.finditer(TEXT) if found["name"] in ("speed", "profile"))
TINY = Size(accounts=2, invoices=100, payments=300)


def figure(server: str, job: str, a_second: float) -> Figure:
    return Figure(server, job, connections_for(job, 16), SMALL, (a_second, a_second), 1.0, 2.0, 0.5, 0, 60.0, 80.0)


def figures(**rates: float) -> list[Figure]:
    """Every job at every server: each does so many calls a second."""
    return [figure(name, job, rates.get(name, 100.0) * worth(job)) for name in NAMES for job in jobs_of(name)]


def run_of(found: list[Figure]) -> Run:
    return Run("a machine", "2026-01-01", "3.11.0", found, targets.ratios(found))


def ratio(found: list[Figure], words: str) -> Ratio:
    (one,) = [each for each in targets.ratios(found) if words in each.what]
    return one


# --- the README ---


@pytest.mark.parametrize("kind", [BENCH, ENGINES, FULL])
def test_the_ratios_that_are_kept_are_those_of_the_figures_that_are_kept(kind: str) -> None:
    run = report.read(kind)
    if run is None:
        pytest.skip("no such run is kept")
    found = list(targets.engines(run.figures)) if kind == ENGINES else targets.ratios(run.figures)
    if kind == FULL:
        found += targets.grown(run.figures)
    again = {each.what: each for each in found}
    kept = {each.what: each for each in run.ratios}
    assert set(again) <= set(kept)
    for what, each in again.items():
        assert (kept[what].bound, kept[what].target) == (each.bound, each.target)
        assert kept[what].measured == pytest.approx(each.measured, rel=0.01, abs=0.01)


def test_the_readme_shows_the_ratios_of_the_last_run_and_whether_they_hold() -> None:
    run = report.read(BENCH)
    assert run is not None
    for each in run.ratios:
        row = next(line for line in BLOCK.splitlines() if line.startswith(f"| {each.what} |"))
        what, target, measured, holds = (cell.strip() for cell in row.strip("|").split("|"))
        assert (what, target) == (each.what, f"{each.bound} {each.target:g}")
        assert float(measured) == pytest.approx(each.measured, abs=0.5 if each.measured >= 10 else 0.0051)
        assert holds == ("yes" if each.holds else "**no**")


def test_the_readme_names_no_figure_that_is_not_made_from_a_run() -> None:
    assert re.findall(r"\d", SECTION.replace(BLOCK, "").replace(PROFILE, "")) == []


def test_no_call_failed_in_the_runs_that_are_kept() -> None:
    kept = [run for kind in (BENCH, ENGINES, FULL) if (run := report.read(kind))]
    assert kept
    assert [targets.failures(run.figures) for run in kept] == [0] * len(kept)


def test_the_chart_is_that_of_the_last_run() -> None:
    run = report.read(BENCH)
    assert run is not None
    assert chart.FILE.read_text() == chart.drawn(run.figures)
    assert f"({chart.FILE.relative_to(readme.README.parent)})" in SECTION


def test_the_chart_is_well_formed_and_has_a_bar_for_every_server_and_job() -> None:
    root = ET.fromstring(chart.drawn(figures()))
    bars = [each for each in root.iter("{http://www.w3.org/2000/svg}rect") if each.get("height") == str(chart.BAR)]
    assert len(bars) == len(chart.SERVERS) * len(chart.JOBS)
    assert {bar.get("width") for bar in bars} == {f"{chart.WIDTH - chart.LEFT - chart.RIGHT:.1f}"}


def test_what_is_written_is_read_again_and_leaves_the_other_kind_alone(tmp_path: Path) -> None:
    file, run = tmp_path / "figures.json", run_of(figures())
    report.write(FULL, run, file)
    report.write(BENCH, replace(run, date="2026-02-02"), file)
    assert report.read(FULL, file) == run
    assert report.read(BENCH, file) == replace(run, date="2026-02-02")
    ratios = json.loads(file.read_text())[BENCH]["ratios"]
    assert [each["holds"] for each in ratios] == [each.holds for each in run.ratios]


def test_without_a_run_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert list(report.speed(tmp_path / "figures.json")) == []


def test_a_goal_that_is_not_reached_stands_out_in_the_readme(tmp_path: Path) -> None:
    report.write(BENCH, run_of(figures(ours=1.0)), tmp_path / "figures.json")
    assert "| `payments/show` to the floor | at least 0.65 | 0.01 | **no** |" in list(report.speed(tmp_path / "figures.json"))


def test_the_engines_stand_beside_one_another_with_their_goals(tmp_path: Path) -> None:
    rates = {engines.FILE: 1000.0, engines.ALONE: 700.0, engines.SERVER: 300.0}
    found = [replace(figure(name, PAY_INVOICE, rate), connections=64) for name, rate in rates.items()]
    run = Run("a machine", "2026-01-01", "3.11.0", found, list(targets.engines(found)))
    report.write(ENGINES, run, tmp_path / "figures.json")
    lines = list(report.speed(tmp_path / "figures.json"))
    assert "| `payments/pay_invoice`, 64 connections | a second | p50 ms | p99 ms |" in lines
    assert f"| {engines.SERVER} | 300 | 1.0 | 2.0 |" in lines
    assert "| `payments/pay_invoice` on PostgreSQL to SQLite with a commit for each | at least 0.5 | 0.43 | **no** |" in lines


# --- the goals ---


def test_ratios_are_of_calls_a_second() -> None:
    found = figures(floor=1000.0, orm=100.0, ours=700.0)
    assert ratio(found, f"`{SHOW}` to the floor").measured == pytest.approx(0.7)
    assert ratio(found, f"`{CREATE}` to FastAPI").measured == pytest.approx(7)
    assert ratio(found, "batch").measured == pytest.approx(100)


def test_a_ratio_is_of_what_was_measured_in_the_same_round() -> None:
    one, other = figure(OURS, SHOW, 1.0), figure(OURS, SHOW, 1.0)
    # The machine was three times as fast in two of the rounds, and one server came last there.
    one, other = replace(one, rates=(200.0, 600.0, 600.0)), replace(other, rates=(100.0, 100.0, 300.0))
    assert (one.a_second, other.a_second) == (600, 100)
    assert one.times(other) == 2
    assert replace(one, rates=(200.0, 600.0)).times(replace(other, rates=(100.0, 0.0))) == 2, "nothing is divided by nothing"


@pytest.mark.parametrize(
    ("bound", "measured", "holds"), [(AT_LEAST, 2.0, True), (AT_LEAST, 1.9, False), (AT_MOST, 2.0, True), (AT_MOST, 2.1, False)]
)
def test_a_goal_is_reached_up_to_its_bound(bound: str, measured: float, holds: bool) -> None:
    assert Ratio("x", bound, 2.0, measured).holds is holds


def test_one_failed_call_misses_a_goal() -> None:
    found = figures()
    assert ratio(found, "failed").holds
    assert not ratio([replace(found[0], failures=1), *found[1:]], "failed").holds


def test_a_call_costs_what_grew_more_of_time_and_processor_time() -> None:
    small = [replace(each, server=BOOK_BY_BOOK) for each in figures() if each.server == OURS]
    large = [replace(each, payments=LARGE, rates=tuple(rate / 1.1 for rate in each.rates), cpu=each.cpu * 1.2) for each in small]
    beside_others = [replace(each, payments=LARGE, cpu=each.cpu * 9) for each in figures()]
    grown = {each.what: each for each in targets.grown([*figures(), *beside_others, *small, *large])}
    assert grown[f"`{PAY_INVOICE}` with 1,000,000 payments to 10,000"].measured == pytest.approx(1.2)
    assert grown["MB of memory after the run with 1,000,000 payments"].measured == 60


def test_two_workers_may_lose_nothing() -> None:
    assert all(each.holds for each in targets.shared(Workers(calls=9, failed=0, lost=0, discrepancies=0)))
    assert not any(each.holds for each in targets.shared(Workers(calls=9, failed=1, lost=1, discrepancies=1)))


def test_what_a_part_costs_is_a_ratio_of_processor_time() -> None:
    (cost,) = [each for each in costs.COSTS if each.part == "events"]
    on, off = (replace(figure(name, cost.job, 100.0), cpu=cpu) for name, cpu in zip(cost.names, (0.6, 0.5), strict=True))
    assert [
        each.part for each in costs.COSTS if f"with {each.part} to" in " ".join(r.what for r in targets.ratios(figures()))
    ] == []
    found = ratio([*figures(), on, off], "with events to without")
    assert (found.bound, found.target) == (AT_MOST, 1.1)
    assert found.measured == pytest.approx(1.2)


def test_postgresql_is_held_against_sqlite() -> None:
    rates = {engines.FILE: 1000.0, engines.ALONE: 200.0, engines.SERVER: 300.0}
    to_sqlite, to_each_alone = targets.engines([figure(name, PAY_INVOICE, rate) for name, rate in rates.items()])
    assert to_sqlite.measured == pytest.approx(0.3)
    assert to_each_alone.measured == pytest.approx(1.5)
    assert to_sqlite.holds and to_each_alone.holds


def test_a_percentile_is_in_milliseconds() -> None:
    seconds = [place / 1000 for place in range(1, 101)]
    assert (percentile(seconds, 0.5), percentile(seconds, 0.99), percentile([], 0.5)) == (51.0, 100.0, 0.0)


# --- the benchmark itself ---


@contextmanager
def desks() -> Iterator[list[Desk]]:
    with ExitStack() as running:
        yield [Desk(running.enter_context(servers.started(name, TINY, lambda _words: None))) for name in NAMES]


def test_every_server_does_every_job() -> None:
    told, failed = set[tuple[str, str]](), list[str]()
    plan = Plan(connections=2, seconds=0.05, rounds=1, warm_up=0)
    with desks() as found:
        made = measuring.measured(found, plan, lambda *turn: told.add(turn), failed.append)
        refused = loaded(iter([b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"]), port=found[0].target.port, connections=1, seconds=1)
    assert failed == []
    assert told == {(each.server, each.job) for each in made} == {(name, job) for name in NAMES for job in jobs_of(name)}
    assert {each.job for each in made if each.server == OURS} == set(JOBS) - {"bare answer"}
    assert all(each.a_second > 0 and each.p99 >= each.p50 > 0 and 0 < each.megabytes <= each.peak for each in made)
    assert len(targets.ratios([replace(each, connections=connections_for(each.job, 16)) for each in made])) == 11
    assert (refused.failures, refused.first_words[:12]) == (1, "HTTP/1.1 404")


def test_slow_answers_are_counted_over_all_the_time_that_they_take() -> None:
    def slow(_message: Message) -> int:
        time.sleep(0.4)
        return 200

    with receiving(Receiver(slow)) as receiver:
        asked = repeat(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        found = loaded(asked, port=receiver.port, connections=2, seconds=0.6)
    # Each connection has one answer in time and one after it.
    assert len(found.seconds) == 4
    assert found.a_second == pytest.approx(2 / 0.4, rel=0.2)


def test_a_part_is_measured_beside_the_same_server_without_it() -> None:
    told, failed = list[str](), list[str]()
    plan = Plan(connections=2, seconds=0.05, rounds=2, warm_up=0)
    found = costs.measured(TINY, lambda server, _job: told.append(server), failed.append, plan=plan)
    assert failed == []
    assert [(each.server, each.job) for each in found] == [(name, cost.job) for cost in costs.COSTS for name in cost.names]
    assert len(told) == costs.turns(plan=plan)
    assert all(each.cpu > 0 and each.a_second > 0 for each in found)
    for cost in costs.COSTS:
        on, off = cost.names
        assert [name for name in told if name in cost.names] == [on, off, off, on]


def test_engines_are_measured_beside_one_another() -> None:
    failed = list[str]()
    plan = Plan(connections=2, seconds=0.1, rounds=1, warm_up=0)
    found = engines.measured(TINY, lambda _server, _job: None, failed.append, plan)
    assert failed == []
    assert [(each.server, each.job) for each in found] == [
        (name, PAY_INVOICE) for name in (engines.FILE, engines.ALONE, engines.SERVER)
    ]
    assert all(each.a_second > 0 for each in found)
    assert [each.target for each in targets.engines(found)] == [0.2, 0.5]


def test_two_workers_lose_nothing() -> None:
    failed = list[str]()
    came = sharing.two_workers(TINY, 0.1, lambda _server, _job: None, failed.append)
    assert failed == []
    assert came.calls > 0
    assert replace(came, calls=0) == Workers(0, 0, 0, 0)
