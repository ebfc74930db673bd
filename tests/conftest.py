"""A book of a small company for any test (`tests.books`), and a server over the demo's book (`tests.native`)."""

import gc
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.postgres.connections import Postgres
from ledger.storage.compiled import Statements
from tests import books, documented, engines, live, native, premises
from tests.batches import ARGUMENTS, FORCED
from tests.books import Clock, Company
from tests.engines import copied, url_of
from tests.native import Native, Template, Watch
from tests.postgres import memory
from tests.premises import Premises
from tests.warm import connected, let_go, warm

BOOKS = frozenset({"tmp_path", "tmp_path_factory", "book_file", "company_template", "demo", "_template"})
"""Fixtures without which a test has no book."""
ELSEWHERE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(sqlite|one_engine)\b", re.MULTILINE)
"""How a module says that none of its tests is for another engine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=engines.ENGINES, default=engines.SQLITE, help="what the books of the tests are kept on")


def pytest_configure(config: pytest.Config) -> None:
    engines.chosen.engine = config.getoption("engine")
    if place := memory():
        # Thousands of books are made and written to.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """On another engine than SQLite a module that has nothing for it is not even imported."""
    if engines.is_sqlite() or not collection_path.match("test_*.py"):
        return None
    return ELSEWHERE.search(collection_path.read_text()) is not None or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are made, and stay: looking for garbage among them again and again would take longer than making them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another engine than SQLite only what has a book is run, unless it is about SQLite, or one engine is enough."""
    if engines.is_sqlite():
        return
    wanted = [item for item in items if _is_for_a_server(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(wanted)])
    items[:] = wanted


def _is_for_a_server(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & BOOKS) and not any(map(item.get_closest_marker, ("sqlite", "one_engine")))


@pytest.fixture(autouse=True)
def _databases_dropped(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test made on a server goes with it."""
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        engines.dropped(folder)


@pytest.fixture(scope="session", autouse=True)
def databases_handed_on() -> Iterator[None]:
    """What a test had on a server the next one gets, filled anew."""
    with warm.on(not engines.is_sqlite()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Postgres, "_connect", connected)
        patch.setattr(Postgres, "_close", let_go, raising=False)
        yield
        engines.removed()


@pytest.fixture(scope="session", autouse=True)
def statements_built_once() -> Iterator[None]:
    """The books of all tests share their statements, as the connections of one book do: building SQL is what takes time."""
    shared = Statements()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.book.Statements", lambda: shared)
        yield


@pytest.fixture
def statements_of_each_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """For books on another engine than that of the run: each has statements of its own."""
    monkeypatch.setattr("ledger.book.Statements", Statements)


@pytest.fixture(scope="session", autouse=True)
def demos_made_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """The demos that servers of their own process serve are copies: making one takes seconds."""
    # Named as an argument it would make every test one that has a book.
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live.templates, "folder", factory.mktemp("demos"))
        yield


@pytest.fixture(scope="session", autouse=True)
def batches_forced() -> Iterator[None]:
    """The books that a test opens share commits as the environment says, where it does."""
    defaults = Book.__init__.__kwdefaults__
    assert defaults is not None
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FORCED.items():
            patch.setitem(defaults, ARGUMENTS[name], value)
        yield


@pytest.fixture(scope="session")
def company_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that every test's book is a copy of."""
    path = tmp_path_factory.mktemp("books") / "company.db"
    books.build(path)
    return path


@pytest.fixture
def book_file(company_template: Path, tmp_path: Path) -> Path:
    """This test's own book, on disk."""
    return copied(company_template, tmp_path / "company.db")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(book_file: Path, clock: Clock) -> Iterator[Book]:
    opened = Book(url_of(book_file), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def company(book: Book, clock: Clock) -> Company:
    """The company whose book it is, asked by its clerk."""
    return books.company(book, clock)


@pytest.fixture(scope="session")
def furnished_template(company_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's book with what the doors need: the file that every test's premises are a copy of."""
    path = copied(company_template, tmp_path_factory.mktemp("premises") / "company.db")
    premises.furnish(path)
    return path


@pytest.fixture
def open_doors(furnished_template: Path, tmp_path: Path) -> Iterator[Premises]:
    """The company with all doors open. Whatever was done there: the book holds in the end, and no door has failed."""
    path = copied(furnished_template, tmp_path / "premises.db")
    with premises.opened(path) as opened:
        yield opened
        assert opened.faults.seen == []
        assert opened.discrepancies() == []


@pytest.fixture(autouse=True)
def _no_undocumented_refusal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test is about: what the native door refuses in it, the method that was called documents."""
    strangers = documented.watched(monkeypatch)
    yield
    assert strangers == []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The demo that every server's book is a copy of."""
    return native.build(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def server(demo: Template, tmp_path: Path) -> Iterator[Native]:
    """A server over this test's own copy of the demo."""
    with native.opened(demo, native.copied(demo, tmp_path)) as asked:
        yield asked


@pytest.fixture(scope="session")
def unwritten(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """A server over one copy of the demo for all tests that write nothing."""
    with native.opened(demo, native.copied(demo, tmp_path_factory.mktemp("unwritten"))) as asked:
        yield asked


@pytest.fixture(scope="session")
def _watch(unwritten: Native) -> Iterator[Watch]:
    made = Watch(unwritten.path)
    yield made
    made.close()


@pytest.fixture
def nothing_written(unwritten: Native, _watch: Watch) -> Iterator[None]:
    """Nothing is committed to the book of `unwritten` while the test runs, and the server does not fail."""
    _watch.changed()
    unwritten.faults.seen.clear()
    yield
    assert not _watch.changed(), "a refused call has written"
    assert unwritten.faults.seen == []
