"""Measuring: every job against every server, in turns, so that whatever else the machine does meets all of them alike."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from tests.benchmarks import load
from tests.benchmarks.jobs import BATCH, CREATE, JOBS, LOGIN, READS, Desk, jobs_of, worth
from tests.benchmarks.load import Outcome, percentile
from tests.benchmarks.servers import at_load_core

LOGINS = 4
"""So many connections log in at most: each login takes a core for a good while, and memory."""
LONG = (BATCH, LOGIN)
"""Of these one call takes as long as warming up."""
DIGITS = 4


@dataclass(frozen=True)
class Figure:
    """What one job came to at one server: calls a second in each round (payments, for a batch), milliseconds, megabytes.

    Memory is what the server held when all was done, and the most that it ever held.
    """

    server: str
    job: str
    connections: int
    payments: int
    rates: tuple[float, ...]
    p50: float
    p99: float
    cpu: float
    failures: int
    megabytes: float
    peak: float

    @property
    def a_second(self) -> float:
        """The rate of the median round."""
        return median(self.rates)

    def times(self, other: "Figure") -> float:
        """How many times the rate of another figure this one has, in the median round: what else the machine does meets both
        figures of a round alike."""
        return median(mine / its for mine, its in zip(self.rates, other.rates, strict=True) if its)

    def plain(self) -> dict[str, object]:
        """For JSON."""
        rates = [round(rate, DIGITS) for rate in self.rates]
        rounded = {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return rounded | {"rates": rates}


@dataclass(frozen=True)
class Plan:
    """How long each job runs in each round, and over how many connections.

    Writes run twice as long as reads: where callers wait for one another some wait long, and that is to be seen. Before it counts a
    job runs for `warm_up` seconds: while the others had their turns the machine has forgotten this server.
    """

    connections: int = 16
    seconds: float = 0.3
    rounds: int = 4
    warm_up: float = 0.15

    def lasts(self, job: str) -> float:
        """Seconds that a round of this job lasts."""
        return self.seconds * (1 if job in READS else 2)

    def turns(self, names: Iterable[str]) -> int:
        """How many times something is measured at servers of these names."""
        return self.rounds * sum(len(jobs_of(name)) for name in names)


Told = Callable[[str, str], None]
"""Told which server does which job now."""
Failed = Callable[[str], None]
"""Told of the first failure of a job."""


@dataclass
class Measurement:
    """What the rounds of one job at one server came to."""

    outcomes: list[Outcome] = field(default_factory=list)
    cpu: float = 0.0
    failures: int = 0

    def add(self, timed: tuple[Outcome, float], *, counted: bool) -> None:
        """Take a round in. Of what only warms up no more than the failures count."""
        outcome, cpu = timed
        self.failures += outcome.failures
        if counted:
            self.outcomes.append(outcome)
            self.cpu += cpu

    def figure(self, desk: Desk, job: str, plan: Plan) -> Figure:
        """All of it in one line."""
        seconds = sorted(second for outcome in self.outcomes for second in outcome.seconds)
        target = desk.target
        return Figure(
            server=target.name,
            job=job,
            connections=connections_for(job, plan.connections),
            payments=target.payments,
            rates=tuple(outcome.a_second * worth(job) if outcome.seconds else 0.0 for outcome in self.outcomes),
            p50=percentile(seconds, 0.5),
            p99=percentile(seconds, 0.99),
            cpu=self.cpu * 1000 / (len(seconds) * worth(job)) if seconds else 0.0,
            failures=self.failures,
            megabytes=target.megabytes("VmRSS"),
            peak=target.megabytes("VmHWM"),
        )


def measured(desks: Sequence[Desk], plan: Plan, tell: Told, failed: Failed, jobs: Sequence[str] = JOBS) -> list[Figure]:
    """Each of these jobs at every one of these servers; which server is first in one round is last in the next."""
    found = {(desk, job): Measurement() for job in jobs for desk in desks if job in jobs_of(desk.target.name)}
    with at_load_core():
        for number in range(plan.rounds):
            for job in jobs:
                for desk in [desk for desk in desks[:: -1 if number % 2 else 1] if (desk, job) in found]:
                    tell(desk.target.name, job)
                    if plan.warm_up and job not in LONG:
                        found[desk, job].add(timed(desk, job, plan, plan.warm_up, failed), counted=False)
                    found[desk, job].add(timed(desk, job, plan, plan.lasts(job), failed), counted=True)
    return [measurement.figure(*turn, plan) for turn, measurement in found.items()]


def connections_for(job: str, connections: int) -> int:
    """Over how many connections a job is measured where so many are asked for."""
    return min(connections, LOGINS) if job == LOGIN else connections


def timed(desk: Desk, job: str, plan: Plan, seconds: float, failed: Failed) -> tuple[Outcome, float]:
    """What came of it, and the seconds of processor time that it took the server."""
    keep = job == CREATE
    port, connections = desk.target.port, connections_for(job, plan.connections)
    before = desk.target.cpu_seconds()
    outcome = load.loaded(desk.requests(job), port=port, connections=connections, seconds=seconds, keep=keep)
    spent = desk.target.cpu_seconds() - before
    if keep:
        desk.keep(outcome.answers)
        outcome.answers = []
    if outcome.failures:
        failed(f"{desk.target.name} {job}: {outcome.failures} calls failed, the first with {outcome.first_words}")
    return outcome, spent
