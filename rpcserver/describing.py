"""What all generated documents say of a method: where it belongs, who may call it, its parameters and refusals as Markdown."""

from collections.abc import Iterable, Iterator

from ledger.rights import ROLES
from methods.method import Method, parameter_table
from methods.tables import Parameter
from rpcserver import faults

SESSION = "session"
_OF_A_SESSION = ("authentication",)


def resource(path: str) -> str:
    """What a method is about: the first word of its path; what stands alone is about the session."""
    first, slash, _ = path.partition("/")
    return first if slash and first not in _OF_A_SESSION else SESSION


def described(method: Method) -> str:
    """All about a method, for a page that shows nothing else of it."""
    return "\n\n".join([method.summary, callers(method), _parameters(method), _refusals(method)])


def callers(method: Method) -> str:
    """Who may call it."""
    if method.public:
        return "For everybody: it needs no token."
    roles = [role for role, rights in ROLES.items() if method.right in rights]
    return f"Needs the right `{method.right.value}`, which these roles have: {', '.join(roles)}."


def _parameters(method: Method) -> str:
    rows = list(_parameter_rows(parameter_table(method)))
    return _table(("Parameter", "Type", "", "Description"), rows) if rows else "It takes no parameters."


def _parameter_rows(table: Iterable[Parameter], prefix: str = "") -> Iterator[tuple[str, ...]]:
    for row in table:
        of = f": {', '.join(row.members)}" if row.members else ""
        yield f"`{prefix}{row.name}`", row.type + of, "mandatory" if row.mandatory else "optional", row.description
        yield from _parameter_rows(row.parts, f"{prefix}{row.name}[].")


def _refusals(method: Method) -> str:
    rows = [(f"`{refusal.code}`", str(faults.status_of(refusal)), refusal.meaning) for refusal in method.all_refusals]
    return _table(("Refusal", "HTTP", "When"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in (head, ("---",) * len(head), *rows))
    return "\n".join(f"| {line} |" for line in lines)
