"""Every refusal is provoked on every method that documents it, and nothing else is ever refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import REFUSALS, by_code
from methods import METHODS
from rpcserver.faults import status_of
from tests import call_stories, rule_stories
from tests.native import BOTH, Answer, Native, Template, copied, opened

DOCUMENTED = [(path, refusal.code) for path, method in METHODS.items() for refusal in method.all_refusals]
PATIENCE_SECONDS = 0.05
OF_A_BATCH_ITSELF = frozenset({
    "METHOD_NOT_ALLOWED", "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "INVALID_TOKEN", "EXPIRED_TOKEN",
    "MANDATORY_PARAMETER_MISSING", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_IN_PROGRESS", "SERVICE_UNAVAILABLE", "SYSTEM_ERROR",
    "MALFORMED_REQUEST", "INVALID_PARAMETER", "UNKNOWN_PARAMETER",
})


@pytest.fixture
def fresh(demo: Template, tmp_path: Path, path: str, code: str) -> Iterator[Native]:
    """A server over a copy of its own, impatient, and set up as the story needs it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    allocation = "intended" if code == "BALANCE_TOO_LARGE" else "fifo"
    with opened(demo, copied(demo, folder), write_wait=PATIENCE_SECONDS, allocation=allocation) as server:
        yield server


@pytest.fixture
def asked(request: pytest.FixtureRequest, code: str) -> Native:
    """The shared server for what leaves no trace, else one of the test's own."""
    server: Native = request.getfixturevalue("unwritten" if code in call_stories.HARMLESS else "fresh")
    return server


def story_of(path: str, code: str) -> tuple[str, bool]:
    """The method whose story it is, and whether the story is told in a batch."""
    if path != "batch" or code in OF_A_BATCH_ITSELF:
        return path, False
    return next(other for other, theirs in DOCUMENTED if theirs == code and other != "batch"), True


def provoked(server: Native, path: str, code: str) -> Answer:
    if (path, code) in rule_stories.STORIES:
        return server.ask(path, rule_stories.STORIES[path, code](server))
    return call_stories.STORIES[code](server, path)


class InABatch(Native):
    """Sends every call as the only one of an atomic batch."""
