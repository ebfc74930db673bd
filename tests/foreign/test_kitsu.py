"""kitsu, a client for any server that speaks JSON:API, works against Productive's door; it runs on node."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.abroad import Abroad
from tests.live import ROOT

pytestmark = pytest.mark.one_engine

FOLDER = ROOT / "tests" / "node"
SCRIPT = FOLDER / "kitsu.mjs"
KITSU = FOLDER / "node_modules" / "kitsu"


@pytest.fixture
def invoice(there: Abroad) -> str:
    """An invoice that nobody has paid, by its row key."""
    return str(there.pk("invoice", there.invoice(150)))


@pytest.fixture
def told(there: Abroad, invoice: str) -> dict[str, Any]:
    """What kitsu tells of what it did."""
    node = shutil.which("node")
    if not (node and KITSU.exists()):
        assert not os.environ.get("CI"), "kitsu is missing; install it with: make test"
        pytest.skip("kitsu is missing: it needs node and npm, and then make installs it")
    words = [node, str(SCRIPT), f"{there.url}/api/v2", json.dumps(there.productive), invoice]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_kitsu_makes_finds_changes_and_removes_a_payment(invoice: str, told: dict[str, Any]) -> None:
    assert (told["created"]["amount"], told["created"]["paid_on"]) == (10_000, "2021-01-24")
    assert told["created"]["invoice"]["data"]["id"] == invoice
    assert told["shown"]["invoice"]["data"]["company"]["data"]["name"]
    assert [payment["id"] for payment in told["found"]["data"]] == [told["created"]["id"]]
    assert told["found"]["meta"]["page_size"] == 200
    assert told["filtered"] == []
    assert told["updated"]["amount"] == 2_000
    assert (told["removed"], told["left"]) == (204, [])
    assert told["refused"][0]["source"]["pointer"] == "data/attributes/invoice"
