"""Whether calls are traced. OpenTelemetry is an extra: nothing of it is imported where nobody asks for traces."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pkgutil import resolve_name
from typing import Protocol

from starlette.types import ASGIApp

from rpcserver.settings import Settings, SettingsError

PACKAGES = "opentelemetry"


class Tracing(Protocol):
    """What makes the spans of a process and sends them."""

    def traced(self, app: ASGIApp) -> ASGIApp:
        """The application with a span for each call; the line of the log knows its trace."""

    def writing(self) -> AbstractContextManager[object]:
        """A span within that of the call: it waits for its write."""

    def close(self) -> None:
        """Send what there is."""


def tracing(settings: Settings) -> Tracing | None:
    """What traces, if the settings say so. A SettingsError: its packages are not there."""
    return _spans()() if settings.tracing else None


def check(settings: Settings) -> None:
    """A SettingsError, if calls are to be traced and the packages for it are not there."""
    if settings.tracing:
        _spans()


def _spans() -> Callable[[], Tracing]:
    try:
        found: Callable[[], Tracing] = resolve_name("rpcserver.watching.spans:Spans")
    except ImportError as error:
        if not (error.name or "").startswith(PACKAGES):
            raise
        raise SettingsError("TRACING is on, but its packages are not there: pip install rpcserver[tracing]") from error
    return found
