"""A caller of Productive's door."""

import pytest

from tests.premises import Premises
from tests.rpcserver.dialects.productive.asking import Caller


@pytest.fixture
def caller(open_doors: Premises) -> Caller:
    """A clerk at the open door of the company's book."""
    return Caller(open_doors)
