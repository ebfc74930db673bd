"""What is told of a run of failovers: the README's tables, and the files of figures that they are made from."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.crash import report
from tests.crash.killing import Kill

FILE = Path(__file__).with_name("figures.json")
FILE_OF_THREE = Path(__file__).with_name("three.json")
OF_A_PAIR = ("the primary", "the primary, while the standby hung")
OF_THREE = ("the primary's node", "its standby's node")
"""What is killed in turn."""


def rows(names: Sequence[str], kills: Sequence[Kill]) -> Iterator[tuple[str, ...]]:
    """One for each of what was killed in turn."""
    for first, name in enumerate(names):
        if alike := kills[first :: len(names)]:
            yield report.row(name, alike)


def failover(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's table of a pair."""
    return report.told(report.read(file), "make failover", partial(rows, OF_A_PAIR))


def ha(file: Path = FILE_OF_THREE) -> Iterator[str]:
    """The lines of the README's table of three nodes."""
    return report.told(report.read(file), "make ha", partial(rows, OF_THREE))
