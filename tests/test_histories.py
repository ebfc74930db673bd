"""One idempotency key, one effect, one answer: over real HTTP, from many threads, with callers who go away, and a busy database."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from tests import live
from tests.histories import BATCH, BUSY, IN_PROGRESS, OK, REUSED, Callers, Event, Key, faults, keys

THREADS = 8
KEYS = 8
TIMES = 2
WAIT_SECONDS = 10.0
SHORT_WAIT_SECONDS = 0.05
AT_ONCE, ROUNDS = 4, 8
"""So many names of keys are used at a time, and so many times at most."""
CALLERS = ("clerk", "admin")


def settled(callers: Callers, wanted: list[Key], events: list[Event]) -> list[Event]:
    """All events, with those of one more request for each key; whatever was sent before is over by then."""
    first = callers.settled(wanted)
    sleep(1)
    return [*events, *first, *callers.settled(wanted)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_one_key_has_one_effect_and_one_answer_whoever_sends_it_how_often(tmp_path: Path, workers: str) -> None:
    with live.serving(tmp_path, "--workers", workers, WRITE_WAIT=str(WAIT_SECONDS), LOG_LEVEL="error") as server:
        callers, wanted = Callers(server.url, server.demo), keys(0, KEYS, CALLERS)
        events = settled(callers, wanted, callers.run(wanted, threads=THREADS, times=TIMES))
        assert list(faults(events, callers.booked(), WAIT_SECONDS)) == []
        assert server.discrepancies() == []
    seen = Counter(event.outcome for event in events)
    assert seen[OK] > THREADS * KEYS and seen[REUSED] and seen[None]
    assert any(event.replayed for event in events)


def test_who_is_told_that_a_request_is_in_progress_has_waited_for_it(tmp_path: Path) -> None:
    with live.serving(tmp_path, WRITE_WAIT=str(SHORT_WAIT_SECONDS), LOG_LEVEL="error") as server:
        callers, wanted = Callers(server.url, server.demo), keys(1, AT_ONCE * ROUNDS, CALLERS, (BATCH, "native"))
        events: list[Event] = []
        sent: list[Key] = []
        # Who meets whom is chance: there are more of them until everybody has been met.
        while wanted and not {OK, IN_PROGRESS, BUSY} <= {event.outcome for event in events}:
            sent += (now := wanted[: AT_ONCE * len(CALLERS)])
            del wanted[: len(now)]
            events += callers.run(now, threads=THREADS, times=1)
        events = settled(callers, sent, events)
        assert list(faults(events, callers.booked(), SHORT_WAIT_SECONDS)) == []
        assert server.discrepancies() == []
    seen = Counter(event.outcome for event in events)
    assert seen[OK] and seen[IN_PROGRESS] and seen[BUSY], seen


# --- the checker itself ---

KEY = Key("k", "clerk", "native", ("1.00", "2.00"))
MANY = replace(KEY, worth=2)
FIRST = Event(KEY, "1.00", 0, 1, OK, False, b"{1}")
AGAIN = replace(FIRST, began=2, ended=3, replayed=True)
OTHER = Event(KEY, "2.00", 4, 5, REUSED)


def test_a_history_that_keeps_the_rules_has_no_fault() -> None:
    late = Event(KEY, "1.00", 0, 12, IN_PROGRESS)
    gone = Event(KEY, "1.00", 0, 1)
    assert list(faults([FIRST, AGAIN, OTHER, late, gone], ["1.00", "7.00"], 10)) == []
    assert list(faults([gone], [], 10)) == []
    assert list(faults([gone, AGAIN], ["1.00"], 10)) == []


@pytest.mark.parametrize(
    ("events", "booked", "said"),
    [
        ([FIRST], ["1.00", "1.00"], "there are 2 records"),
        ([Event(KEY, "1.00", 0, 1)], ["1.00", "2.00"], "there are 2 records"),
        ([replace(FIRST, key=MANY)], ["1.00"], "there are 1 records"),
        ([FIRST], [], "was acknowledged and is not in the book"),
        ([FIRST, replace(AGAIN, amount="2.00")], ["1.00"], "two different requests were done"),
        ([FIRST, replace(AGAIN, body=b"{2}")], ["1.00"], "2 different answers"),
        ([FIRST, replace(AGAIN, replayed=False)], ["1.00"], "do not say that they are given again"),
        ([replace(FIRST, began=8, ended=9), AGAIN], ["1.00"], "given again before the request was sent"),
        ([FIRST, replace(OTHER, amount="1.00")], ["1.00"], "was refused as another request"),
        ([OTHER], [], "was refused as another request"),
        ([FIRST, Event(KEY, "1.00", 0, 3, IN_PROGRESS)], ["1.00"], "before a wait of 10 ran out"),
        ([FIRST, Event(KEY, "1.00", 0, 3, BUSY)], ["1.00"], "before a wait of 10 ran out"),
        ([Event(KEY, "1.00", 0, 3, "500 oops")], [], "none of those that are allowed: 500 oops"),
    ],
)
def test_a_history_that_breaks_a_rule_is_told(events: list[Event], booked: list[str], said: str) -> None:
    assert any(said in fault for fault in faults(events, booked, 10))
