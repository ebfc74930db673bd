"""`python -m tests.mutants`: change the code in small ways and name each change that no test notices. `make mutants` calls it.

Which files are changed, and which tests have to notice, stands in pyproject.toml under tool.mutmut.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
MUTMUT = (sys.executable, "-m", "mutmut")
STATUS = re.compile(r"(?m)^ +(\S+): (.+)$")

HARMLESS: Mapping[str, str] = {
    'ledger/money.py: whole, decimals = digits[:-exponent], digits[-exponent:].rstrip("XX0XX")': (
        "What is stripped consists of digits, so that an X more among the characters to strip finds nothing."
    ),
    "ledger/money.py: return -nearest if value <= 0 else nearest": "It differs for zero alone, and the integer -0 is 0.",
}
"""The changes that no test can notice, as the file and the line that they make of it, each with the reason why."""

out = Console(width=132)


def main() -> None:
    """Change, test, and name what is not explained; the exit status is 1 if there is any. Arguments go to `mutmut run`."""
    # What was found before is kept for each function, whatever has become of its tests.
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    subprocess.run([*MUTMUT, "run", *sys.argv[1:]], cwd=ROOT, check=True)
    statuses = dict(STATUS.findall(_asked("results", "--all", "true")))
    survivors = {change(_asked("show", name)): status for name, status in statuses.items() if status != "killed"}
    noticed = sum(status == "killed" for status in statuses.values())
    out.print(f"{len(statuses)} changes, {noticed} of them noticed", highlight=False)
    complaints = list(unexplained(statuses, survivors))
    for complaint in complaints:
        out.print(complaint, highlight=False, markup=False, soft_wrap=True)
    sys.exit(1 if complaints else 0)


def change(diff: str) -> str:
    """A difference as mutmut shows it, as the file and the lines that are new in it."""
    file = re.findall(r"(?m)^\+\+\+ (.+)$", diff)
    lines = re.findall(r"(?m)^\+(?!\+\+ ) *(.+)$", diff)
    return f"{' '.join(file)}: {' '.join(lines)}"


def unexplained(statuses: Mapping[str, str], survivors: Mapping[str, str], harmless: Mapping[str, str] = HARMLESS) -> Iterator[str]:
    """What is wrong with an outcome, a line each: nothing was changed, a change is not explained, an explanation has no change."""
    if not statuses:
        yield "nothing was changed"
    for line in survivors.keys() - harmless.keys():
        yield f"{survivors[line]}, and nobody says why: {line}"
    for line in harmless.keys() - survivors.keys():
        yield f"explained, but a test notices it or it is not made any more: {line}"


def _asked(*words: str) -> str:
    return subprocess.run([*MUTMUT, *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
