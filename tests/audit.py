"""Asks pip-audit whether a package in the locks is known to be vulnerable; `make audit`.

Where its data cannot be had pip-audit finds nothing, and says so as if all were well. Here that is told apart: no news are no good
news, but fail nothing either.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-postgres.txt", "requirements-dev.txt", "requirements-mutants.txt")
NOT_AUDITED = "NOT AUDITED"
SECONDS_TO_CONNECT = 10


def asked(locks: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """What pip-audit says of the locks. It installs nothing."""
    named = [word for lock in locks for word in ("--requirement", str(ROOT / lock))]
    how = f"--disable-pip --require-hashes --format json --progress-spinner off --timeout {SECONDS_TO_CONNECT}"
    command = [sys.executable, "-m", "pip_audit", *how.split(), *named]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verdict(said: subprocess.CompletedProcess[str]) -> tuple[list[str], int]:
    """Lines to read, and the exit status: 1 only if something is known to be vulnerable."""
    try:
        packages = json.loads(said.stdout)["dependencies"]
    except ValueError:
        why = (said.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [f"{NOT_AUDITED}: pip-audit got no answer ({why})"], 0
    vulnerable = [line for package in packages for line in _known(package)]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    lines = [*vulnerable, f"{len(packages) - len(skipped)} packages audited, {len(vulnerable)} advisories"]
    if skipped:
        lines.append(f"{NOT_AUDITED}: {len(skipped)} packages, of which no advisories could be had: {', '.join(skipped)}")
    return lines, 1 if vulnerable else 0


def _known(package: dict[str, Any]) -> Iterator[str]:
    for found in package.get("vulns", ()):
        fixed = ", ".join(found["fix_versions"]) or "no version yet"
        yield f"VULNERABLE: {package['name']} {package['version']}: {found['id']}, fixed in {fixed}"


if __name__ == "__main__":
    told, status = verdict(asked(LOCKS))
    sys.stdout.write("\n".join(told) + "\n")
    sys.exit(status)
