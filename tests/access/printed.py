"""The table of rights as the README has it: a table for each door, rows with equal cells together."""

from collections.abc import Iterator, Mapping, Set

from rpcserver.dialects.waldur import JSON_SUFFIX
from rpcserver.dispatch import DROP_IN
from tests.access.rows import NATIVE, PAGES, RPC, UNDER_DROP_IN, Row
from tests.access.table import CALLERS, Cells, observed

HEADINGS = {
    NATIVE: f"The native door, and the same under `{DROP_IN}`, where a refusal is HTTP 200 and its code says it",
    "waldur": "Waldur's door",
    "qbench": "QBench's door",
    "productive": "Productive's door",
    PAGES: "Beside the doors",
}
Labels = Mapping[str, Cells]


def roles() -> Iterator[str]:
    """What every role may do at every door, as it was tried."""
    cells = observed().cells
    doors = dict.fromkeys(row.door for row in cells if row.door not in (UNDER_DROP_IN, PAGES))
    for place, door in enumerate((*doors, PAGES)):
        yield from ("",) if place else ()
        yield f"{HEADINGS.get(door, door)}:"
        yield ""
        yield from _table(labels({row: its for row, its in cells.items() if row.door == door}))


def _table(labelled: Labels) -> Iterator[str]:
    alike: dict[Cells, list[str]] = {}
    for label, cells in labelled.items():
        alike.setdefault(cells, []).append(f"`{label}`")
    for row in (("", *CALLERS), ("---",) * (len(CALLERS) + 1), *((", ".join(names), *cells) for cells, names in alike.items())):
        yield f"| {' | '.join(row)} |".replace("|  |", "| |")


def labels(cells: Mapping[Row, Cells]) -> Labels:
    """Cells by what was called: a method by its name, a resource by verb and path. What goes without saying is left out: a method
    called with another verb, a path in another spelling, OPTIONS wherever it is answered like anywhere else."""
    found: dict[str, Cells] = {}
    spelled = {(row.verb, row.path) for row in cells}
    for row, its in cells.items():
        if found.setdefault(_label(row, spelled), its) != its:
            found[f"{row.verb} {row.path}"] = its
    return found


def _label(row: Row, spelled: Set[tuple[str, str]]) -> str:
    if row.door in RPC:
        return row.method
    if row.verb == "OPTIONS":
        return row.verb
    path, suffix, _ = row.path.partition(JSON_SUFFIX)
    other = f"{path}/" if suffix else path.rstrip("/")
    return f"{row.verb} {other if (row.verb, other) in spelled else row.path}"
