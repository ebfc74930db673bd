"""Passwords are hashed with argon2id."""

import time

import pytest
from argon2 import extract_parameters

from ledger import passwords
from ledger.passwords import hashed, matches
from tests.books import PASSWORD, password_hash


def test_a_password_matches_its_own_hash_only() -> None:
    assert matches(password_hash(), PASSWORD)
    assert not matches(password_hash(), PASSWORD + " ")
    assert not matches(password_hash(), "")


def test_the_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    other = hashed(PASSWORD)
    assert other.startswith("$argon2id$")
    assert other != password_hash()
    assert PASSWORD not in other


@pytest.mark.parametrize("kept", [None, "", "no hash at all"])
def test_where_there_is_no_hash_nothing_matches(kept: str | None) -> None:
    assert not matches(kept, PASSWORD)
    assert not matches(kept, "nobody has this password")


def test_an_unknown_user_takes_as_much_work_as_a_wrong_password() -> None:
    def seconds(kept: str | None) -> float:
        begun = time.process_time()
        matches(kept, "wrong")
        return time.process_time() - begun

    assert seconds(None) > seconds(password_hash()) / 4


def test_what_stands_for_an_unknown_user_was_hashed_as_all_others_are() -> None:
    assert extract_parameters(passwords._NOBODY) == extract_parameters(password_hash())
