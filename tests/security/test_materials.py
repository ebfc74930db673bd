"""What the server is made of: a bill of materials that can be read, and an audit that never takes no answer for a good one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import audit
from tests.live import ROOT

pytestmark = pytest.mark.one_engine

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
DEAD_PROXY = "http://127.0.0.1:9"
"""Nobody listens on this port."""


def recipe(target: str) -> str:
    """The line that a target of make runs."""
    found = re.search(rf"^{target}:.*\n\t\$\(BIN\)/(.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bill of materials that `make sbom` writes."""
    folder: Path = tmp_path_factory.mktemp("bill")
    command = recipe("sbom").replace("sbom.json", str(folder / "sbom.json")).split()
    command[0] = str(Path(sys.executable).parent / command[0])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads((folder / "sbom.json").read_text()))


def test_the_bill_of_materials_names_the_server_and_every_locked_package_with_its_version_and_hashes(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "rpcserver")
    lock = (ROOT / "requirements.txt").read_text()
    found = {component["name"]: component for component in bill["components"]}
    assert {name: component["version"] for name, component in found.items()} == dict(LOCKED.findall(lock))
    hashes = {each["content"] for one in found.values() for source in one["externalReferences"] for each in source["hashes"]}
    assert hashes == set(HASH.findall(lock)) != set()
    assert {name: found[name]["purl"] for name in found} == {name: f"pkg:pypi/{name}@{found[name]['version']}" for name in found}


def test_the_bill_fits_the_schema_of_its_format(bill: dict[str, Any]) -> None:
    version = SchemaVersion.from_version(bill["specVersion"])
    assert JsonStrictValidator(version).validate_str(json.dumps(bill)) is None


def test_what_is_written_beside_the_code_is_not_kept_with_it() -> None:
    assert "sbom.json" in (ROOT / ".gitignore").read_text().splitlines()


def told(packages: list[dict[str, Any]], status: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], status, json.dumps({"dependencies": packages, "fixes": []}), "No known vulnerabilities")


SOUND = {"name": "sound", "version": "1.0", "vulns": []}
BROKEN = {"name": "broken", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}]}
SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found on PyPI and could not be audited: skipped (1.0)"}


def test_a_package_that_is_known_to_be_vulnerable_fails_the_audit() -> None:
    lines, status = audit.verdict(told([SOUND, BROKEN], 1))
    assert (lines[0], status) == ("VULNERABLE: broken 1.0: PYSEC-1, fixed in 1.1", 1)


def test_packages_without_known_faults_pass() -> None:
    assert audit.verdict(told([SOUND])) == (["1 packages audited, 0 advisories"], 0)


def test_a_package_that_was_skipped_is_said_not_to_be_audited() -> None:
    lines, status = audit.verdict(told([SOUND, SKIPPED]))
    assert status == 0
    assert lines[-1].startswith(f"{audit.NOT_AUDITED}: 1 packages") and lines[-1].endswith("skipped")


def test_without_a_network_the_audit_says_that_there_was_none_and_fails_nothing() -> None:
    away = {**os.environ, **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"), DEAD_PROXY)}
    away |= {"NO_PROXY": "", "no_proxy": ""}
    done = subprocess.run([sys.executable, "-m", "tests.audit"], cwd=ROOT, env=away, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(audit.NOT_AUDITED)


def test_all_locks_are_audited() -> None:
    assert set(audit.LOCKS) == {path.name for path in ROOT.glob("requirements*.txt")}
