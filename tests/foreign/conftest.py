"""One live server for the foreign clients of a process; each test works with records of its own."""

from collections.abc import Iterator

import pytest

from tests.abroad import Abroad, abroad
from tests.live import serving


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with serving(tmp_path_factory.mktemp("abroad")) as live:
        yield abroad(live)
