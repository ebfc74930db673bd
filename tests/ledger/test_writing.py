"""The queue of those who wait to write, and the thread that takes them in batches."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Barrier, Event, Thread

import pytest

from ledger import writing
from ledger.entry import Entry
from ledger.writing import Job, Outcome, Writer, tell
from tests.books import PATIENCE_SECONDS, SETUP


def job(told: Callable[[Outcome], None] | None = None) -> Job:
    def nothing(_entry: Entry) -> None:
        return None

    return Job(SETUP, nothing, told or (lambda outcome: None))


class Commits:
    """A writer whose commits wait until they are let go; `batches` are the jobs that they got."""

    def __init__(self, largest: int = 4, linger: float = 0.0) -> None:
        self.batches: list[list[Job]] = []
        self.begun: SimpleQueue[None] = SimpleQueue()
        self.go_on = Event()
        self.writer = Writer(self._commit, largest=largest, linger=linger)

    def _commit(self, jobs: list[Job]) -> None:
        self.batches.append(jobs)
        self.begun.put(None)
        assert self.go_on.wait(PATIENCE_SECONDS)
        for each in jobs:
            if each.claimed():
                tell([(each, Outcome())])

    def put(self, *jobs: Job) -> None:
        self.writer.put(jobs)

    def finish(self) -> None:
        self.go_on.set()
        self.writer.finish(PATIENCE_SECONDS)


@pytest.fixture
def commits() -> Iterator[Commits]:
    made = Commits()
    yield made
    made.finish()


def writers() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "writer"]


def test_a_job_is_had_by_one_of_all_who_ask() -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(200):
            wanted = job()
            assert sum(pool.map(lambda _, each=wanted: each.claimed(), range(8))) == 1


def test_jobs_that_wait_are_taken_together_in_their_order_and_no_more_than_allowed(commits: Commits) -> None:
    jobs = [job() for _ in range(10)]
    commits.put(jobs[0])
    commits.begun.get(timeout=PATIENCE_SECONDS)
    commits.put(*jobs[1:])
    assert commits.writer.waiting == 9
    commits.finish()
    assert commits.batches == [jobs[:1], jobs[1:5], jobs[5:9], jobs[9:]]


def test_a_batch_of_one_is_allowed() -> None:
    commits, jobs = Commits(largest=1, linger=PATIENCE_SECONDS), [job() for _ in range(3)]
    commits.put(*jobs)
    commits.finish()
    assert commits.batches == [[each] for each in jobs]


def test_nobody_waits_for_company_unless_told_to(commits: Commits) -> None:
    commits.put(job())
    commits.begun.get(timeout=PATIENCE_SECONDS)
    assert [len(batch) for batch in commits.batches] == [1]


def test_company_is_waited_for_no_longer_than_said() -> None:
    commits = Commits(linger=0.1)
    began = time.monotonic()
    first, second = job(), job()
    commits.put(first)
    time.sleep(0.02)
    commits.put(second)
    commits.begun.get(timeout=PATIENCE_SECONDS)
    assert time.monotonic() - began >= 0.1
    assert commits.batches == [[first, second]]
    commits.finish()


def test_a_full_batch_waits_for_nobody() -> None:
    commits, jobs = Commits(largest=2, linger=PATIENCE_SECONDS), [job() for _ in range(2)]
    commits.put(*jobs)
    commits.begun.get(timeout=PATIENCE_SECONDS / 2)
    assert commits.batches == [jobs]
    commits.finish()


def test_a_writer_that_has_nothing_to_do_ends_and_another_takes_its_place(
    commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "IDLE_SECONDS", 0.01)
    commits.go_on.set()
    for _ in range(3):
        before = set(writers())
        commits.put(job())
        commits.begun.get(timeout=PATIENCE_SECONDS)
        for thread in set(writers()) - before:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
    assert len(commits.batches) == 3


def test_none_of_many_jobs_is_lost_while_writers_come_and_go(commits: Commits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "IDLE_SECONDS", 0.0)
    commits.go_on.set()
    told: SimpleQueue[Outcome] = SimpleQueue()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: commits.put(job(told.put)), range(2000)))
    for _ in range(2000):
        told.get(timeout=PATIENCE_SECONDS)


def test_finishing_waits_for_the_jobs_that_were_put_and_ends_the_thread(commits: Commits) -> None:
    jobs = [job() for _ in range(6)]
    commits.put(*jobs)
    (thread,) = commits.writer._threads
    commits.finish()
    assert not thread.is_alive()
    assert not any(each.claimed() for each in jobs)
    commits.put(job())
    commits.finish()
    assert sum(map(len, commits.batches)) == 7


def test_finishing_waits_no_longer_than_said(commits: Commits) -> None:
    commits.put(job())
    commits.begun.get(timeout=PATIENCE_SECONDS)
    commits.writer.finish(0.01)
    assert len(commits.writer._threads) == 1


def test_finishing_without_a_thread_is_nothing(commits: Commits) -> None:
    commits.writer.finish(PATIENCE_SECONDS)


def test_several_threads_do_one_job_each_at_the_same_time_and_all_end() -> None:
    together = Barrier(3)

    def commit(jobs: list[Job]) -> None:
        together.wait(PATIENCE_SECONDS)
        (only,) = jobs
        tell([(only, Outcome())])

    writer = Writer(commit, largest=9, linger=0.0, threads=3)
    told: SimpleQueue[Outcome] = SimpleQueue()
    writer.put([job(told.put) for _ in range(3)])
    for _ in range(3):
        told.get(timeout=PATIENCE_SECONDS)
    threads = list(writer._threads)
    started = time.monotonic()
    writer.finish(PATIENCE_SECONDS)
    assert len(threads) == 3 and not any(thread.is_alive() for thread in threads)
    assert time.monotonic() - started < writing.IDLE_SECONDS


def test_whoever_cannot_be_told_keeps_nobody_from_being_told(commits: Commits, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Outcome] = []

    def deaf(_outcome: Outcome) -> None:
        raise ZeroDivisionError

    commits.put(job(deaf), job(told.append))
    with caplog.at_level(logging.ERROR):
        commits.finish()
    assert told == [Outcome()]
    assert [record.getMessage() for record in caplog.records] == ["a caller could not be told of its write"]


def test_without_a_thread_to_be_had_the_job_stays_and_a_later_one_starts_it(
    commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    first, second = job(), job()
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            commits.put(first)
    commits.put(second)
    commits.finish()
    assert [each for batch in commits.batches for each in batch] == [first, second]


def test_a_writer_that_is_gone_is_replaced(commits: Commits) -> None:
    gone = Thread(target=lambda: None)
    gone.start()
    gone.join()
    commits.writer._threads = [gone]
    commits.put(job())
    commits.finish()
    assert len(commits.batches) == 1
