"""What Waldur's published pages print of payments holds here: the commands, run by HTTPie, and the programs, run with its client.

Substitutions, and no others: the host, the token, and the id, which the pages use for every record; in the programs those of
`TODAY`. The table of members is the pages' too. What the client for JavaScript sends is said in a test of its own.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.abroad import Abroad, abroad, dashed
from tests.live import serving
from tests.printed import FOLDER

pytestmark = pytest.mark.one_engine

HOST, TOKEN, ID = "https://api.example.com", "YOUR_API_TOKEN", "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
OPERATIONS = ("list", "retrieve", "create", "unlink", "update", "partial_update", "destroy", "link")
TODAY = (
    ("payments_destroy.sync(", "payments_destroy.sync_detailed(", "nothing comes back, and so the client has no `sync` for it"),
    (
        'date_of_payment="2023-10-01"',
        'date_of_payment=__import__("datetime").date(2023, 10, 1)',
        "the client's model takes a date and calls its isoformat",
    ),
)
"""What the client of today does not understand as printed: the words, ours instead, why."""

URI, UUID, DATE = "https?://[^ ]+/", "[0-9a-f]{32}", r"\d{4}-\d\d-\d\d"
MEMBERS = {
    "uuid": UUID,
    "url": URI,
    "profile": URI,
    "date_of_payment": DATE,
    "sum": r"\d+\.\d\d\d?",
    "proof": URI,
    "invoice": URI,
    "invoice_uuid": UUID,
    "invoice_period": r"\d\d-\d{4}",
    "customer_uuid": UUID,
}
"""The table of a payment's members in its order, each with the form of its type."""
NULL = {"proof", "invoice", "invoice_period"}
"""Members that are null where a payment has no file and no invoice."""
FOREIGN = {"profile"}
"""What may be null besides in a list that holds payments of other doors: their accounts need no profile."""


@dataclass(frozen=True)
class Answered:
    """What a command printed of its answer."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with serving(tmp_path_factory.mktemp("served")) as live:
        yield abroad(live)


def with_ours(printed: str, there: Abroad, payment: str, invoice: str = "") -> str:
    """A printed example with our host, token and ids. A path says whose the id is; the programs' `uuid` is a payment's."""
    ours = {"payments": payment, "profile": there.profile, "invoice": invoice, "uuid": payment}
    text = re.sub(rf'(\w+)(/|="){ID}', lambda found: f"{found[1]}{found[2]}{dashed(ours[found[1]])}", printed)
    return text.replace(HOST, there.url).replace(TOKEN, there.token)


def run(there: Abroad, operation: str, folder: Path, payment: str, invoice: str = "") -> Answered:
    """Run a printed command as it is, in a shell. How HTTPie reports is said in its configuration."""
    command = with_ours((FOLDER / "waldur" / f"{operation}.sh").read_text(), there, payment, invoice)
    (folder / "config.json").write_text(json.dumps({"default_options": ["--ignore-stdin", "--print=hb", "--pretty=none"]}))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HTTPIE_CONFIG_DIR": str(folder)}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = done.stdout.decode().replace("\r\n", "\n").partition("\n\n")
    first, *headers = head.splitlines()
    return Answered(int(first.split()[1]), dict(header.split(": ", 1) for header in headers), body)


def program(there: Abroad, operation: str, payment: str, invoice: str = "", *, as_printed: bool = False) -> Any:
    """Run a printed program; what it calls `response`."""
    text = (FOLDER / "waldur" / f"{operation}.txt").read_text()
    for printed, ours, _why in () if as_printed else TODAY:
        text = text.replace(printed, ours)
    names: dict[str, Any] = {}
    try:
        exec(with_ours(text, there, payment, invoice), names)
    finally:
        names["client"].get_httpx_client().close()
    return names["response"]


def assert_a_payment(shown: Mapping[str, Any], null: Collection[str] = NULL, /, **values: object) -> None:
    """It has the members of the page's table in their order, each in the form of its type, and these values."""
    assert list(shown) == list(MEMBERS)
    for name, form in MEMBERS.items():
        assert (name in null and shown[name] is None) or re.fullmatch(form, shown[name]), name
    assert {name: shown[name] for name in values} == values


def profile_url(there: Abroad) -> str:
    return f"{there.url}/api/payment-profiles/{there.profile}/"


def invoice_url(there: Abroad, invoice: str) -> str:
    return f"{there.url}/api/invoices/{invoice}/"


def linked(there: Abroad, payment: str, invoice: str) -> None:
    """Link them, by a request of our own."""
    requests.post(
        f"{there.url}/api/payments/{payment}/link_to_invoice/",
        json={"invoice": invoice_url(there, invoice)},
        headers={"Authorization": f"Token {there.token}"},
        timeout=20,
    ).raise_for_status()


def retrieved(there: Abroad, payment: str) -> requests.Response:
    headers = {"Authorization": f"Token {there.token}"}
    return requests.get(f"{there.url}/api/payments/{payment}/", headers=headers, timeout=20)


# --- the commands ---


def test_the_command_lists_payments(there: Abroad, tmp_path: Path) -> None:
    there.payment()
    answered = run(there, "list", tmp_path, "")
    assert answered.status == 200
    assert answered.data
    for shown in answered.data:
        assert_a_payment(shown, NULL | FOREIGN)


@pytest.mark.parametrize("operation", ["retrieve", "partial_update"])
def test_the_command_shows_a_payment_and_changes_nothing(there: Abroad, tmp_path: Path, operation: str) -> None:
    made = there.payment()
    answered = run(there, operation, tmp_path, made["uuid"])
    assert answered.status == 200
    assert_a_payment(answered.data, **made)


def test_the_command_creates_a_payment(there: Abroad, tmp_path: Path) -> None:
    answered = run(there, "create", tmp_path, "")
    assert answered.status == 201
    expected = {"profile": profile_url(there), "date_of_payment": "2023-10-01", "sum": "0.00", "invoice": None}
    assert_a_payment(answered.data, **expected, customer_uuid=there.customer)
    assert there.shown(answered.data["uuid"])["received_on"][:10] == "2023-10-01"


def test_the_command_updates_a_payment(there: Abroad, tmp_path: Path) -> None:
    made = there.payment()
    answered = run(there, "update", tmp_path, made["uuid"])
    assert answered.status == 200
    assert_a_payment(answered.data, **{**made, "date_of_payment": "2023-10-01"})


def test_the_command_links_a_payment_to_an_invoice(there: Abroad, tmp_path: Path) -> None:
    made, invoice = there.payment(), there.invoice()
    answered = run(there, "link", tmp_path, made["uuid"], invoice)
    assert answered.status == 200
    # The table has `invoice` alone; clients of other releases ask for `detail`.
    assert answered.data == {"detail": "An invoice has been linked to payment.", "invoice": invoice_url(there, invoice)}
    assert retrieved(there, made["uuid"]).json()["invoice_uuid"] == invoice


def test_the_command_unlinks_a_payment(there: Abroad, tmp_path: Path) -> None:
    made = there.payment()
    linked(there, made["uuid"], there.invoice())
    answered = run(there, "unlink", tmp_path, made["uuid"])
    assert answered.status == 200
    assert retrieved(there, made["uuid"]).json()["invoice"] is None


def test_the_command_deletes_a_payment(there: Abroad, tmp_path: Path) -> None:
    made = there.payment()
    answered = run(there, "destroy", tmp_path, made["uuid"])
    assert (answered.status, answered.body) == (204, "")
    assert retrieved(there, made["uuid"]).status_code == 404


# --- the programs ---


def test_the_program_lists_payments(there: Abroad, capsys: pytest.CaptureFixture[str]) -> None:
    made = there.payment()
    response = program(there, "list", "")
    assert made["uuid"] in {payment.uuid.hex for payment in response} or len(response) == 10
    assert capsys.readouterr().out.count("Payment(") == len(response) > 0


@pytest.mark.parametrize("operation", ["retrieve", "partial_update"])
def test_the_program_reads_a_payment(there: Abroad, capsys: pytest.CaptureFixture[str], operation: str) -> None:
    made = there.payment()
    response = program(there, operation, made["uuid"])
    assert response.uuid.hex == made["uuid"]
    assert (response.sum_, response.invoice, response.customer_uuid.hex) == ("12.50", None, there.customer)
    assert made["uuid"] in capsys.readouterr().out


def test_the_program_creates_a_payment(there: Abroad) -> None:
    response = program(there, "create", "")
    shown = retrieved(there, response.uuid.hex).json()
    assert_a_payment(shown, profile=profile_url(there), date_of_payment="2023-10-01", sum="0.00")
    assert response.to_dict() == {**shown, **{name: dashed(shown[name]) for name in ("uuid", "customer_uuid", "invoice_uuid")}}


def test_the_program_updates_a_payment(there: Abroad) -> None:
    made = there.payment()
    assert program(there, "update", made["uuid"]).date_of_payment.isoformat() == "2023-10-01"
    assert_a_payment(retrieved(there, made["uuid"]).json(), **{**made, "date_of_payment": "2023-10-01"})


def test_the_program_links_a_payment_to_an_invoice(there: Abroad) -> None:
    made, invoice = there.payment(), there.invoice()
    response = program(there, "link", made["uuid"], invoice)
    assert response.detail == "An invoice has been linked to payment."
    assert response["invoice"] == invoice_url(there, invoice)
    assert retrieved(there, made["uuid"]).json()["invoice_uuid"] == invoice


def test_the_program_unlinks_a_payment(there: Abroad) -> None:
    made = there.payment()
    linked(there, made["uuid"], there.invoice())
    assert program(there, "unlink", made["uuid"]).detail == "An invoice has been unlinked from payment."
    assert retrieved(there, made["uuid"]).json()["invoice"] is None


def test_the_program_deletes_a_payment(there: Abroad) -> None:
    made = there.payment()
    assert program(there, "destroy", made["uuid"]).status_code == 204
    assert retrieved(there, made["uuid"]).status_code == 404


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [("create", "isoformat"), ("update", "isoformat"), ("destroy", "sync")],
)
def test_what_is_substituted_in_a_program_fails_in_the_client_itself(there: Abroad, operation: str, complaint: str) -> None:
    made = there.payment()
    with pytest.raises(AttributeError, match=complaint):
        program(there, operation, made["uuid"], as_printed=True)
    assert retrieved(there, made["uuid"]).json() == made


# --- JavaScript ---


def test_the_header_that_the_javascript_client_sends_is_understood(there: Abroad) -> None:
    """Its examples give `Token KEY` as a bearer's token, and so it is sent; the client is no package that could be run here."""
    headers = {"Authorization": f"Bearer Token {there.token}"}
    assert requests.get(f"{there.url}/api/payments/", headers=headers, timeout=20).status_code == 200


def test_every_operation_that_the_pages_print_is_run_here() -> None:
    found = {path.stem for path in (FOLDER / "waldur").iterdir()}
    assert found == set(OPERATIONS)
    assert {path.suffix for path in (FOLDER / "waldur").iterdir()} == {".sh", ".txt"}
