"""A short run of the simulation finds nothing; each of three planted bugs it finds; its stories can be kept, cut and told again."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger import payments
from ledger.allocation import Claim, shared_out
from ledger.book import Book
from ledger.entry import Answer, Entry
from ledger.errors import ServiceUnavailable
from ledger.idempotency import REPLAYED, Render, answered
from ledger.lifecycle import DRAFT
from ledger.storage.models import Payment
from tests.books import SETUP
from tests.engines import copied, url_of
from tests.simulation import __main__ as command
from tests.simulation import report, running, story
from tests.simulation.inventing import TROUBLES
from tests.simulation.report import Run
from tests.simulation.running import Result, acts_in
from tests.simulation.shrinking import shortest
from tests.simulation.spelling import SPELLINGS
from tests.simulation.story import Act, Moment, Story, Trouble, Wait
from tests.simulation.telling import told
from tests.simulation.world import opened

pytestmark = pytest.mark.sqlite

SEEDS = range(3)
STEPS = 250
PLANTED_SEEDS = range(8)
PLANTED_STEPS = 400
REFUSED = (
    "SERVICE_UNAVAILABLE",
    "IDEMPOTENCY_IN_PROGRESS",
    "IDEMPOTENCY_KEY_REUSED",
    "INVALID_LIFE_CYCLE_STATE",
    "ALREADY_SETTLED",
)
SHORT = 10
"""Requests that the shortest story of a planted bug may have."""


def test_the_server_does_what_the_model_says(furnished_template: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        result = running.run(seed, STEPS, furnished_template)
        assert result.finding is None, f"seed {seed}: {result.finding}\n{result.story and result.story.plain()}"
        assert result.steps == STEPS
        seen += result.seen
    done = {f"{door} {verb} OK" for door, its in SPELLINGS.items() for verb in its}
    assert done - set(seen) == set(), "what nobody does shows nothing"
    assert {*TROUBLES, *REFUSED, REPLAYED} - set(seen) == set()


# --- planted bugs ---


def found(template: Path) -> Result:
    """The first seed that finds something; that its story shows it again is looked at, too."""
    result = next(each for seed in PLANTED_SEEDS if (each := running.run(seed, PLANTED_STEPS, template)).finding)
    assert result.story is not None and result.finding is not None
    again = told(result.story, template)
    assert again is not None and again.kind == result.finding.kind
    return result


def verbs(result: Result) -> list[str]:
    """What is asked in the shortest story."""
    assert result.story is not None
    return [act.verb for step in result.story.steps if isinstance(step, Moment) for act in step.acts]


def test_an_allocation_that_is_off_by_one_minor_unit_is_found(furnished_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(available: int, claims: Iterable[Claim]) -> Iterator[Claim]:
        for claim in shared_out(available, claims):
            yield Claim(claim.key, claim.amount - 1) if claim.amount > 1 and claim.amount == available else claim

    monkeypatch.setattr("ledger.applying.shared_out", off_by_one)
    result = found(furnished_template)
    assert result.story is not None and acts_in(result.story) <= SHORT


def test_a_key_that_is_answered_without_its_write_is_found(furnished_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[object, ...], Answer] = {}

    def remembered(entry: Entry, operation: Callable[[Entry], Any], render: Render[Any]) -> Answer:
        call = entry.call
        name = entry.rows.db.database, call.actor, call.key, call.fingerprint
        if call.key is None or call.rehearsal or name not in kept:
            # The answer is noted beside the book, before the commit.
            kept[name] = answered(entry, operation, render)
            return kept[name]
        return kept[name]._replace(headers={**kept[name].headers, REPLAYED: "true"})

    monkeypatch.setattr("rpcserver.house.answered", remembered)
    result = found(furnished_template)
    assert result.story is not None and acts_in(result.story) <= SHORT
    assert any(isinstance(step, Moment) and step.trouble for step in result.story.steps)


def test_a_post_that_races_a_reject_is_found(furnished_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post = payments.post

    def changed(entry: Entry, record: Payment, state: str, values: Mapping[str, object]) -> Payment:
        entry.rows.change(Payment, {**values, **entry.update_stamp}, pk=record.pk)
        return entry.rows.get(Payment, record.pk)

    def posted(entry: Entry, payment: Payment) -> Payment:
        # What is committed, rather than what this commit has made of it by now, says whether it is a draft.
        with closing(sqlite3.connect(entry.rows.db.database)) as other:
            (row,) = other.execute("SELECT life_cycle_state FROM payment WHERE pk = ?", (payment.pk,)).fetchall() or [(None,)]
        if row == (DRAFT,):
            payment.life_cycle_state = DRAFT
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ledger.payments.changed", changed)
            return post(entry, payment)

    monkeypatch.setattr(payments, "post", posted)
    result = found(furnished_template)
    assert result.story is not None and acts_in(result.story) <= SHORT
    assert {"post", "reject"} <= set(verbs(result)) or verbs(result).count("post") > 1


# --- stories ---


def moment(*labels: int, trouble: Trouble | None = None) -> Moment:
    return Moment([Act("native", "show", {"payment": label}, label=label) for label in labels], 2, trouble)


def test_a_story_that_is_kept_can_be_read_again(tmp_path: Path) -> None:
    kept = Story(True, [moment(1, 2, trouble=Trouble("busy", 1, 2)), Wait(-3), story.Restart(), story.Purge(), moment(3)], 7)
    kept.write(tmp_path / "story.json")
    assert story.read(tmp_path / "story.json") == kept


def test_nothing_more_can_be_left_out_of_the_shortest_story() -> None:
    whole = Story(False, [moment(*range(place, place + 3), trouble=Trouble("fails")) for place in range(0, 60, 3)])

    def shows(tried: Story) -> bool:
        labels = [act.label for step in tried.steps if isinstance(step, Moment) for act in step.acts]
        return {7, 40, 41} <= set(labels)

    cut = shortest(whole, shows, 60)
    assert [[act.label for act in step.acts] for step in cut.steps if isinstance(step, Moment)] == [[7], [40, 41]]
    assert all(isinstance(step, Moment) and step.trouble is None and step.size == 1 for step in cut.steps)


def test_the_same_seed_tells_the_same_story(furnished_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tellings: list[list[story.Step]] = []
    lived = running._lived

    def noted(seed: int, steps: int, template: Path, done: list[story.Step], *rest: Any) -> Any:
        tellings.append(done)
        return lived(seed, steps, template, done, *rest)

    monkeypatch.setattr(running, "_lived", noted)
    results = [running.run(3, 60, furnished_template) for _ in range(2)]
    assert tellings[0] == tellings[1]
    assert results[0] == results[1]


def test_trouble_is_not_taken_by_a_server_that_another_test_keeps(furnished_template: Path, tmp_path: Path) -> None:
    other = Book(url_of(copied(furnished_template, tmp_path / "other.db")))
    with (
        opened(furnished_template, tmp_path, True) as world,
        ThreadPoolExecutor(1) as elsewhere,
        closing(other),
        world.mischief.ordered(Trouble(story.UNSURE_DONE), world.leave),
    ):
        elsewhere.submit(other.read, SETUP, lambda reading: reading.rows.one(Payment, pk=1)).result()
        assert not world.mischief.came
        with pytest.raises(ServiceUnavailable):
            world.book.read(SETUP, lambda reading: reading.rows.one(Payment, pk=1))
        assert world.mischief.came


# --- the command and its report ---


def test_the_command_tells_a_story_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Story(True, [moment(1), Wait(5)]).write(tmp_path / "story.json")
    with pytest.raises(SystemExit) as ended:
        command.main(file=tmp_path / "story.json")
    assert ended.value.code == 0
    assert capsys.readouterr().out == "Nothing is found.\n"


def test_the_command_prints_what_it_finds_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[Run] = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(report, "write", kept.append)
    monkeypatch.setattr("ledger.lifecycle.MOVES", {})
    with pytest.raises(SystemExit) as ended:
        command.main(seeds=2, first=4, steps=100)
    assert ended.value.code == 1
    (run,) = kept
    assert (run.seeds, len(run.findings)) == (2, 2)
    assert run.findings[0].startswith("seed 4: answer: ")
    printed = capsys.readouterr().out
    assert "Again: python -m tests.simulation --story" in printed
    assert "2 findings" in printed
    assert story.read(tmp_path / "simulation-4.json").seed == 4


def test_the_last_long_run_has_found_nothing() -> None:
    run = report.read()
    assert run is not None and run.steps >= running.EVERY
    assert list(run.findings) == []


def test_what_is_kept_of_a_run_is_told_in_the_readme(tmp_path: Path) -> None:
    run = Run("a machine", "2026-01-02", "3.11.0", 3, 30_000, 75_000, 1_810, ["seed 2: answer: oops"])
    report.write(run, tmp_path / "figures.json")
    assert report.read(tmp_path / "figures.json") == run
    lines = list(report.table(tmp_path / "figures.json"))
    assert lines[0] == "The last long run, on 2026-01-02 with Python 3.11.0 on a machine:"
    assert lines[-1] == "| 3 | 30,000 | 75,000 | 30 | 1 |"
    assert list(report.table(tmp_path / "nothing.json")) == []
