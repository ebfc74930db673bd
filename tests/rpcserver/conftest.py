"""A book and a client for each test; the book is built once and copied."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from rpcserver.app import create_app, open_book
from rpcserver.settings import Settings
from tests.engines import copied
from tests.rpcserver import world
from tests.rpcserver.world import World

ADDRESS = ("192.0.2.1", 50_000)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world.build(tmp_path_factory.mktemp("world") / "template.db")


@pytest.fixture
def here(_template: World, tmp_path: Path) -> World:
    """A book of this test's own."""
    return replace(_template, path=copied(_template.path, tmp_path / "book.db"))


@pytest.fixture
def settings(here: World) -> Settings:
    return world.settings_for(here.path)


@pytest.fixture
def book(settings: Settings) -> Iterator[Book]:
    opened = open_book(settings)
    yield opened
    opened.close()


@pytest.fixture
def client(settings: Settings, book: Book) -> Iterator[TestClient]:
    """The server, asked in this process."""
    with TestClient(create_app(settings, book), client=ADDRESS) as asking:
        yield asking


@pytest.fixture
def token(settings: Settings, book: Book) -> Callable[[str], str]:
    """The token of a person of the book."""
    return lambda username: world.token(book, settings, username)
