"""Proof files: sent with a payment, kept outside the book, read back by those who may see the payment."""

from pathlib import Path
from typing import Any

import pytest

from ledger.attachments import Files
from ledger.storage.models import Attachment
from tests.books import BOBS
from tests.engines import path_of
from tests.premises import Premises, opened
from tests.rpcserver.dialects.waldur.caller import ROOT, Body, Caller, multipart, part

pytestmark = pytest.mark.one_engine

PDF = b"%PDF-1.7 paid"
NOTHING = (404, {"detail": "Not found."})
NO_FILE = "The submitted data was not a file. Check the encoding type on the form."


def sent(caller: Caller, data: bytes = PDF, name: str = "proof.pdf", **said: Any) -> Body:
    """A new payment with a proof."""
    answer = caller.done("POST", "payments/", 201, data=caller.terms(**said), files={"proof": (name, data)})
    return dict(answer)


def files(caller: Caller) -> list[Path]:
    return [path for path in Path(caller.here.settings.attachment_folder).rglob("*") if path.is_file()]


def test_a_proof_is_shown_by_its_address_and_read_back_there(caller: Caller) -> None:
    payment = sent(caller)
    kept = caller.here.company.one(Attachment)
    assert payment["proof"] == f"{ROOT}/api/media/{kept.id.lower()}/"
    answer = caller.ask("GET", payment["proof"])
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="proof.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head = caller.ask("HEAD", payment["proof"])
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(PDF)))


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_proof_can_be_sent_later(caller: Caller, verb: str) -> None:
    payment = caller.payment(sum=5)
    changed = caller.done(verb, payment["url"], data=caller.terms(), files={"proof": ("a.txt", b"paid")})
    assert changed["proof"] is not None
    assert {**changed, "proof": None} == payment


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"<html><script>alert(1)</script></html>", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_what_a_file_is_says_its_content(caller: Caller, data: bytes, media: str) -> None:
    how = multipart(
        *(part(name, str(value).encode()) for name, value in caller.terms().items()),
        part("proof", data, '; filename="page.html"\r\nContent-Type: text/html'),
    )
    payment = caller.done("POST", "payments/", 201, **how)
    answer = caller.ask("GET", payment["proof"], headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].split(";")[0] == media
    assert answer.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", 'filename="passwd"'),
        ("C:\\\\secret\\\\bank slip.pdf", 'filename="bank_slip.pdf"'),
        ("/", 'filename="file"'),
        ("..", 'filename="file"'),
        ('a\\"b.pdf', 'filename="a\\"b.pdf"'),
        ("quittung-größe.pdf", "filename*=utf-8''quittung-gr%C3%B6%C3%9Fe.pdf"),
    ],
)
def test_a_file_is_named_by_the_last_part_of_its_path(caller: Caller, name: str, kept: str) -> None:
    how = multipart(
        *(part(field, str(value).encode()) for field, value in caller.terms().items()),
        part("proof", PDF, f'; filename="{name}"'),
    )
    payment = caller.done("POST", "payments/", 201, **how)
    assert caller.ask("GET", payment["proof"]).headers["Content-Disposition"] == f"attachment; {kept}"
    assert all(path.is_relative_to(caller.here.settings.attachment_folder) for path in files(caller))


def test_without_a_token_no_file_is_read(caller: Caller) -> None:
    payment = sent(caller)
    answer = caller.refused("GET", payment["proof"], by=None)
    assert answer == (401, {"detail": "Authentication credentials were not provided."})


def test_only_who_may_see_the_payment_may_read_its_file(caller: Caller) -> None:
    own, other = sent(caller), sent(caller, profile=caller.terms(BOBS)["profile"])
    for by in ("admin", "clerk", "auditor", "owner"):
        assert caller.ask("GET", own["proof"], by=by).status_code == 200
    assert caller.ask("GET", other["proof"], by="auditor").status_code == 200
    assert caller.refused("GET", other["proof"], by="owner") == NOTHING


@pytest.mark.parametrize("uuid", ["nonsense", "0" * 32, "..%2f..%2fetc%2fpasswd"])
def test_a_file_that_is_not_there(reader: Caller, uuid: str) -> None:
    answer = reader.ask("GET", f"media/{uuid}/")
    assert answer.status_code == 404
    if "%" not in uuid:
        assert answer.json() == NOTHING[1]


def test_a_new_proof_takes_the_place_of_the_old_one_which_stays_readable(caller: Caller) -> None:
    payment = sent(caller)
    changed = caller.done("PATCH", payment["url"], files={"proof": ("b.txt", b"paid again")})
    assert changed["proof"] not in (None, payment["proof"])
    assert [caller.ask("GET", one["proof"]).content for one in (payment, changed)] == [PDF, b"paid again"]


def test_a_cancelled_payments_proof_stays_readable(caller: Caller) -> None:
    payment = sent(caller)
    caller.done("DELETE", payment["url"], 204)
    assert caller.ask("GET", payment["proof"]).content == PDF


@pytest.mark.parametrize("how", [{"json": {"proof": None}}, {"data": {"proof": ""}}])
def test_a_proof_can_be_taken_away(caller: Caller, how: dict[str, Any]) -> None:
    payment = sent(caller, sum="5")
    assert caller.done("PATCH", payment["url"], **how) == {**payment, "proof": None}


@pytest.mark.parametrize("how", [{"json": {"sum": 7}}, {"data": {"sum": "7"}}])
def test_a_proof_that_is_not_mentioned_stays(caller: Caller, how: dict[str, Any]) -> None:
    payment = sent(caller)
    assert caller.done("PATCH", payment["url"], **how)["proof"] == payment["proof"]


@pytest.mark.parametrize("value", ["", "text", 7, {}, True])
def test_what_is_no_file_is_refused(reader: Caller, value: object) -> None:
    assert reader.refused("POST", "payments/", json=reader.terms(proof=value)) == (400, {"proof": [NO_FILE]})


def test_the_word_none_in_a_part_is_no_file(reader: Caller) -> None:
    parts = [part(name, str(value).encode()) for name, value in reader.terms(proof=None).items()]
    assert reader.refused("POST", "payments/", **multipart(*parts)) == (400, {"proof": [NO_FILE]})


def test_a_field_that_a_browser_left_empty_is_no_file(caller: Caller) -> None:
    parts = [part(name, str(value).encode()) for name, value in caller.terms().items()]
    payment = caller.done("POST", "payments/", 201, **multipart(*parts, part("proof", b"", '; filename=""')))
    assert payment["proof"] is None


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"", "The submitted file is empty."),
        ("a" * 150 + ".pdf", PDF, "Ensure this filename has at most 100 characters (it has 154)."),
        ("x/" * 100 + "a" * 101, PDF, "Ensure this filename has at most 100 characters (it has 101)."),
    ],
)
def test_files_that_are_not_taken(reader: Caller, name: str, data: bytes, said: str) -> None:
    answer = reader.refused("POST", "payments/", data=reader.terms(), files={"proof": (name, data)})
    assert answer == (400, {"proof": [said]})


def test_a_name_of_a_hundred_characters_is_taken(caller: Caller) -> None:
    assert sent(caller, name="a" * 100)["proof"] is not None


def test_a_file_over_the_limit_is_refused_by_its_size(open_doors: Premises) -> None:
    path = path_of(open_doors.settings.database_url)
    with opened(path, max_attachment=2000) as here:
        caller = Caller(here)
        answer = caller.refused("POST", "payments/", data=caller.terms(), files={"proof": ("a", b"x" * 2001)})
        assert answer == (400, {"proof": ["Ensure this file has at most 2000 bytes (it has 2001)."]})
        assert sent(caller, b"x" * 2000)["proof"] is not None


def test_nothing_is_kept_of_a_request_that_is_wrong(caller: Caller) -> None:
    caller.refused("POST", "payments/", data=caller.terms(sum="x"), files={"proof": ("a", PDF)})
    assert files(caller) == []


def test_the_same_bytes_are_kept_once(caller: Caller) -> None:
    one, other = sent(caller), sent(caller, name="other.pdf")
    assert one["proof"] != other["proof"]
    assert len(files(caller)) == 1


def test_without_a_folder_nothing_is_done(caller: Caller) -> None:
    Path(caller.here.settings.attachment_folder).write_text("in the way")
    answer = caller.ask("POST", "payments/", data=caller.terms(), files={"proof": ("a", PDF)})
    assert answer.status_code == 503
    assert (list(answer.json()), answer.headers["Retry-After"]) == (["detail"], "1")
    assert caller.here.payments() == []


def test_a_file_that_was_lost_is_a_fault_of_the_server(caller: Caller) -> None:
    payment = sent(caller)
    Files(caller.here.settings.attachment_folder).path(caller.here.company.one(Attachment).sha256).unlink()
    answer = caller.ask("GET", payment["proof"], headers={"X-Request-Id": "lost-1"})
    assert answer.status_code == 500
    assert "lost-1" in answer.json()["detail"]
    assert len(caller.here.faults.seen) == 1
    caller.here.faults.seen.clear()
