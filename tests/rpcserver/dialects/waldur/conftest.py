"""The company's premises as callers of Waldur's door find them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import premises
from tests.engines import copied
from tests.premises import Premises
from tests.rpcserver.dialects.waldur.caller import Caller


@pytest.fixture
def caller(open_doors: Premises) -> Caller:
    """Asks a door over a book of this test's own."""
    return Caller(open_doors)


@pytest.fixture(scope="session")
def _shared(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    path = copied(furnished_template, tmp_path_factory.mktemp("waldur") / "premises.db")
    with premises.opened(path) as opened:
        yield opened


@pytest.fixture
def reader(_shared: Premises) -> Iterator[Caller]:
    """Asks a door over one book for all tests whose requests leave nothing behind."""
    # The servers of other tests fail on purpose now and then, and log in the same place.
    _shared.faults.seen.clear()
    before = len(_shared.payments())
    yield Caller(_shared)
    assert len(_shared.payments()) == before
    assert _shared.faults.seen == []
