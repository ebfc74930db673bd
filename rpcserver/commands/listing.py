"""`rpcserver methods`: the API, printed from its table."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from methods import METHODS
from methods.method import Method, parameter_table
from methods.tables import Parameter
from rpcserver import faults, paths
from rpcserver.commands.opening import sentences


def methods(path: Annotated[str | None, typer.Argument(help="One method, with its parameters and refusals.")] = None) -> None:
    """Print the methods, or all about one of them."""
    if path is None:
        typer.echo("\n".join(_aligned((name, paths.verbs(method), method.summary) for name, method in METHODS.items())))
        return
    with sentences():
        method = paths.method_at(path.strip("/"))
    typer.echo("\n".join(_page(path.strip("/"), method)))


def _page(path: str, method: Method) -> Iterator[str]:
    yield f"/{path}   {paths.verbs(method)}   right: {'none' if method.public else method.right.value}"
    yield from ("", method.summary, "", "Parameters:")
    yield from _aligned(_rows(parameter_table(method)))
    yield from ("", "Refusals:")
    yield from _aligned((refusal.code, str(faults.status_of(refusal)), refusal.meaning) for refusal in method.all_refusals)


def _rows(table: Iterable[Parameter], indent: str = "  ") -> Iterator[tuple[str, ...]]:
    for row in table:
        members = f" ({' | '.join(row.members)})" if row.members else ""
        yield f"{indent}{row.name}", row.type + members, "mandatory" if row.mandatory else "optional", row.description
        yield from _rows(row.parts, indent + "  ")


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The rows as columns; the last one is as wide as it is."""
    found = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*found, strict=True)]
    for row in found:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        yield "  ".join([*cells, row[-1]]).rstrip()
