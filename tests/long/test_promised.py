"""Every method is asked for what its document promises, at and beyond the limits of all parameters. Minutes: `make big` runs it."""

from pathlib import Path

import pytest

from tests.live import serving
from tests.promised import schemathesis

pytestmark = pytest.mark.big


def test_schemathesis_finds_no_fault_anywhere(tmp_path: Path) -> None:
    with serving(tmp_path) as live:
        schemathesis(live, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "20")
