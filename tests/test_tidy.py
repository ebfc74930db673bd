"""The rules of the house that no linter knows, each shown to catch a planted offence."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.one_engine

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("identifiers", "ledger", "methods", "rpcserver")
FUNCTION_LINES = 40
MODULE_LINES = 300
TOP_LEVEL = frozenset(
    {
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "SECURITY.md",
        "Makefile",
        "pyproject.toml",
        "requirements.txt",
        "requirements-postgres.txt",
        "requirements-dev.txt",
        "requirements-mutants.txt",
        "tests",
        *PACKAGES,
    }
)
SAYS_NOTHING = re.compile(r"(util|helper|common|base|manager|service)s?")
# Spelt so that no search for these words finds this file.
LEFT_OVER = re.compile(r"\bTO[D]O\b|\bFIX[M]E\b|#.*\bX[X]X\b|\bno[q]a\b|\btype: *ign[o]re|\bmypy: *ign[o]re|\bpragma: *n[o] cover")


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the project's root, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def name(self) -> str:
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def frozen(self) -> bool:
        """A migration, which stays as it was written and is loaded by its path."""
        return "migrations" in PurePosixPath(self.path).parts


Sources = Sequence[Source]


def read(*folders: str) -> list[Source]:
    files = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text()) for file in files if "node_modules" not in file.parts]


def imports_of(source: Source, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Line and name of every one of `names` that the file imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            wanted = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            wanted = [(f"{node.module}.{alias.name}", node.module or "") for alias in node.names]
        else:
            continue
        for best, second in wanted:
            if found := next((name for name in (best, second) if name in names), None):
                yield node.lineno, found


def late_imports(sources: Sources) -> list[str]:
    """Imports that stand elsewhere than at the top of a file: in a function, a condition, a TYPE_CHECKING block."""
    return [
        f"{source.path}:{node.lineno}: this import does not stand at the top of the file"
        for source in sources
        if not source.frozen
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in source.tree.body
    ]


def cycles(sources: Sources) -> list[str]:
    modules = {source.name: source for source in sources}
    lines = {source.name: {name: line for line, name in imports_of(source, modules)} for source in sources if not source.frozen}
    try:
        TopologicalSorter(lines).prepare()
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        steps = [f"{modules[name].path}:{lines[name][later]}: imports {later}" for name, later in pairwise(ring)]
        return ["; ".join(steps)]
    return []


def long_functions(sources: Sources) -> list[str]:
    return [
        f"{source.path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES} are allowed"
        for source in sources
        if not source.frozen
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def long_modules(sources: Sources) -> list[str]:
    return [
        f"{source.path}:{length}: {length} lines, at most {MODULE_LINES} are allowed"
        for source in sources
        if not source.frozen
        if (length := len(source.text.splitlines())) > MODULE_LINES
    ]


def unused_modules(sources: Sources) -> list[str]:
    """Files that no other file imports, nor names as the place of a factory ("rpcserver.app:create_app")."""
    names = {source.name for source in sources}
    used = {name for source in sources for _, name in imports_of(source, names) if name != source.name}
    for source in sources:
        texts = [node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        used.update(text.partition(":")[0] for text in texts if re.fullmatch(r"[a-z_.]+:[A-Za-z_]+", text))
    started = ("__init__.py", "__main__.py")
    return [
        f"{source.path}:1: nothing imports this file"
        for source in sources
        if not source.frozen and PurePosixPath(source.path).name not in started and source.name not in used
    ]


def left_overs(sources: Sources) -> list[str]:
    return [
        f"{source.path}:{number}: {found[0]!r} is left over"
        for source in sources
        for number, line in enumerate(source.text.splitlines(), 1)
        if (found := LEFT_OVER.search(line))
    ]


def left_open(sources: Sources) -> list[str]:
    """Blocks that seem to close their connection: one of SQLite's ends a transaction there, and stays open."""
    return [
        f"{source.path}:{item.context_expr.lineno}: this block leaves its connection open"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
        if isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) == "sqlite3.connect"
    ]


def empty_names(sources: Sources) -> list[str]:
    """Files and folders whose name says nothing about what is in them."""
    return [
        f"{source.path}:1: {part!r} says nothing about what is in it"
        for source in sources
        for part in source.name.split(".")
        if SAYS_NOTHING.fullmatch(part)
    ]


def strangers(names: Iterable[str], ignored: Iterable[str]) -> list[str]:
    """Visible names at the top of the project that do not belong there; what git ignores is not seen."""
    return sorted(
        name
        for name in names
        if name not in TOP_LEVEL and not name.startswith(".") and not any(fnmatch(name, pattern) for pattern in ignored)
    )


Rule = Callable[[Sources], list[str]]
OF_THE_PACKAGES: tuple[Rule, ...] = (late_imports, cycles, long_functions, long_modules, unused_modules)
OF_EVERY_FILE: tuple[Rule, ...] = (left_overs, left_open, empty_names)
LONG = "def long():\n" + "    pass\n" * FUNCTION_LINES

PLANTED: list[tuple[Rule, dict[str, str], str]] = [
    (late_imports, {"ledger/a.py": "def f():\n    import json\n"}, "ledger/a.py:2: this import"),
    (late_imports, {"ledger/a.py": "X = 1\nif X:\n    from json import loads\n"}, "ledger/a.py:3: this import"),
    (cycles, {"a.py": "\nimport b", "b.py": "from c import x", "c.py": "import a"}, "a.py:2: imports b"),
    (cycles, {"p/__init__.py": "from p.a import f", "p/a.py": "from p import g"}, "p/a.py:1: imports p"),
    (cycles, {"p/__init__.py": "", "p/a.py": "from p import b", "p/b.py": "import p.a"}, "p/b.py:1: imports p.a"),
    (long_functions, {"a.py": "\n" + LONG}, "a.py:2: long has 41 lines, at most 40"),
    (long_functions, {"a.py": "class A:\n    async " + LONG.replace("\n", "\n    ").rstrip()}, "a.py:2: long has 41 lines"),
    (long_modules, {"a.py": "x = 1\n" * 301}, "a.py:301: 301 lines, at most 300"),
    (unused_modules, {"p/a.py": "import p.b", "p/b.py": "", "p/__main__.py": ""}, "p/a.py:1: nothing imports"),
    (left_overs, {"a.py": "x = 1\n# TO" + "DO: y"}, "a.py:2: 'TO" + "DO' is left over"),
    (left_overs, {"a.py": "import x  # no" + "qa: F401"}, "a.py:1: 'no" + "qa'"),
    (left_overs, {"a.py": "f(1)  # type:" + " ignore[arg-type]"}, "a.py:1: 'type:" + " ignore'"),
    (left_overs, {"a.py": "if x:  # pragma:" + " no cover"}, "a.py:1: 'pragma:" + " no cover'"),
    (left_open, {"a.py": "with x as a, sqlite3.connect(b) as c:\n    pass"}, "a.py:1: this block leaves its connection open"),
    (empty_names, {"ledger/utils.py": ""}, "ledger/utils.py:1: 'utils' says nothing"),
    (empty_names, {"ledger/service/payments.py": ""}, "'service' says nothing"),
]

HARMLESS: list[tuple[Rule, dict[str, str]]] = [
    (late_imports, {"ledger/migrations/0001_a.py": "def migrate():\n    import json\n"}),
    (cycles, {"p/__init__.py": "from p.a import f", "p/a.py": "from p.b import g", "p/b.py": "from json import p"}),
    (long_functions, {"a.py": LONG.removesuffix("    pass\n")}),
    (long_functions, {"ledger/migrations/0001_a.py": LONG}),
    (long_modules, {"a.py": "x = 1\n" * 300}),
    (unused_modules, {"p/a.py": "", "p/b.py": "", "p/__main__.py": "from p import a\n\nrun('p.b:create_app')"}),
    (left_overs, {"a.py": "NO_CURRENCY = 'XX" + "X'"}),
    (left_open, {"a.py": "with closing(sqlite3.connect(b)) as c:\n    pass"}),
    (empty_names, {"ledger/database.py": "", "ledger/services_rendered.py": ""}),
]


def planted(files: dict[str, str]) -> list[Source]:
    return [Source(path, text) for path, text in files.items()]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_read(package: str) -> None:
    assert read(package)


@pytest.mark.parametrize("rule", OF_THE_PACKAGES, ids=lambda rule: rule.__name__)
def test_the_packages_keep_the_rule(rule: Rule) -> None:
    found = rule(read(*PACKAGES))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("rule", OF_EVERY_FILE, ids=lambda rule: rule.__name__)
def test_packages_and_tests_keep_the_rule(rule: Rule) -> None:
    found = rule(read(*PACKAGES, "tests"))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("rule", "files", "expected"), PLANTED)
def test_a_planted_offence_is_found(rule: Rule, files: dict[str, str], expected: str) -> None:
    found = rule(planted(files))
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(("rule", "files"), HARMLESS)
def test_what_is_allowed_is_not_found(rule: Rule, files: dict[str, str]) -> None:
    assert rule(planted(files)) == []


def test_every_rule_has_a_planted_offence() -> None:
    assert {rule for rule, _, _ in PLANTED} == {*OF_THE_PACKAGES, *OF_EVERY_FILE}


def test_the_top_level_holds_only_what_belongs_there() -> None:
    ignored = [line for line in (ROOT / ".gitignore").read_text().splitlines() if line and not line.startswith("#")]
    assert strangers((entry.name for entry in ROOT.iterdir()), ignored) == []


def test_a_stranger_at_the_top_level_is_named() -> None:
    names = ["README.md", "ledger", ".editorconfig", "book.db", "notes.txt", "scripts"]
    assert strangers(names, ["*.db"]) == ["notes.txt", "scripts"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_imports_keep_the_contracts() -> None:
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_contract_is_broken_by_a_planted_import(tmp_path: Path) -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(pyproject)
    files = {
        "identifiers/__init__.py": "import iso4217\nimport ledger",
        "ledger/__init__.py": "import pydantic",
        "methods/__init__.py": "import starlette.requests",
        "rpcserver/__init__.py": "from playhouse import shortcuts",
        "rpcserver/dialects/__init__.py": "",
        "rpcserver/dialects/one/__init__.py": "from rpcserver.dialects.two import x",
        "rpcserver/dialects/two/__init__.py": "import methods",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    contracts = re.findall(r'(?m)^\[\[tool\.importlinter\.contracts\]\]\nname = "(.+)"$', pyproject)
    outcome = lint_imports(tmp_path)
    assert outcome.returncode == 1
    assert [name for name in contracts if f"{name} BROKEN" not in outcome.stdout] == []
    assert len(contracts) == pyproject.count("[[tool.importlinter.contracts]]")
