"""What the figures are held against: each a ratio of two figures of one run, round by round, or a figure alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from tests.benchmarks.costs import COSTS
from tests.benchmarks.engines import ALONE, FILE, SERVER
from tests.benchmarks.jobs import BATCH, CREATE, DOORS, LIST, PAY_INVOICE, POST, SHOW
from tests.benchmarks.measuring import DIGITS, Figure, connections_for
from tests.benchmarks.servers import FLOOR, ORM, OURS

CONNECTIONS = 16
SMALL, LARGE = 10_000, 1_000_000
"""Payments in the book."""
PEER = "FastAPI + SQLAlchemy"
MEMORY_MB = 250
GROWN = 1.25
GROWING = (SHOW, LIST, CREATE, POST, PAY_INVOICE)
BOOK_BY_BOOK = f"{OURS}, book by book"
"""What the server is called where nobody but itself, over another book, has a turn between its turns."""
AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Ratio:
    """A goal, and what came of it."""

    what: str
    bound: str
    target: float
    measured: float

    @property
    def holds(self) -> bool:
        """Whether it is kept."""
        return self.measured >= self.target if self.bound == AT_LEAST else self.measured <= self.target

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self) | {"measured": round(self.measured, DIGITS), "holds": self.holds}


@dataclass(frozen=True)
class Workers:
    """What two workers came to with the load on the same cores: calls, those that failed, and what was lost on the way.

    `lost` are payments that were answered with OK and are not in the book, or are in it twice; `discrepancies` what `verify` found.
    """

    calls: int
    failed: int
    lost: int
    discrepancies: int


class Figures:
    """Figures to be asked for."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.all = figures

    def one(self, server: str, job: str, connections: int = CONNECTIONS, payments: int | None = None) -> Figure:
        """The figure of this server and job, with the smallest book where none is named."""
        found = [each for each in self.all if (each.server, each.job) == (server, job) and _fits(each, connections, payments)]
        return min(found, key=lambda each: each.payments)

    def over(self, job: str, server: str, other: str) -> float:
        """How many times as many calls a second one server does as another."""
        return self.one(server, job).times(self.one(other, job))


def _fits(figure: Figure, connections: int, payments: int | None) -> bool:
    return figure.connections == connections_for(figure.job, connections) and payments in (None, figure.payments)


def ratios(figures: Sequence[Figure]) -> list[Ratio]:
    """The goals that one run can speak of."""
    return [*_ratios(Figures(figures)), *costs(figures)]


def _ratios(found: Figures) -> Iterator[Ratio]:
    for job, other, name, least in (
        (SHOW, FLOOR, "the floor", 0.65),
        (SHOW, ORM, PEER, 5),
        (PAY_INVOICE, FLOOR, "the floor", 0.55),
        (PAY_INVOICE, ORM, PEER, 8),
        (CREATE, ORM, PEER, 8),
    ):
        yield Ratio(f"`{job}` to {name}", AT_LEAST, least, found.over(job, OURS, other))
    show, pay = found.one(OURS, SHOW), found.one(OURS, PAY_INVOICE)
    batched, single = found.one(OURS, BATCH), found.one(OURS, CREATE)
    yield Ratio("payments in a `batch` of 100 to single calls", AT_LEAST, 2, batched.times(single))
    for door in DOORS:
        yield Ratio(f"{door} to `{SHOW}`", AT_LEAST, 0.7, found.one(OURS, door).times(show))
    yield Ratio(f"p99 of `{PAY_INVOICE}` to its p50", AT_MOST, 6, pay.p99 / pay.p50)
    yield Ratio("failed calls", AT_MOST, 0, failures(found.all))


def costs(figures: Sequence[Figure]) -> Iterator[Ratio]:
    """What calls cost with a part of the product to what they cost without it, in processor time, as far as that was measured."""
    found, names = Figures(figures), {each.server for each in figures}
    for cost in COSTS:
        if names.issuperset(cost.names):
            on, off = (found.one(name, cost.job) for name in cost.names)
            yield Ratio(f"CPU of `{cost.job}` with {cost.part} to without", AT_MOST, cost.most, on.cpu / off.cpu)


def grown(figures: Sequence[Figure], small: int = SMALL, large: int = LARGE) -> Iterator[Ratio]:
    """What a call costs in a large book to what it costs in a small one: in time or in processor time, whichever grew more."""
    found = Figures(figures)
    for job in GROWING:
        few, many = (found.one(BOOK_BY_BOOK, job, payments=payments) for payments in (small, large))
        cost = max(few.times(many), many.cpu / few.cpu)
        yield Ratio(f"`{job}` with {large:,} payments to {small:,}", AT_MOST, GROWN, cost)
    held = max(each.megabytes for each in figures if each.server == OURS and each.payments == large)
    yield Ratio(f"MB of memory after the run with {large:,} payments", AT_MOST, MEMORY_MB, held)


def engines(figures: Sequence[Figure]) -> Iterator[Ratio]:
    """What a server on PostgreSQL does beside the same on SQLite."""
    found = {each.server: each for each in figures if each.server in (FILE, ALONE, SERVER)}
    yield Ratio(f"`{PAY_INVOICE}` on PostgreSQL to SQLite", AT_LEAST, 0.2, found[SERVER].times(found[FILE]))
    yield Ratio(f"`{PAY_INVOICE}` on PostgreSQL to SQLite with a commit for each", AT_LEAST, 0.5, found[SERVER].times(found[ALONE]))


def shared(workers: Workers) -> Iterator[Ratio]:
    """What two workers on the cores of the load have to come to."""
    yield Ratio("failed calls of two workers", AT_MOST, 0, workers.failed)
    yield Ratio("payments that two workers lost", AT_MOST, 0, workers.lost)
    yield Ratio("discrepancies in the book of two workers", AT_MOST, 0, workers.discrepancies)


def failures(figures: Iterable[Figure]) -> int:
    """How many calls failed."""
    return sum(each.failures for each in figures)
