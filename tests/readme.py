"""What of the README is made from the code: the tables between `<!-- name -->` and `<!-- end -->`. `make readme` renews them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from ledger.errors import REFUSALS, Refusal
from methods import METHODS
from methods.method import Method
from rpcserver import faults, paths
from rpcserver.describing import resource
from rpcserver.settings import Settings
from rpcserver.watching.measures import MEASURES
from tests.access import printed
from tests.benchmarks import profile, report
from tests.crash.report import crash
from tests.failover.report import failover, ha
from tests.hostile.report import hostile
from tests.simulation import report as simulation

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def current(text: str) -> str:
    """The text with every table as the code has it now. A block of an unknown name is a KeyError."""
    return BLOCK.sub(lambda found: "".join((found[1], "\n", *_ended(BLOCKS[found["name"]]()), "\n", found[3])), text)


def _ended(lines: Iterable[str]) -> Iterator[str]:
    return (f"{line}\n" for line in lines)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |".replace("  |", " |")


def methods() -> Iterator[str]:
    """A table for each resource, in the order of METHODS."""
    by_resource: dict[str, list[str]] = {}
    for path in METHODS:
        by_resource.setdefault(resource(path), []).append(path)
    for place, (name, its_paths) in enumerate(by_resource.items()):
        yield from ("", f"### {name}", "") if place else (f"### {name}", "")
        yield from _table(("method", "verbs", "what it does"), (_method(path) for path in its_paths))


def _method(path: str) -> tuple[str, ...]:
    method = METHODS[path]
    same = next(other for other, its in METHODS.items() if its is method)
    return f"`{path}`", _verbs(method), method.summary if same == path else f"The same as `{same}`."


def _verbs(method: Method) -> str:
    return ", ".join(verb for verb in paths.verbs(method).split(", ") if verb in ("GET", "POST"))


def refusals() -> Iterator[str]:
    """Every code with its HTTP status, at the canonical paths and under the drop-in prefix."""
    rows = ((f"`{each.code}`", *_statuses(each), each.meaning) for each in REFUSALS)
    return _table(("code", "HTTP", "drop-in", "meaning"), rows)


def _statuses(refusal: type[Refusal]) -> tuple[str, str]:
    return str(faults.status_of(refusal)), str(faults.status_of(refusal, drop_in=True))


def settings() -> Iterator[str]:
    """Every setting with its default."""
    rows = ((f"`{name.upper()}`", _default(field), field.description or "") for name, field in Settings.model_fields.items())
    return _table(("variable", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    return "none" if field.default in ((), None) else f"`{field.default}`"


def metrics() -> Iterator[str]:
    """Every metric with its labels."""
    rows = ((f"`{each.name}`", each.kind, ", ".join(each.labels), each.meaning) for each in MEASURES)
    return _table(("metric", "type", "labels", "meaning"), rows)


BLOCKS: Mapping[str, Callable[[], Iterator[str]]] = {
    "methods": methods,
    "roles": printed.roles,
    "refusals": refusals,
    "settings": settings,
    "metrics": metrics,
    "speed": report.speed,
    "profile": profile.told,
    "crash": crash,
    "failover": failover,
    "ha": ha,
    "hostile": hostile,
    "simulation": simulation.table,
}


if __name__ == "__main__":
    README.write_text(current(README.read_text()))
