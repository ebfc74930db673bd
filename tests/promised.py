"""Whether a server keeps what its OpenAPI document promises: schemathesis asks it."""

import subprocess
import sys
from pathlib import Path

from tests.live import Live

CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
"""No schema says which names exist, or how many decimals a currency has: so what fits it may still be refused."""


def schemathesis(live: Live, folder: Path, *options: str) -> None:
    """Have the server asked what its document promises to answer; options say how much."""
    key = f"Authorization: Bearer {live.demo['keys']['admin']}"
    words = [sys.executable, "-m", "schemathesis.cli", "run", f"{live.url}/openapi.json", "--header", key, *CHECKS, *options]
    words += ["--generation-deterministic", "--warnings", "off", "--no-color"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
