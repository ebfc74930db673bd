"""Whatever a test of the ledger did to the company's book, it has to hold afterwards."""

from collections.abc import Iterator

import pytest

from ledger.verify import discrepancies
from tests.books import Company


@pytest.fixture
def victim(company: Company) -> Company:
    """A company whose book may be damaged."""
    return company


@pytest.fixture(name="company")
def company_whose_book_holds(company: Company) -> Iterator[Company]:
    """The company; its book is verified when the test is over."""
    yield company
    assert list(discrepancies(company.book)) == []
