"""Settings: read once, from the environment and from a `.env` file. An error names the variable."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ENV_FILE = Path(".env")
SECRET_BYTES = 32
SECRET_LETTERS = 8
"""How many different characters a secret has at least: one that is typed by leaning on a key has fewer."""
PLACEHOLDERS = ("changeme", "changethis", "replaceme", "replacethis", "yoursecret", "placeholder")
"""What a secret that was copied from a page or a template holds, without its punctuation."""
SECRET_ADVICE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")
"""A page's origin, as browsers spell it."""

Network = IPv4Network | IPv6Network


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable."""


class Settings(BaseSettings):
    """Everything that can be set, in the order in which it is documented."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(
        "sqlite:///rpcserver.db",
        repr=False,
        description="The database: `sqlite:///name.db`, `sqlite:////folder/name.db` for a full path, or `postgresql://user@host/name`.",
    )
    secret_key: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Signs tokens; `serve` needs it. At least 32 bytes. Several, separated by commas, let it rotate: "
        "the first signs, all verify.",
    )
    organisation: str = Field("Organisation", min_length=1, max_length=255, description="Whose book a new one is.")
    default_currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="The default currency of a new book, by its ISO code.")
    host: str = Field("127.0.0.1", description="The address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port that `serve` listens on.")
    workers: int = Field(1, ge=1, le=64, description="How many server processes share the port.")
    token_lifetime: int = Field(7200, ge=1, description="Seconds after the login at which a token ends, used or not.")
    token_idle: int = Field(3600, ge=61, description="Seconds without a call after which a token ends.")
    allocation: Literal["fifo", "intended"] = Field(
        "fifo",
        description="Where a posted payment goes after its intended invoices: `fifo` to the oldest open ones, `intended` nowhere.",
    )
    idempotency_days: int = Field(30, ge=1, description="Days after which `purge` forgets an idempotency key and its answer.")
    events: bool = Field(True, description="Whether events of payments, invoices and accounts are kept, for `events/list`.")
    event_days: int = Field(30, ge=1, description="Days after which `purge` forgets an event.")
    max_body: int = Field(1 << 20, ge=1024, description="The largest body of a call, in bytes.")
    max_batch_body: int = Field(16 << 20, ge=1024, description="The largest body of a batch, in bytes.")
    max_head: int = Field(
        32 << 10, ge=1024, description="The longest request line with its headers, in bytes, that is waited for to its end."
    )
    header_wait: float = Field(10.0, gt=0, description="Seconds within which a request has to arrive, up to its body.")
    max_bodies: int = Field(
        256 << 20,
        ge=1 << 20,
        description="How much of large bodies one process holds at a time, in bytes; further ones are refused.",
    )
    max_batch_answer: int = Field(
        16 << 20, ge=1024, description="The most bytes that a batch answers; further calls of it are refused."
    )
    body_wait: float = Field(30.0, gt=0, description="Seconds within which a body has to arrive.")
    answer_wait: float = Field(30.0, gt=0, description="Seconds for which a client may take nothing of its answer.")
    keep_alive: int = Field(
        65, ge=1, description="Seconds for which a connection is kept after an answer; longer than the proxy before it keeps one."
    )
    connections: int = Field(
        1000, ge=10, description="How many connections one process has at a time; then whoever keeps it waiting longest is cut."
    )
    login_failures: int = Field(5, ge=1, description="Failed logins of one user from one address before that pair is refused.")
    login_failures_per_address: int = Field(100, ge=1, description="Failed logins from one address before it is refused.")
    login_window: int = Field(600, ge=1, description="Seconds over which failed logins count.")
    audited_refusals: int = Field(
        30, ge=0, description="Refused rights and failed logins that are written into the audit log, for each address and minute."
    )
    client_token_lifetime: int = Field(
        3600, ge=61, description="Seconds after which a token ends that an API client got for a signed assertion."
    )
    attachment_folder: str = Field(
        "attachments", min_length=1, description="The folder that keeps proof files; several hosts have to share it."
    )
    max_attachment: int = Field(10 << 20, ge=1024, description="The largest proof file, in bytes.")
    webhook_timeout: float = Field(10.0, gt=0, le=60, description="Seconds within which a webhook's receiver has to answer.")
    webhook_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Networks, separated by commas, that webhooks may be sent into although they are not public, also with http.",
    )
    waldur_unlinked_invoice_uuid: Literal["zero", "nil", "omit"] = Field(
        "zero",
        description="What `invoice_uuid` of an unlinked payment is at Waldur's door: `zero` 32 zeros, which its client can read, "
        "`nil` null, `omit` left out.",
    )
    waldur_cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins (`https://example.org`), separated by commas, whose pages may call Waldur's door from a browser."
    )
    qbench_requests_a_minute: int = Field(0, ge=0, description="Requests of one user at QBench's door in a minute; 0: no limit.")
    qbench_requests_at_once: int = Field(
        0, ge=0, description="Requests of one user at QBench's door at the same time; 0: no limit."
    )
    productive_requests_in_10_seconds: int = Field(
        0, ge=0, description="Requests of one user at Productive's door in 10 seconds; 0: no limit."
    )
    productive_requests_in_30_minutes: int = Field(
        0, ge=0, description="Requests of one user at Productive's door in 30 minutes; 0: no limit."
    )
    hashing_at_once: int = Field(2, ge=1, description="How many passwords are hashed at the same time.")
    threads: int = Field(40, ge=2, description="How many calls work at the same time in one process; others wait.")
    write_wait: float = Field(10.0, gt=0, description="Seconds that a call waits for the database before it is refused.")
    write_batch: int = Field(
        64, ge=1, le=10_000, description="How many calls that wait to write share a commit, at most; on PostgreSQL none does."
    )
    write_linger: float = Field(
        0.0, ge=0, le=1, description="Seconds that a commit with room for more waits for further calls; 0: it never waits for any."
    )
    write_queue: int = Field(1000, ge=1, description="How many calls may wait to write in one process; further ones are refused.")
    database_connections: int = Field(
        16,
        ge=1,
        le=1000,
        description="On PostgreSQL: how many connections one process writes on at a time, and as many it reads on.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of the proxies, separated by commas, whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed.",
    )
    metrics: bool = Field(False, description="Whether `/metrics` tells Prometheus how the server fares.")
    metrics_token: SecretStr | None = Field(
        None,
        description="What has to come along to `/metrics` as `Authorization: Bearer`, of at least 32 bytes; "
        "none: whoever reaches the server may read them.",
    )
    tracing: bool = Field(
        False, description="Whether a trace of each call is sent by OpenTelemetry, which the extra `tracing` installs."
    )
    drain_wait: float = Field(
        0.0,
        ge=0,
        description="Seconds for which a server that is told to stop still takes calls, while `/health/ready` has it taken out.",
    )
    shutdown_wait: int = Field(30, ge=1, description="Seconds that calls under way have to finish when the server stops.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged, from this level up.")
    log_format: Literal["json", "text"] = Field("json", description="One JSON object a line, or a line for reading.")

    @field_validator("secret_key", mode="before")
    @classmethod
    def _secrets(cls, value: object) -> object:
        return tuple(_parts(value)) if isinstance(value, str) else value

    @field_validator("metrics_token")
    @classmethod
    def _strong_or_none(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value():
            return None
        _refuse_weak(token.get_secret_value())
        return token

    @field_validator("trusted_proxies", "webhook_allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(part, strict=False) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("waldur_cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        return tuple(_parts(value)) if isinstance(value, str) else value

    @field_validator("waldur_cors_origins")
    @classmethod
    def _told_apart(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; expected is one as in https://example.org, and never *")
        return origins

    @field_validator("secret_key")
    @classmethod
    def _strong(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            _refuse_weak(secret.get_secret_value())
        return secrets

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in clear, the one that signs first; none at all is an error."""
        if not self.secret_key:
            raise SettingsError(f"SECRET_KEY is not set; {SECRET_ADVICE}")
        return tuple(secret.get_secret_value() for secret in self.secret_key)


def _parts(value: str) -> Iterator[str]:
    return (part for part in map(str.strip, value.split(",")) if part)


def _refuse_weak(secret: str) -> None:
    """Refuse a secret that can be guessed; the secret itself is never part of the message."""
    length = len(secret.encode())
    if length < SECRET_BYTES:
        raise ValueError(f"each secret needs at least {SECRET_BYTES} bytes, one has {length}; {SECRET_ADVICE}")
    letters = "".join(character for character in secret.casefold() if character.isalnum())
    if len(set(secret)) < SECRET_LETTERS:
        raise ValueError(f"each secret needs at least {SECRET_LETTERS} different characters; {SECRET_ADVICE}")
    if any(placeholder in letters for placeholder in PLACEHOLDERS):
        raise ValueError(f"this is a placeholder, not a secret; {SECRET_ADVICE}")


def warnings() -> Iterator[str]:
    """What of the settings can be used and should not be left as it is."""
    with suppress(FileNotFoundError):
        if ENV_FILE.stat().st_mode & stat.S_IROTH:
            yield f"everybody on this machine can read {ENV_FILE}, which holds secrets; run: chmod o-r {ENV_FILE}"


def load() -> Settings:
    """The settings of this process; what cannot be used is one SettingsError with a sentence for each variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_sentences(error))) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        variable = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
        yield f"{variable}: {fault['msg'].removeprefix('Value error, ')}"
