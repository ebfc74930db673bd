"""Who stands behind a token or a key, and when that ends."""

from hashlib import sha256

import pytest

from ledger import sessions, users
from ledger.errors import ExpiredToken, InvalidCredentials, InvalidToken, Refusal
from ledger.rights import Actor
from ledger.storage.models import Customer, Session, Unit, User
from tests.books import MACHINE, UNITS, Company

LIFETIME, IDLE = 7200, 3600
KEY = sha256(b"key").hexdigest()


def login(company: Company, username: str = "clerk", unit: str = "Branch") -> Session:
    return company.do(sessions.open_session, company.one(User, username=username).pk, company.one(Unit, name=unit).pk)


def actor(company: Company, session: Session) -> Actor:
    return company.book.read(
        company.call, lambda reading: sessions.actor(reading, session.id, lifetime_seconds=LIFETIME, idle_seconds=IDLE)
    )


def test_a_login_offers_the_users_units_the_default_first(company: Company) -> None:
    candidate = company.read(sessions.login, "clerk")
    assert candidate.user == company.one(User, username="clerk")
    assert [unit.name for unit in candidate.units] == list(UNITS)
    head, branch = company.all(Unit)
    company.do(users.create, username="new", password_hash="x", role="clerk", units=[branch, head])
    assert company.read(sessions.login, "new").units == [branch, head]


@pytest.mark.parametrize("username", ["nobody", "CLERK", MACHINE, ""])
def test_unknown_users_and_machines_cannot_log_in_with_a_password(company: Company, username: str) -> None:
    assert company.read(sessions.login, username) == (None, [])


def test_a_disabled_user_cannot_log_in(company: Company) -> None:
    company.do(users.disable, company.one(User, username="clerk"))
    assert company.read(sessions.login, "clerk").user is None


def test_a_session_gives_its_user_role_and_unit(company: Company) -> None:
    session = login(company)
    assert (session.created_on, session.last_used_on, session.ended_on) == ("2024-05-01T12:00:00", "2024-05-01T12:00:00", None)
    clerk, branch = company.one(User, username="clerk"), company.one(Unit, name="Branch")
    assert actor(company, session) == Actor(clerk.pk, "clerk", "clerk", branch.pk, frozenset(), session.pk)


def test_an_owners_session_gives_the_customers(company: Company) -> None:
    assert actor(company, login(company, "owner")).customers == {company.one(Customer, name="Ada").pk}


def test_a_session_can_be_told_to_end_earlier_than_others(company: Company) -> None:
    clerk = company.one(User, username="clerk")
    short = company.do(sessions.open_session, clerk.pk, None, seconds=600)
    assert short.expires_on == "2024-05-01T12:10:00"
    assert login(company).expires_on is None
    company.clock.advance(599)
    assert actor(company, short).user_pk == clerk.pk
    company.do(sessions.touch, short.pk)
    company.clock.advance(1)
    with pytest.raises(ExpiredToken, match="ended at 2024-05-01T12:10:00") as refused:
        actor(company, short)
    assert refused.value.word == "token"


def test_no_session_outlives_the_others_by_being_told_to(company: Company) -> None:
    long = company.do(sessions.open_session, company.one(User, username="clerk").pk, None, seconds=10 * LIFETIME)
    company.clock.advance(LIFETIME + 1)
    with pytest.raises(ExpiredToken, match="lifetime"):
        actor(company, long)


def test_a_session_lives_as_long_as_it_may_and_not_a_second_longer(company: Company) -> None:
    session = login(company)
    company.clock.advance(LIFETIME)
    company.do(sessions.touch, session.pk)
    assert actor(company, session).username == "clerk"
    company.clock.advance(1)
    with pytest.raises(ExpiredToken, match="lifetime of 7200 seconds is over"):
        actor(company, session)


def test_a_session_that_is_not_used_ends_earlier(company: Company) -> None:
    session = login(company)
    company.clock.advance(IDLE)
    assert actor(company, session).username == "clerk"
    company.do(sessions.touch, session.pk)
    company.clock.advance(IDLE)
    assert actor(company, session).username == "clerk"
    company.clock.advance(1)
    with pytest.raises(ExpiredToken):
        actor(company, session)


def test_an_idle_session_is_refused(company: Company) -> None:
    session = login(company)
    company.clock.advance(IDLE + 1)
    with pytest.raises(ExpiredToken, match="not used for 3600 seconds"):
        actor(company, session)


def test_a_session_that_ended_or_never_was_is_refused(company: Company) -> None:
    session, other = login(company), login(company)
    company.do(sessions.end, session.pk)
    with pytest.raises(InvalidToken):
        actor(company, session)
    assert actor(company, other).session_pk == other.pk
    other.id = "0" * 32
    with pytest.raises(InvalidToken):
        actor(company, other)


def test_ending_a_session_again_keeps_when_it_ended(company: Company) -> None:
    session = login(company)
    company.do(sessions.end, session.pk)
    company.clock.advance(5)
    company.do(sessions.end, session.pk)
    company.do(sessions.touch, session.pk)
    ended = company.now(session)
    assert (ended.ended_on, ended.last_used_on) == ("2024-05-01T12:00:00", "2024-05-01T12:00:00")


def test_a_disabled_users_session_is_refused_even_if_it_was_opened_later(company: Company) -> None:
    company.do(users.disable, company.one(User, username="clerk"))
    with pytest.raises(InvalidToken):
        actor(company, login(company))


def test_a_changed_password_ends_tokens_at_once(company: Company) -> None:
    session = login(company)
    company.do(users.change_password, session.user_pk, "new hash")
    with pytest.raises(InvalidToken):
        actor(company, session)


def test_a_use_is_noted_only_when_the_last_one_is_older_than_a_minute(company: Company) -> None:
    session = login(company)
    company.clock.advance(60)
    assert company.read(sessions.stale, session.pk) is False
    company.clock.advance(1)
    assert company.read(sessions.stale, session.pk) is True
    company.do(sessions.touch, session.pk)
    assert company.now(session).last_used_on == "2024-05-01T12:01:01"
    assert company.read(sessions.stale, session.pk) is False


def test_a_key_gives_its_machine_with_the_default_unit(company: Company) -> None:
    machine = company.one(User, username=MACHINE)
    company.do(users.create_key, "erp", machine, KEY)
    head = company.one(Unit, name="Head office")
    assert company.read(sessions.actor_of_key, KEY) == Actor(machine.pk, MACHINE, "clerk", head.pk, frozenset(), None)
    assert company.read(sessions.candidate_of_key, KEY).units == [head]


def _revoke(company: Company, machine: User) -> None:
    company.do(users.revoke_key, company.do(users.create_key, "erp", machine, KEY))


def _disable(company: Company, machine: User) -> None:
    company.do(users.create_key, "erp", machine, KEY)
    company.do(users.disable, machine)


@pytest.mark.parametrize("happened", [lambda company, machine: None, _revoke, _disable], ids=["unknown", "revoked", "disabled"])
@pytest.mark.parametrize(
    ("look", "refusal"), [(sessions.candidate_of_key, InvalidCredentials), (sessions.actor_of_key, InvalidToken)]
)
def test_a_key_that_opens_nothing_is_refused(company: Company, happened: object, look: object, refusal: type[Refusal]) -> None:
    assert callable(happened) and callable(look)
    happened(company, company.one(User, username=MACHINE))
    with pytest.raises(refusal, match="unknown, revoked, or its user is disabled"):
        company.book.read(company.call, lambda reading: look(reading, KEY))
