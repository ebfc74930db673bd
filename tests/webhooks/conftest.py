"""A book for each test, built once and copied, and a receiver."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engines import copied
from tests.rpcserver import world
from tests.rpcserver.world import World
from tests.webhooks.office import Office, hasty, opened
from tests.webhooks.receiver import Receiver, receiving

__all__ = ["hasty"]


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world.build(tmp_path_factory.mktemp("world") / "template.db")


@pytest.fixture
def here(_template: World, tmp_path: Path) -> World:
    """A book of this test's own."""
    return replace(_template, path=copied(_template.path, tmp_path / "book.db"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def office(here: World, hasty: None) -> Iterator[Office]:
    """A server that does not take its time."""
    with opened(here, webhook_timeout=0.5) as found:
        yield found
