"""What the generated documents say alike of the API and of a method: where it belongs, who may call it, its tables as Markdown."""

from collections.abc import Iterable, Iterator

from ledger.rights import ROLES
from methods.method import Method, parameter_table
from methods.tables import Parameter
from rpcserver import faults

SESSION = "session"
_OF_A_SESSION = ("authentication",)

ABOUT = """\
A payments ledger behind an RPC API. Every method answers POST with a JSON object; those that only read answer GET too.

**Answers** are envelopes: `{"status": {"code", "message", "description"}, "data": ...}`. A success has the code `OK`.
A refusal has a stable code, `data: null`, and for parameters and identifiers `status.errors`, which lists all that is wrong.
An object is answered whole, with null where a member has no value, unless `fields_set` asks for less.

**Tokens.** `login` answers a token. It goes with every other call: in the header `Authorization: Bearer` (or `Token`) or
`X-Auth-Token`, as the member `token` of the body, or as the query parameter `token`. An API key is taken wherever a token is.

**Amounts** are exact decimals of at most 15 digits, numbers or strings on the way in and numbers on the way out. **Dates** are UTC.
**Identifiers** are objects with exactly one member.

**Drop-in paths.** The same methods answer under `/crmapi/rest/v2/`. There unknown members are ignored, and a call that is refused
for its token, rights, parameters, identifiers or state is answered with HTTP 200: its clients read `status.code` alone.
"""


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
