"""Chains of requests at all four doors, made up by hypothesis: right ones with wrong places, by every role, each able to name what
the ones before it have made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from methods import METHODS
from tests.hostile.wire import Caller, statuses
from tests.live import Live

LONGEST = 6
CLOSE = "Connection: close"
KNOWN = "{known}"
"""Where a request names a record: one of those that are known by then."""
ROLES = ("admin", "admin", "clerk", "clerk", "auditor", "owner", None)
LEFT_OUT = ("login", "logout", "authentication", "users")
"""Methods by which a chain would end the tokens of the others, or wait for a password to be hashed."""
ODD_TEXTS = ("", "0", "-1", "1e999999", "2024-02-30", "null", "\ud800", "\x00", "٣", "{", "[", "a" * 300, "id=9", "http://[", "..")
VALUES = st.sampled_from([*ODD_TEXTS, KNOWN, "1", "2024-01-01", "-amount", "true", f"number={KNOWN}"]) | st.text(max_size=20)
JSON, JSON_API = "application/json", "application/vnd.api+json"
MEDIA = st.sampled_from([JSON] * 4 + [JSON_API] * 4 + ["application/x-www-form-urlencoded", "text/plain", ""])
HEADERS = st.dictionaries(
    st.sampled_from(["Accept-Language", "Idempotency-Key", "X-Request-Id", "X-HTTP-Method-Override", "X-Forwarded-For", "Range"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    max_size=2,
)

Json = Any


@dataclass(frozen=True)
class Resource:
    """A path of a door with the members that its bodies have, the parameters of its queries, and a good body."""

    path: str
    body: Mapping[str, Json] = field(default_factory=dict)
    query: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ("GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Asked:
    """One request, in which KNOWN stands for the record at `place` among the known ones."""

    verb: str
    path: str
    query: list[tuple[str, str]]
    body: bytes
    headers: dict[str, str]
    role: str | None
    place: int


def odd() -> st.SearchStrategy[Json]:
    """Any JSON value, some of them more likely than chance has them."""
    plain = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from([*ODD_TEXTS, KNOWN, 10**400, 2**63, -0.0, 1e308]),
    )
    return st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3))


def bodies(good: Mapping[str, Json]) -> st.SearchStrategy[bytes]:
    """A good body, some of whose members are left out, odd, or more; or something else."""

    def changed(drawn: tuple[set[str], dict[str, Json]]) -> bytes:
        gone, wrong = drawn
        return json.dumps({name: value for name, value in good.items() if name not in gone} | wrong).encode()

    names = st.sampled_from([*good, "nonsense"])
    some = st.sets(names, max_size=2), st.dictionaries(names | st.text(max_size=8), odd(), max_size=2)
    whole = st.just(json.dumps(good).encode())
    return st.one_of(whole, whole, st.tuples(*some).map(changed), odd().map(_bytes), st.binary(max_size=200))


def doors(live: Live) -> tuple[list[Resource], ...]:
    """What there is at each of the four doors of a server over a demo."""
    natives = [
        Resource(prefix + path, method.example, tuple(method.params.model_fields), ("POST", "POST", "POST", "GET"))
        for path, method in METHODS.items()
        if not path.startswith(LEFT_OUT)
        for prefix in ("/", "/crmapi/rest/v2/")
    ]
    profile = next(each["id"] for each in live.demo["profiles"] if each["active"]).lower()
    return natives, _waldur(profile), _qbench(), _productive(live.demo["invoices"][0]["pk"])


def _waldur(profile: str) -> list[Resource]:
    link = f"/api/payment-profiles/{profile}/"
    payment = {"profile": link, "date_of_payment": "2024-03-09", "sum": "12.50"}
    lists = ("page", "page_size", "o", "field", "profile", "profile_uuid", "date_of_payment", "organization", "is_active", "state")
    named = {"name": "As agreed", "organization": KNOWN, "payment_type": "fixed_price", "attributes": {}, "is_active": True}
    return [
        Resource("/api/payments/", payment, lists),
        Resource(f"/api/payments/{KNOWN}/", payment),
        Resource(f"/api/payments/{KNOWN}/link_to_invoice/", {"invoice": f"/api/invoices/{KNOWN}/"}, verbs=("POST",)),
        Resource(f"/api/payments/{KNOWN}/unlink_from_invoice/", verbs=("POST",)),
        Resource("/api/payment-profiles/", named, lists),
        Resource(f"/api/payment-profiles/{KNOWN}/", named),
        Resource(f"/api/payment-profiles/{KNOWN}/enable/", verbs=("POST",)),
        Resource("/api/invoices/", {}, lists),
        Resource(f"/api/invoices/{KNOWN}/paid/", {"date": "2024-03-09"}, verbs=("POST",)),
        Resource("/api/customers/", {}, lists),
        Resource(f"/api/customers/{KNOWN}/"),
        Resource("/api/users/me/"),
        Resource(f"/api/{KNOWN}"),
    ]


def _qbench() -> list[Resource]:
    payment = {"customer_id": 9, "payment_date": "01/31/2024", "payment_type_id": 1, "amount": 12.5}
    lists = ("page_num", "page_size", "sort_by", "sort_order", "customer_id", "invoice_id", "payment_type", "name")
    api = "/qbench/api/v1"
    return [
        Resource(f"{api}/payment", payment, lists),
        Resource(f"{api}/payment/{KNOWN}", payment),
        Resource(f"{api}/payment/{KNOWN}/apply", {"invoice_payments": [{"invoice_id": 2, "applied_amount": 1.5}]}),
        Resource(f"{api}/payment/{KNOWN}/invoice/{KNOWN}", {"applied_amount": 1.5}),
        Resource(f"{api}/customer", {"customer_name": "Ada"}, lists),
        Resource(f"{api}/customer/{KNOWN}", {"customer_name": "Ada"}),
        Resource(f"{api}/invoice", {}, lists),
        Resource(f"{api}/invoice/{KNOWN}"),
        Resource("/qbench/oauth2/v1/token", {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}),
        Resource(f"/qbench/{KNOWN}"),
    ]


def _productive(invoice: int) -> list[Resource]:
    linkage = {"invoice": {"data": {"type": "invoices", "id": str(invoice)}}}
    attributes = {"amount": 1250, "paid_on": "2024-04-30", "note": "x"}
    document = {"data": {"type": "payments", "attributes": attributes, "relationships": linkage}}
    filters = ("filter[amount]", "filter[invoice_id][eq]", "filter[0][date][gt]", "filter[$op]", "filter", "filter[x][y][z]")
    lists = (*filters, "sort", "include", "fields[payments]", "fields", "page[number]", "page[size]", "page")
    return [
        Resource("/api/v2/payments", document, lists),
        Resource(f"/api/v2/payments/{KNOWN}", document, lists),
        Resource(f"/api/v2/{KNOWN}", document),
    ]


def chains(live: Live) -> st.SearchStrategy[list[Asked]]:
    """Some requests, one after the other, each at any door."""
    by_door = [[_requests(resource) for resource in resources] for resources in doors(live)]
    # By number, for hypothesis writes out what it samples from.
    some = st.one_of([st.integers(0, len(requests) - 1).flatmap(requests.__getitem__) for requests in by_door])
    return st.lists(some, min_size=1, max_size=LONGEST)


def _requests(resource: Resource) -> st.SearchStrategy[Asked]:
    names = st.sampled_from([*resource.query, "nonsense"]) | st.text(max_size=8)
    return st.builds(
        Asked,
        verb=st.sampled_from(resource.verbs),
        path=st.just(resource.path),
        query=st.lists(st.tuples(names, VALUES), max_size=3),
        body=bodies(resource.body),
        headers=st.tuples(MEDIA, HEADERS).map(lambda drawn: {"Content-Type": drawn[0], **drawn[1]}),
        role=st.sampled_from(ROLES),
        place=st.integers(0, 1_000),
    )


@dataclass
class Asker:
    """Asks, remembers what there is, and counts the answers by status."""

    live: Live
    known: list[str] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        records = (each for kind in ("invoices", "accounts", "profiles") for each in self.live.demo[kind])
        self.known += [str(each[name]).lower() for each in records for name in ("pk", "id") if name in each][:100]

    def ask(self, asked: Asked) -> None:
        """Ask; whatever it is, the answer is no fault of the server's, and is what it says it is."""
        record = self.known[asked.place % len(self.known)]
        query = "&".join(f"{quote(name, errors='replace')}={_spelled(value, record)}" for name, value in asked.query)
        target = f"{quote(asked.path.replace(KNOWN, record))}?{query}"
        body = asked.body.replace(KNOWN.encode(), record.encode())
        lines = [f"{name}: {value}" for name, value in (asked.headers | self._authority(asked.role)).items()]
        head = "\r\n".join(
            [f"{asked.verb} {target} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}", *lines]
        )
        with Caller(self.live.url) as caller:
            caller.send(head.encode() + b"\r\n\r\n" + body)
            said = caller.read()
        (status,) = statuses(said) or [0]
        self.answers[status] = self.answers.get(status, 0) + 1
        assert 200 <= status < 500, said[:2_000]
        self._remember(said)

    def _authority(self, role: str | None) -> dict[str, str]:
        if role is None:
            return {}
        key = self.live.demo["keys"][role]
        return {
            "Authorization": f"Bearer {key}",
            "X-Auth-Token": key,
            "X-Organization-Id": str(self.live.demo["organisation"]["pk"]),
        }

    def _remember(self, said: bytes) -> None:
        head, _, body = said.partition(b"\r\n\r\n")
        if b"json" not in head.lower() or b"transfer-encoding" in head.lower() or not body:
            return
        told = json.loads(body)
        data = told.get("data", told) if isinstance(told, dict) else told
        if isinstance(data, dict):
            self.known += [str(data[name]) for name in ("id", "uuid") if data.get(name)]


def ask_anything(live: Live, examples: int, deterministic: bool = False) -> dict[int, int]:
    """Ask so many chains; the answers by status. A chain that a fault comes of is made as short as it can be, and told."""
    asker = Asker(live)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    patience = settings(
        max_examples=examples, deadline=None, suppress_health_check=checks, database=None, derandomize=deterministic
    )

    @patience
    @given(chain=chains(live))
    def ask(chain: list[Asked]) -> None:
        for each in chain:
            asker.ask(each)

    ask()
    return asker.answers


def _spelled(value: str, record: str) -> str:
    return quote(value.replace(KNOWN, record), safe="", errors="replace")


def _bytes(value: Json) -> bytes:
    return json.dumps(value).encode()
