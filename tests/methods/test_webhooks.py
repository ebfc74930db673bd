"""Webhooks as methods: who is told, of what, and what an answer shows."""

from ipaddress import ip_network
from typing import Any

import pytest

from ledger.ciphers import OF_WEBHOOKS, Cipher
from ledger.destinations import Reach
from ledger.outgoing import Outgoing
from ledger.storage.models import Webhook
from methods import METHODS
from methods.webhooks.secret import made
from tests.books import Company
from tests.methods.asking import ask, read, refused
from tests.webhooks.desk import Desk

SERVER = ("s" * 40,)
BODY: dict[str, Any] = {"name": "ERP", "url": "https://erp.example.com/hooks"}
NAMED = {"webhook_identifier": {"name": "ERP"}}


@pytest.fixture(name="admin")
def an_admin(company: Company) -> Company:
    company.book.outgoing = Outgoing(SERVER)
    return company.by("admin")


def test_a_webhook_is_made_with_a_secret_that_no_other_answer_shows(admin: Company) -> None:
    shown = ask(admin, "webhooks/create", BODY)
    assert shown["secret"].startswith("whsec_")
    assert (shown["active"], shown["types_set"], shown["waiting"], shown["parked"]) == (True, None, 0, 0)
    assert Cipher(SERVER, OF_WEBHOOKS).decrypted(admin.one(Webhook).encrypted) == shown["secret"]
    del shown["secret"]
    assert ask(admin, "webhooks/show", NAMED) == shown
    assert ask(admin, "webhooks/list") == [shown]
    assert ask(admin, "webhooks/list", {"active": False}) == []


def test_another_secret_is_answered_once_and_the_old_one_goes_on_for_a_day(admin: Company) -> None:
    first = ask(admin, "webhooks/create", BODY)["secret"]
    rotated = ask(admin, "webhooks/rotate_secret", NAMED)
    assert rotated["secret"] != first
    assert rotated["previous_secret_until"] == "2024-05-02T12:00:00"
    assert "secret" not in ask(admin, "webhooks/show", NAMED)
    admin.clock.advance(days=1)
    assert ask(admin, "webhooks/show", NAMED)["previous_secret_until"] is None


def test_a_trial_shows_no_secret(admin: Company) -> None:
    assert ask(admin, "webhooks/create", BODY | {"validate_only": True})["secret"] is None
    assert admin.all(Webhook) == []


def test_secrets_are_shown_by_no_repr_and_kept_under_no_idempotency_key(admin: Company) -> None:
    assert "whsec_" not in repr(made(admin.book))
    assert SERVER[0] not in repr(admin.book.outgoing)
    assert METHODS["webhooks/create"].secret and METHODS["webhooks/rotate_secret"].secret
    assert "whsec_" not in repr(read("webhooks/create", BODY))


def test_a_url_and_the_types_can_be_changed(admin: Company) -> None:
    ask(admin, "webhooks/create", BODY | {"types_set": "payment.posted,payment.created"})
    assert ask(admin, "webhooks/show", NAMED)["types_set"] == ["payment.created", "payment.posted"]
    changed = ask(admin, "webhooks/update", NAMED | {"url": "https://new.example/", "types_set": None, "name": "New"})
    assert (changed["url"], changed["types_set"], changed["name"]) == ("https://new.example/", None, "New")
    assert ask(admin, "webhooks/update", {"webhook_identifier": {"name": "New"}}) == changed


def test_what_has_not_arrived_is_counted_and_listed(admin: Company) -> None:
    ask(admin, "webhooks/create", BODY | {"types_set": ["payment.created", "payment.posted"]})
    desk = Desk(admin, admin.one(Webhook).pk)
    admin.pay(10)
    desk.advance()
    desk.failed(*desk.due(), status=503)
    second, first = ask(admin, "webhooks/deliveries/list", NAMED)
    assert (first["type"], first["attempts"], first["last_status"], first["last_error"]) == ("payment.created", 1, 503, "REFUSED")
    assert (second["type"], second["attempts"], second["last_error"], second["state"]) == ("payment.posted", 0, None, "WAITING")
    shown = ask(admin, "webhooks/show", NAMED)
    assert (shown["waiting"], shown["parked"], shown["failing_since"]) == (2, 0, "2024-05-01T12:00:00")
    disabled = ask(admin, "webhooks/disable", NAMED)
    assert (disabled["active"], disabled["waiting"], disabled["parked"]) == (False, 0, 2)
    assert ask(admin, "webhooks/deliveries/list", {"state": "WAITING"}) == []
    assert len(ask(admin, "webhooks/deliveries/list", {"state": "PARKED"})) == 2
    assert [each["next_try_on"] for each in ask(admin, "webhooks/deliveries/list")] == [None, None]
    assert ask(admin, "webhooks/enable", NAMED)["active"]


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://localhost:8000/payments/list",
        "ftp://erp.example.com/",
        "https://user:secret@erp.example.com/",
        "erp.example.com",
        "",
        7,
    ],
)
def test_a_url_where_nothing_may_be_sent_is_refused(admin: Company, url: object) -> None:
    assert refused(admin, "webhooks/create", BODY | {"url": url}) == [("url", "INVALID_PARAMETER")]
    ask(admin, "webhooks/create", BODY)
    assert refused(admin, "webhooks/update", NAMED | {"url": url}) == [("url", "INVALID_PARAMETER")]
    assert admin.one(Webhook).url == BODY["url"]


def test_a_network_that_the_operator_allows_may_be_sent_into(admin: Company) -> None:
    admin.book.outgoing = Outgoing(SERVER, Reach((ip_network("10.0.0.0/8"),)))
    assert ask(admin, "webhooks/create", BODY | {"url": "http://10.1.2.3/hooks"})["url"] == "http://10.1.2.3/hooks"
    assert refused(admin, "webhooks/create", BODY | {"url": "http://127.0.0.1/"}) == [("url", "INVALID_PARAMETER")]


def test_names_and_types_are_checked(admin: Company) -> None:
    ask(admin, "webhooks/create", BODY)
    assert refused(admin, "webhooks/create", BODY) == [("name", "DUPLICATE_NAME")]
    assert refused(admin, "webhooks/create", BODY | {"types_set": ["nothing"]}) == [("types_set", "INVALID_PARAMETER")]
    assert refused(admin, "webhooks/show", {"webhook_identifier": {"name": "CRM"}}) == [("webhook_identifier", "ENTITY_NOT_FOUND")]
