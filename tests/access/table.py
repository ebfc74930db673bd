"""The table of rights as a server keeps it: every cell is asked for over the app, with a key of each role, without any, and with
that of somebody who was disabled."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Set
from functools import cached_property, lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from identifiers import kinds
from identifiers.forms import lower
from identifiers.kinds import Kind
from ledger import users
from ledger.entry import Entry
from ledger.errors import EntityNotFound, InvalidToken, NotPermitted
from ledger.rights import OWNER, ROLES, Right
from methods import METHODS
from methods.method import parameter_table
from rpcserver.auth import key_digest, new_key
from rpcserver.dialects.productive.words import MEDIA_TYPE
from rpcserver.envelope import JSON
from tests import engines, native
from tests.access.houses import LOOKING, House, Houses, Record, houses
from tests.access.rows import PLACE, RPC, UNDER_DROP_IN, Row, rows
from tests.access.straight import Got
from tests.native import Native

YES, OWN, FORBIDDEN, UNKNOWN = "yes", "own", "403", "401"
NOBODY, DISABLED = "no token", "disabled"
CALLERS = (*ROLES, NOBODY, DISABLED)

Cells = tuple[str, ...]

GARBAGE: dict[str, Any] = {"fields_set": 5, "validate_only": 5, "payment_identifier": [], "nonsense": {}}
"""What no method takes: it is looked at when the right was granted, and not before."""
PLACES: Mapping[str, Mapping[str, Kind]] = {
    "waldur": {
        "payments": kinds.PAYMENT,
        "payment-profiles": kinds.PAYMENT_PROFILE,
        "invoices": kinds.INVOICE,
        "customers": kinds.CUSTOMER,
        "media": kinds.ATTACHMENT,
        "users": kinds.USER,
    },
    "qbench": {"payment": kinds.PAYMENT, "customer": kinds.ACCOUNT, "invoice": kinds.INVOICE},
    "productive": {"payments": kinds.PAYMENT},
}
"""What the collections of the REST doors hold."""
SPELLED: Mapping[str, Callable[[Record], str]] = {
    "waldur": lambda record: lower(record.id),
    "qbench": lambda record: str(record.pk),
    "productive": lambda record: str(record.pk),
}
"""How a path names a record."""
LISTED: Mapping[str, Callable[[Record], object]] = {**SPELLED, "qbench": lambda record: record.pk}
"""The id of a record in a list."""
NOWHERE = {"waldur": "0" * 32, "qbench": "987654321", "productive": "987654321"}
"""What names no record."""
MEDIA = {"productive": MEDIA_TYPE}
ORGANISATION = {"X-Organization-Id": "1"}
CODES = {InvalidToken.code: UNKNOWN, NotPermitted.code: FORBIDDEN}
COUNT, MOST = "number_of_results", 1_000
WHOLE = {"waldur": "page_size=300", "qbench": "page_size=50", "productive": "page[size]=200"}
"""The largest page."""


def declared(row: Row) -> Cells:
    """What the roles say of a row."""
    return tuple(_declared(row, caller) for caller in CALLERS)


def _declared(row: Row, caller: str) -> str:
    if row.right is None:
        return YES
    if caller not in ROLES:
        return UNKNOWN
    if row.right not in ROLES[caller]:
        return FORBIDDEN
    if row.reads_records and caller == OWNER:
        return OWN
    # Everybody is shown who they are; to see others is another right.
    return OWN if row.is_read and kinds.USER in named(row) and Right.PEOPLE_READ not in ROLES[caller] else YES


def named(row: Row) -> list[Kind]:
    """The kinds of records that a path names. A collection that is not known here is a KeyError."""
    return [] if row.door in RPC else [PLACES[row.door][collection] for collection, _ in PLACE.findall(row.path)]


class Observed(NamedTuple):
    """The cells of all rows, and the refused rights that stand in the audit log: by whom, at which door, of what."""

    cells: Mapping[Row, Cells]
    audited: Set[tuple[str, str, str]]


@lru_cache(maxsize=1)
def observed() -> Observed:
    """Every cell as a server answered it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "copy").mkdir()
        try:
            with houses(native.build(folder), folder / "copy") as furnished:
                found = Asking(furnished).observed()
                assert furnished.server.faults.seen == []
        finally:
            engines.dropped(folder)
    return found


class Asking:
    """Asks for every cell of the table. `secrets` are what callers bring: API keys unless said otherwise, which no call ends."""

    def __init__(self, world: Houses, secrets: Mapping[str, str] | None = None) -> None:
        self._world, self._server = world, world.server
        self.secrets = dict(secrets or {**world.server.made["keys"], DISABLED: disabled_key(world.server)})

    @cached_property
    def _people(self) -> Mapping[str, dict[str, str]]:
        """Who has which role."""
        headers = {role: {"X-Auth-Token": self.secrets[role]} for role in ROLES}
        return {role: self._world.straight.ask("GET", "/whoami", headers=its).json()["data"] for role, its in headers.items()}

    def observed(self) -> Observed:
        """All rows with their cells, and what was written down."""
        cells = {row: tuple(self._cells(row)) for row in rows(self._server.app)}
        roles = {person["username"]: role for role, person in self._people.items()}
        log = [line for line in self._server.done("audit/list") if line["outcome"] == NotPermitted.code]
        return Observed(cells, {(roles[line["actor"]], line["door"], line["method"]) for line in log})

    def _cells(self, row: Row) -> Iterator[str]:
        if not (row.is_read and named(row)) and not row.reads_records:
            yield from (self.judged(row, caller) for caller in CALLERS)
            return
        whole = self._shown(row, next(iter(ROLES)), self._world.own)
        for caller in CALLERS:
            own, other = (self._shown(row, caller, house) for house in (self._world.own, self._world.other))
            if isinstance(own, str):
                assert own == other
                yield own
                continue
            assert own or not whole, f"{row.path} does not show {caller} what is theirs"
            yield OWN if not other and (own or caller == OWNER) else YES

    def judged(self, row: Row, caller: str) -> str:
        """Whether a call that nobody could do comes as far as being looked at."""
        if row.door in RPC:
            return _passed(row, self.send(row, caller, row.path, "fields_set=nonsense", json.dumps(GARBAGE).encode())) or YES
        path = row.at(repeat(NOWHERE.get(row.door)))
        return _passed(row, self.send(row, caller, path, body=b"{}" if row.reads_body else b"")) or YES

    def _shown(self, row: Row, caller: str, house: House) -> str | bool:
        """Whether the caller is shown what is in a house, or else the refusal."""
        if row.door in RPC:
            return self._shown_by_method(row, caller, house)
        records = [self._record(kind, caller, house) for kind in named(row)]
        path = row.at(SPELLED[row.door](record) for record in records)
        answer = self.send(row, caller, path, "" if records else WHOLE[row.door])
        if refused := _passed(row, answer):
            return refused
        if records:
            assert answer.status in (200, 404), answer.text
            return answer.status == 200
        collection = row.path.strip("/").removesuffix(".json").rpartition("/")[2]
        return f'id":{json.dumps(LISTED[row.door](house[PLACES[row.door][collection]]))}' in answer.text

    def _shown_by_method(self, row: Row, caller: str, house: House) -> str | bool:
        body = self._world.body(row.method, house)
        if any(parameter.name == COUNT for parameter in parameter_table(METHODS[row.method])):
            body[COUNT] = MOST
        names = [name for name, value in body.items() if isinstance(value, dict)]
        query = {name: f"id={value['id']}" if name in names else value for name, value in body.items()}
        sent = {"query": urlencode(query)} if row.is_read else {"body": json.dumps(body).encode()}
        answer = self.send(row, caller, row.path, **sent)
        if refused := _passed(row, answer):
            return refused
        if names:
            assert answer.json()["status"]["code"] in ("OK", EntityNotFound.code), answer.text
            return bool(answer.json()["status"]["code"] == "OK")
        return any(record.id in answer.text for record in house.values())

    def _record(self, kind: Kind, caller: str, house: House) -> Record:
        if kind is kinds.USER and house is self._world.own and caller in self._people:
            return Record(0, {"id": self._people[caller]["id"]})
        return house[kind]

    def send(self, row: Row, caller: str, path: str, query: str = "", body: bytes | None = b"") -> Got:
        """What a caller is answered at a path of the row's door; a fault of the server is an error."""
        secret = self.secrets.get(caller)
        headers = {"Content-Type": MEDIA.get(row.door, JSON), **({"X-Auth-Token": secret} if secret else {})}
        answer = self._world.straight.ask(row.verb, path, query, body, headers | ORGANISATION)
        assert answer.status < 500, f"{row.verb} {path}: {answer.text}"
        return answer


def _passed(row: Row, answer: Got) -> str | None:
    """The refusal of a token or a right; under the drop-in prefix its code says it."""
    if row.door == UNDER_DROP_IN and answer.status == 200:
        return CODES.get(answer.json()["status"]["code"])
    return str(answer.status) if str(answer.status) in CODES.values() else None


def disabled_key(server: Native) -> str:
    """The key of an admin who was disabled."""
    key = new_key()

    def make(entry: Entry) -> None:
        user = users.create(entry, username="leaver", password_hash=None, role="admin", machine=True)
        users.create_key(entry, "leaver", user, key_digest(key))
        users.disable(entry, user)

    server.book.enter(LOOKING, make)
    return key
