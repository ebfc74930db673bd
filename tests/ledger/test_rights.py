"""What each role may do."""

from ledger.rights import ROLES, Actor, Right

READS = {Right.RECORDS_READ, Right.CONFIGURATION_READ, Right.PEOPLE_READ, Right.AUDIT_READ, Right.UNITS_READ, Right.WEBHOOKS_READ}
WRITES = {Right.RECORDS_WRITE, Right.CONFIGURATION_WRITE, Right.PEOPLE_WRITE, Right.WEBHOOKS_WRITE}


def may(role: str) -> set[Right]:
    return {right for right in Right if Actor(1, "someone", role).may(right)}


def test_every_right_is_a_read_or_a_write_or_the_session() -> None:
    assert set(Right) == {Right.SESSION} | READS | WRITES


def test_an_admin_may_do_everything() -> None:
    assert may("admin") == set(Right)


def test_a_clerk_writes_records_and_reads_all_but_audit_users_and_webhooks() -> None:
    assert may("clerk") == {Right.SESSION, Right.RECORDS_WRITE} | READS - {Right.AUDIT_READ, Right.PEOPLE_READ, Right.WEBHOOKS_READ}


def test_an_auditor_reads_everything_and_writes_nothing() -> None:
    assert may("auditor") == {Right.SESSION} | READS


def test_an_owner_reads_records_and_configuration() -> None:
    assert may("owner") == {Right.SESSION, Right.RECORDS_READ, Right.CONFIGURATION_READ}


def test_there_are_no_other_roles() -> None:
    assert set(ROLES) == {"admin", "clerk", "auditor", "owner"}
    assert [role for role in ROLES if Actor(1, "someone", role).is_owner] == ["owner"]
