"""Hostile traffic against a server in a process of its own: an honest client goes on being served, memory and files stay bounded,
nothing fails, and nothing is written but what the honest client was told. `make hostile` is the long form."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import report
from tests.hostile.anything import ask_anything
from tests.hostile.plan import SHORT
from tests.hostile.standing import Standing, standing

pytestmark = pytest.mark.sqlite

CHAINS = 50
TO_PAY = 1_500
QUICK = {"HEADER_WAIT": "1.5", "BODY_WAIT": "2", "ANSWER_WAIT": "1.5"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """One server for all raids: what one does to it, the next would see."""
    with standing(tmp_path_factory.mktemp("hostile"), TO_PAY, **QUICK) as found:
        yield found


@pytest.mark.parametrize("name", SHORT)
def test_a_server_stands_whatever_comes(server: Standing, name: str) -> None:
    told = server.raided(name, SHORT[name].raid, SHORT[name].most_memory)
    assert told.wrong == [], report.row(told)
    assert told.honest_calls > 0


def test_whatever_is_asked_at_any_door_by_anybody_no_door_fails(tmp_path: Path) -> None:
    with standing(tmp_path) as server:
        answers = ask_anything(server.server, CHAINS, deterministic=True)
        assert {200, 400, 401, 403, 404, 405} <= set(answers)
        assert server.faults() == []
        assert server.server.discrepancies() == []
