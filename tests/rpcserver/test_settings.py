"""Settings: what is read, what is refused, and that an error names the variable."""

from pathlib import Path

import pytest

from ledger.throttle import Limits
from rpcserver.app import open_book
from rpcserver.settings import Settings, SettingsError, load

pytestmark = pytest.mark.one_engine

GOOD = "kSgC3yW1uQzL8vN0bXr5TjHf2PmEd9Ao"
OTHER = "Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_anything_set_there_are_defaults() -> None:
    settings = load()
    assert settings.database_url == "sqlite:///rpcserver.db"
    assert (settings.token_lifetime, settings.token_idle, settings.allocation) == (7200, 3600, "fifo")
    assert (settings.max_body, settings.max_batch_body, settings.idempotency_days) == (1 << 20, 16 << 20, 30)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_missing_secret_is_named_with_the_way_to_make_one() -> None:
    with pytest.raises(SettingsError, match=r"SECRET_KEY is not set.*token_urlsafe"):
        _ = load().secrets


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("short", "at least 32 bytes, one has 5"),
        (f"{GOOD},short", "at least 32 bytes, one has 5"),
        ("change-me-to-something-secret-please-1234567890", "placeholder"),
        ("CHANGE_ME_abcdefghijklmnopqrstuvwxyz0123456789", "placeholder"),
        ("your-secret-here-abcdefghijklmnopqrstuvwxyz", "placeholder"),
    ],
)
def test_a_weak_secret_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, secret: str, why: str) -> None:
    monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(SettingsError) as raised:
        load()
    assert "SECRET_KEY" in str(raised.value)
    assert why in str(raised.value)
    assert secret not in str(raised.value)


def test_secrets_rotate_as_a_list_of_which_the_first_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", f" {GOOD} , {OTHER},")
    assert load().secrets == (GOOD, OTHER)


def test_a_secret_of_32_bytes_counts_bytes_and_not_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "äöüßéèêàáâçñøåæœ")
    assert len(load().secrets[0]) == 16


def test_secrets_are_not_part_of_what_the_settings_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    assert GOOD not in repr(load())


def test_a_dot_env_file_is_read_and_the_environment_stands_above_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SECRET_KEY={GOOD}\nPORT=9000\nWORKERS=3\n")
    monkeypatch.setenv("PORT", "9001")
    settings = load()
    assert (settings.port, settings.workers, settings.secrets) == (9001, 3, (GOOD,))


def test_login_limits_reach_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LOGIN_FAILURES", "3"), ("LOGIN_FAILURES_PER_ADDRESS", "7"), ("LOGIN_WINDOW", "60")):
        monkeypatch.setenv(name, value)
    assert open_book(load()).login_limits == Limits(3, 7, 60)


def test_how_writes_share_commits_reaches_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr("rpcserver.app.Book", lambda url, **named: given.update(named))
    for name, value in (("WRITE_BATCH", "7"), ("WRITE_LINGER", "0.25"), ("WRITE_QUEUE", "9")):
        monkeypatch.setenv(name, value)
    open_book(load())
    assert (given["largest_batch"], given["linger"], given["most_waiting"]) == (7, 0.25, 9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("WRITE_BATCH", "0"),
        ("WRITE_LINGER", "-1"),
        ("WRITE_QUEUE", "0"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("TOKEN_LIFETIME", "-1"),
        ("ALLOCATION", "lifo"),
        ("MAX_BODY", "0"),
        ("LOG_LEVEL", "loud"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("DEFAULT_CURRENCY", "euro"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load()


def test_all_settings_that_cannot_be_used_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("WORKERS", "none")
    with pytest.raises(SettingsError, match=r"PORT: .*; WORKERS: "):
        load()


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.7, 192.168.0.1/16,::1")
    assert [str(network) for network in load().trusted_proxies] == ["10.0.0.7/32", "192.168.0.0/16", "::1/128"]
