"""QBench's door over a book of this test's own, or over one for all tests that write nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import premises
from tests.engines import copied
from tests.premises import Premises
from tests.rpcserver.dialects.qbench.asking import Lab


@pytest.fixture
def lab(open_doors: Premises) -> Lab:
    return Lab(open_doors)


@pytest.fixture(scope="session")
def _shared(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    path = copied(furnished_template, tmp_path_factory.mktemp("qbench") / "quiet.db")
    with premises.opened(path) as opened:
        yield opened


@pytest.fixture
def quiet(_shared: Premises) -> Iterator[Lab]:
    """The door over a book in which no payments are made; it does not fail."""
    _shared.faults.seen.clear()
    yield Lab(_shared)
    assert _shared.payments() == []
    assert _shared.faults.seen == []
