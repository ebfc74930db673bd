"""Callers over HTTP: many at the same time, until they are stopped; and what they have to ask again when all is well."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

import requests

from tests.crash.calls import Call, Register, Told, ask
from tests.crash.jobs import Jobs

CALLERS = 8
PAUSE_SECONDS = 0.05


@contextmanager
def loaded(urls: Sequence[str], jobs: Jobs, register: Register, callers: int = CALLERS) -> Iterator[None]:
    """Have callers, each over a connection of its own, write as fast as they are answered, while the block runs. Whoever gets no
    answer asks the next server, with the same key, until one comes."""
    stop = Event()

    def call_on(place: int) -> None:
        with requests.Session() as session:
            turns = count(place)
            while not stop.is_set():
                _insist(session, urls, turns, jobs, register, stop)

    with ThreadPoolExecutor(callers) as pool:
        calling = [pool.submit(call_on, place) for place in range(callers)]
        try:
            yield
        finally:
            stop.set()
    for each in calling:
        each.result()


def _insist(
    session: requests.Session, urls: Sequence[str], turns: "count[int]", jobs: Jobs, register: Register, stop: Event
) -> None:
    """One call, until it is answered or there is no time left."""
    call, turn = jobs.next(), next(turns)
    while True:
        told = tried(session, urls[turn % len(urls)], call, register)
        if told is not None:
            if told.is_done:
                jobs.follow(call, told)
            return
        if stop.wait(PAUSE_SECONDS):
            return
        turn = next(turns)


def tried(session: requests.Session, url: str, call: Call, register: Register) -> Told | None:
    """Send a call and note what came back; None if that does not say what became of it."""
    try:
        told = ask(session, url, call)
    except requests.RequestException:
        register.doubt(call)
        return None
    return told if register.note(call, told) else None


def settle(url: str, jobs: Jobs, register: Register, seconds: float) -> list[str]:
    """Ask again, with the same keys, what is in doubt, then once more, for which the same answer has to come. The calls that got
    another one then; a TimeoutError: some are in doubt still."""
    until = time.monotonic() + seconds
    changed = []
    with requests.Session() as session:
        for call in register.in_doubt:
            while (told := tried(session, url, call, register)) is None:
                if time.monotonic() > until:
                    raise TimeoutError(f"{len(register.in_doubt)} calls are in doubt still")
                time.sleep(PAUSE_SECONDS)
            if told.is_done:
                jobs.follow(call, told)
            again = ask(session, url, call)
            if told.is_done and (again.status, again.body, again.replayed) != (told.status, told.body, True):
                changed.append(f"{call}: {again.status} {again.body!r} the second time")
    return changed
