"""How each door spells what an act asks for: a request of HTTP, with the ids that its records have by now."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from tests.doors import DAY, DOORS
from tests.simulation.story import Act, Said

Body = dict[str, Any]
MEDIA = {door.word: door.media for door in DOORS}


class Row(NamedTuple):
    """What doors call a record: native id, row key."""

    id: str
    pk: int


class Ids(Protocol):
    """The records by kind and label; of a label that nothing goes by, one that is not there."""

    def row(self, kind: str, label: Any) -> Row: ...

    def account(self, name: str) -> Row: ...

    def profile(self, name: str) -> Row: ...


@dataclass(frozen=True)
class Request:
    """A request, without who asks. `text` tells one from another."""

    verb: str
    path: str
    body: Body | None = None

    @property
    def text(self) -> str:
        return f"{self.verb} {self.path} {json.dumps(self.body)}"

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


def spelled(act: Act, ids: Ids) -> Request:
    """The request of an act."""
    if act.verb == BATCH:
        calls = [_call(item, ids) for item in acts_of(act)]
        return Request("POST", "/batch", {"calls": calls, "atomic": act.said["atomic"]})
    return SPELLINGS[act.door][act.verb](act.said, ids)


def acts_of(batch: Act) -> list[Act]:
    """The acts that a batch holds, of whoever asks."""
    return [Act(**{**item, "by": batch.by}) for item in batch.said["calls"]]


def _call(act: Act, ids: Ids) -> Body:
    request = spelled(act, ids)
    keyed = {} if act.key is None else {"idempotency_key": act.key}
    return {"method": request.path[1:], "params": request.body, **keyed}


Spelling = Callable[[Said, Ids], Request]


# --- native ---


def _native(path: str, members: Callable[[Said, Ids], Body]) -> Spelling:
    def spell(said: Said, ids: Ids) -> Request:
        tried = {"validate_only": True} if said.get("tried") else {}
        return Request("POST", f"/{path}", {**members(said, ids), **tried})

    return spell


def _the(kind: str) -> Callable[[Said, Ids], Body]:
    """The record that the act is about."""
    return lambda said, ids: {f"{kind}_identifier": {"id": ids.row(kind, said[kind]).id}}


def _both(*parts: Callable[[Said, Ids], Body]) -> Callable[[Said, Ids], Body]:
    return lambda said, ids: {name: value for part in parts for name, value in part(said, ids).items()}


def _named(kind: str, labels: Any, ids: Ids, **more: object) -> list[Body]:
    return [{f"{kind}_identifier": {"id": ids.row(kind, label).id}, **more} for label in labels]


def _account(said: Said, _ids: Ids) -> Body:
    return {"accounts_receivable_identifier": {"name": said["account"]}} if said.get("account") else {}


def _amount(said: Said, _ids: Ids) -> Body:
    return {"payment_amount": said["amount"]} if said.get("amount") is not None else {}


def _of(type_: str) -> Callable[[Said, Ids], Body]:
    return lambda _said, _ids: {"type_identifier": {"name": type_}}


def _method(_said: Said, _ids: Ids) -> Body:
    return {"payment_method_identifier": {"name": "Cash"}}


def _state(said: Said, _ids: Ids) -> Body:
    return {"life_cycle_state": "POSTED" if said["posted"] else "DRAFT"}


def _code(said: Said, _ids: Ids) -> Body:
    return {"back_office_code": said["code"]} if said.get("code") else {}


def _to_pay(said: Said, ids: Ids) -> Body:
    return {f"{kind}s_to_pay_set": _named(kind, said[f"{kind}s"], ids) for kind in ("invoice", "bill") if said.get(f"{kind}s")}


def _edited(said: Said, ids: Ids) -> Body:
    if said.get("how") is None:
        return {}
    action = {} if said["how"] == "replace" else {"action": said["how"].upper()}
    return {f"{said['kind']}s_to_pay_set": _named(said["kind"], said["targets"], ids, **action)}


def _lines(said: Said, ids: Ids) -> Body:
    return {"invoices_set": [part for label, amount in said["lines"] for part in _named("invoice", [label], ids, amount=amount)]}


def _released(said: Said, ids: Ids) -> Body:
    return {} if said.get("invoice") is None else _the("invoice")(said, ids)


def _items(said: Said, _ids: Ids) -> Body:
    due = {"due_on": said["due"]} if said.get("due") else {}
    return {**due, "items": [{"description": "Work", "quantity": 1, "sub_total": said["amount"]}]}


PAYING = _both(_account, _of("Payment"), _method, _amount)
NATIVE: Mapping[str, Spelling] = {
    "invoice": _native("invoices/create", _both(_account, _of("Invoice"), _state, _items)),
    "post_invoice": _native("invoices/post", _the("invoice")),
    "reject_invoice": _native("invoices/reject", _the("invoice")),
    "cancel_invoice": _native("invoices/cancel", _both(_the("invoice"), _of("Invoice cancellation"))),
    "bill": _native(
        "bills/create", lambda said, ids: _account(said, ids) | {"invoices_set": _named("invoice", said["invoices"], ids)}
    ),
    "payment": _native("payments/create", _both(PAYING, _state, _code, _to_pay)),
    "post": _native("payments/post", _the("payment")),
    "reject": _native("payments/reject", _the("payment")),
    "cancel": _native("payments/cancel", _both(_the("payment"), _of("Payment cancellation"))),
    "update": _native("payments/update", _both(_the("payment"), _account, _amount, _edited)),
    "pay_invoice": _native("payments/pay_invoice", _both(PAYING, _the("invoice"))),
    "pay_bill": _native("payments/pay_bill", _both(PAYING, _the("bill"))),
    "apply": _native("payments/apply", _both(_the("payment"), _lines)),
    "release": _native("payments/release", _both(_the("payment"), _released)),
    "account": _native("accounts_receivable/update", lambda said, ids: _account(said, ids) | {"life_cycle_state": said["state"]}),
    "defaults": _native(
        "configuration/door_defaults/update",
        lambda said, _ids: {"door": said["of"], "payment_method_identifier": {"name": said["method"]}},
    ),
    "show": _native("payments/show", _the("payment")),
    "show_invoice": _native("invoices/show", _the("invoice")),
    "show_bill": _native("bills/show", _the("bill")),
    "show_account": _native("accounts_receivable/show", _account),
    "latest": _native("payments/get_latest", lambda said, ids: _account(said, ids) | {"number": said["number"]}),
}


# --- the doors that speak REST ---


def _link(kind: str, row: Row) -> str:
    return f"http://testserver/api/{kind}/{row.id.lower()}/"


def _waldur(verb: str, kind: str, action: str, body: Callable[[Said, Ids], Body] | None = None) -> Spelling:
    def spell(said: Said, ids: Ids) -> Request:
        path = f"/api/{kind}s/{ids.row(kind, said[kind]).id.lower()}/{action}"
        return Request(verb, path, body(said, ids) if body else None)

    return spell


def _waldur_changes(said: Said, ids: Ids) -> Body:
    profile = {"profile": _link("payment-profiles", ids.profile(said["account"]))} if said.get("account") else {}
    return {**profile, **({"sum": said["amount"]} if said.get("amount") is not None else {})}


WALDUR: Mapping[str, Spelling] = {
    "create": lambda said, ids: Request("POST", "/api/payments/", {**_waldur_changes(said, ids), "date_of_payment": DAY}),
    "edit": _waldur("PATCH", "payment", "", _waldur_changes),
    "delete": _waldur("DELETE", "payment", ""),
    "link": _waldur(
        "POST", "payment", "link_to_invoice/", lambda said, ids: {"invoice": _link("invoices", ids.row("invoice", said["invoice"]))}
    ),
    "unlink": _waldur("POST", "payment", "unlink_from_invoice/"),
    "paid": _waldur("POST", "invoice", "paid/", lambda said, ids: {"date": DAY}),
    "show": _waldur("GET", "payment", ""),
    "show_invoice": _waldur("GET", "invoice", ""),
}
QBENCH_PATH = "/qbench/api/v1"


def _qbench(verb: str, kind: str, body: Callable[[Said, Ids], Body] | None = None, of: bool = False) -> Spelling:
    """`of`: the path names a payment and an invoice that it is applied to."""

    def spell(said: Said, ids: Ids) -> Request:
        path = f"{QBENCH_PATH}/{kind}/{ids.row(kind, said[kind]).pk}"
        path += f"/invoice/{ids.row('invoice', said['invoice']).pk}" if of else ""
        return Request(verb, path, body(said, ids) if body else None)

    return spell


def _qbench_payment(said: Said, ids: Ids) -> Body:
    day = f"{DAY[5:7]}/{DAY[8:]}/{DAY[:4]}"
    return {
        "customer_id": ids.account(said["account"]).pk,
        "payment_date": day,
        "payment_type_id": 1,
        "amount": float(said["amount"]),
    }


def _qbench_apply(said: Said, ids: Ids) -> Request:
    rows = [{"invoice_id": ids.row("invoice", label).pk, "applied_amount": float(amount)} for label, amount in said["lines"]]
    path = f"{QBENCH_PATH}/payment/{ids.row('payment', said['payment']).pk}"
    if len(rows) > 1:
        return Request("POST", f"{path}/apply", {"invoice_payments": rows})
    return Request("POST", f"{path}/invoice/{rows[0]['invoice_id']}", {"applied_amount": rows[0]["applied_amount"]})


QBENCH: Mapping[str, Spelling] = {
    "create": lambda said, ids: Request("POST", f"{QBENCH_PATH}/payment", _qbench_payment(said, ids)),
    "edit": _qbench("PUT", "payment", _qbench_payment),
    "delete": _qbench("DELETE", "payment"),
    "apply": _qbench_apply,
    "release": _qbench("DELETE", "payment", of=True),
    "show": _qbench("GET", "payment"),
    "show_invoice": _qbench("GET", "invoice"),
}
PRODUCTIVE_PATH = "/api/v2/payments"


def _document(said: Said, ids: Ids, **more: object) -> Body:
    amount = {"amount": said["units"]} if said.get("units") is not None else {}
    data: Body = {"type": "payments", "attributes": {**amount, **said["dates"]}, **more}
    if said.get("invoice") is not None:
        linkage = {"type": "invoices", "id": str(ids.row("invoice", said["invoice"]).pk)}
        data["relationships"] = {"invoice": {"data": linkage}}
    return {"data": data}


def _productive(verb: str, changes: bool = False) -> Spelling:
    def spell(said: Said, ids: Ids) -> Request:
        pk = ids.row("payment", said["payment"]).pk
        return Request(verb, f"{PRODUCTIVE_PATH}/{pk}", _document(said, ids, id=str(pk)) if changes else None)

    return spell


PRODUCTIVE: Mapping[str, Spelling] = {
    "create": lambda said, ids: Request("POST", PRODUCTIVE_PATH, _document(said, ids)),
    "edit": _productive("PATCH", changes=True),
    "delete": _productive("DELETE"),
    "show": _productive("GET"),
}

SPELLINGS: Mapping[str, Mapping[str, Spelling]] = {"native": NATIVE, "waldur": WALDUR, "qbench": QBENCH, "productive": PRODUCTIVE}
BATCH = "batch"
READS = frozenset({"show", "show_invoice", "show_bill", "show_account", "latest"})


def headers(act: Act, token: str) -> dict[str, str]:
    """The headers of an act's request, with the token as its door wants it."""
    tokens = {
        "native": {"X-Auth-Token": token},
        "waldur": {"Authorization": f"Token {token}"},
        "qbench": {"Authorization": f"Bearer {token}"},
        "productive": {"X-Auth-Token": token, "X-Organization-Id": "1"},
    }
    keyed = {} if act.key is None else {"Idempotency-Key": act.key}
    return {"Content-Type": MEDIA[act.door], **tokens[act.door], **keyed}
