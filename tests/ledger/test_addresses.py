"""How the address of a database on a server is understood."""

import sys

import pytest
from psycopg.conninfo import conninfo_to_dict

from ledger.book import Book
from ledger.postgres.connections import address

SEVERAL = "postgresql://ada@one:5433,two:5434/book?target_session_attrs=primary&connect_timeout=7"


def test_an_address_may_name_several_hosts_and_any_parameter() -> None:
    made = conninfo_to_dict(address(SEVERAL, 10.0))
    assert (made["host"], made["port"], made["dbname"], made["user"]) == ("one,two", "5433,5434", "book", "ada")
    assert (made["target_session_attrs"], str(made["connect_timeout"])) == ("primary", "7")


def test_what_an_address_leaves_out_keeps_nobody_waiting_and_leads_to_the_primary() -> None:
    made = conninfo_to_dict(address("postgresql://localhost/book", 2.5))
    assert made["target_session_attrs"] == "read-write"
    assert int(str(made["connect_timeout"])) > 0
    assert str(made["tcp_user_timeout"]) == "2500"
    assert "lock_timeout=2500" in str(made["options"])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://localhost", "name a database"),
        ("postgresql://localhost/book?colour=red", "must look like"),
        ("postgresql://localhost/book?target_session_attrs=any", "read-write or primary"),
        ("postgresql://localhost/book?target_session_attrs=prefer-standby", "read-write or primary"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Book(url)


def test_without_its_driver_a_database_on_a_server_is_refused_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ledger.postgres.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"pip install rpcserver\[postgres\]"):
        Book("postgresql://localhost/book")
