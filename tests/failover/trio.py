"""Three nodes under Patroni and etcd, at three addresses of this machine, set up as the README says: it is read from there."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.failover.pair import BOOK, kill_all, kill_server
from tests.readme import README

RECOMMENDED, HERE = "10.0.0.", "127.0.0."
NAMES = ("one", "two", "three")
BIN, DATA, SOCKETS = "/usr/lib/postgresql/15/bin", f"/var/lib/postgresql/15/{BOOK}", "/var/run/postgresql"
ETCD_DATA = f"/var/lib/etcd/{BOOK}"
POSTGRES_PORT, REST_PORT = 5432, 8008
OWNER = "postgres"
"""Who runs all of it where the tests run as root: Debian's packages make this user."""
PACKAGES = "postgresql-15 patroni python3-etcd etcd-server"
PATIENCE_SECONDS = 180.0
ANSWER_SECONDS = 2.0
STANDBY = frozenset({"running", "streaming"})


def missing() -> list[str]:
    """The programs that are not installed here."""
    programs = ("patroni", "etcd", f"{BIN}/postgres")
    return [program for program in programs if shutil.which(program) is None]


def recommended(language: str) -> str:
    """The README's configuration of the first node: for etcd (`ini`), or for Patroni (`yaml`)."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if f"{RECOMMENDED}11" in block)
    return str(block).replace(RECOMMENDED, HERE)


def url() -> str:
    """The README's address of the book."""
    found = re.search(rf"postgresql://\S+{re.escape(RECOMMENDED)}13/{BOOK}", README.read_text())
    assert found is not None
    return found[0].replace(RECOMMENDED, HERE)


def said_of(text: str, name: str, address: str, folder: Path) -> str:
    """What the README says of the first node, said of another one, with all its files in a folder of its own."""
    first = f"{HERE}11"
    # A line that names all three stays.
    lines = [line if f"{HERE}12" in line else line.replace(first, address) for line in text.splitlines()]
    said = re.sub(r"^(name: |ETCD_NAME=)one$", rf"\g<1>{name}", "\n".join(lines), flags=re.MULTILINE)
    for place, own in {DATA: folder / "data", SOCKETS: folder, ETCD_DATA: folder / "etcd"}.items():
        said = said.replace(place, str(own))
    return said + "\n"


class Machine:
    """One of the three: an etcd, a Patroni, and the PostgreSQL that this one looks after."""

    def __init__(self, folder: Path, place: int) -> None:
        self.name = NAMES[place]
        self.address = f"{HERE}{place + 11}"
        self.folder = folder / self.name
        self.data = self.folder / "data"
        self.folder.mkdir()
        self._own: Mapping[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._own = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self._configuration = self.folder / "patroni.yml"
        self._configuration.write_text(said_of(recommended("yaml"), self.name, self.address, self.folder))
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start etcd and Patroni, which starts PostgreSQL."""
        said = said_of(recommended("ini"), self.name, self.address, self.folder)
        settings = dict(line.split("=", 1) for line in said.split())
        self._processes = [self._run("etcd", settings), self._run("patroni", {}, str(self._configuration))]

    def _run(self, program: str, settings: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **settings}
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [program, *words], cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT, **self._own
            )

    def kill(self) -> None:
        """End all of it as a machine does that loses its power."""
        kill_all([process.pid for process in self._processes])
        for process in self._processes:
            process.wait()
        kill_server(self.data, self.folder / f".s.PGSQL.{POSTGRES_PORT}.lock")

    def members(self) -> list[dict[str, Any]]:
        """What Patroni here says of the three; nothing if it does not answer."""
        with suppress(requests.RequestException):
            answer = requests.get(f"http://{self.address}:{REST_PORT}/cluster", timeout=ANSWER_SECONDS)
            return list(answer.json()["members"])
        return []

    def is_primary(self) -> bool:
        """Whether Patroni here holds the lock, and PostgreSQL can be written to."""
        with suppress(requests.RequestException):
            return (
                requests.get(f"http://{self.address}:{REST_PORT}/primary", timeout=ANSWER_SECONDS).status_code == requests.codes.ok
            )
        return False

    def stop(self) -> None:
        """Stop what runs of it."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class Trio:
    """The three, with an empty database for a book."""

    def __init__(self, folder: Path) -> None:
        self.machines = [Machine(folder, place) for place in range(len(NAMES))]
        self._dead: Machine | None = None

    def start(self) -> None:
        """Start all three, and make what the README has an operator make."""
        for machine in self.machines:
            machine.start()
        self._wait(self._is_whole, "the nodes do not come together")
        role = psycopg.conninfo.conninfo_to_dict(url())
        with psycopg.connect(self._address_of_the_superuser(), autocommit=True) as native:
            native.execute(f"CREATE ROLE {role['user']} LOGIN PASSWORD '{role['password']}'".encode())
            native.execute(f"CREATE DATABASE {BOOK} OWNER {role['user']}".encode())

    def _address_of_the_superuser(self) -> str:
        found = re.search(r"superuser: \{username: (\S+), password: (\S+)\}", recommended("yaml"))
        assert found is not None
        return psycopg.conninfo.make_conninfo(
            url(), user=found[1], password=found[2], dbname=OWNER, target_session_attrs="read-write"
        )

    @property
    def url(self) -> str:
        """The address of the book, at whichever of the three is the primary."""
        return url()

    def kill_primary(self) -> None:
        """End the primary's whole machine."""
        self._kill("leader")

    def kill_standby(self) -> None:
        """End the whole machine of the standby that commits wait for."""
        self._kill("sync_standby")

    def _kill(self, role: str) -> None:
        name = next(member["name"] for member in self.machines[0].members() if member["role"] == role)
        self._dead = next(machine for machine in self.machines if machine.name == name)
        self._dead.kill()

    def fail_over(self) -> None:
        """Until one of the others is the primary, and another one the standby that commits wait for."""
        living = [machine for machine in self.machines if machine is not self._dead]
        names = {machine.name for machine in living}

        def agree() -> bool:
            roles = {member["role"] for member in living[0].members() if member["name"] in names}
            return roles == {"leader", "sync_standby"} and any(machine.is_primary() for machine in living)

        self._wait(agree, "the two others do not go on")

    def rejoin(self) -> None:
        """Start the machine again that was killed, and wait until all is as it was."""
        assert self._dead is not None
        self._dead.start()
        self._dead = None
        self._wait(self._is_whole, "the killed node does not follow")

    def _is_whole(self) -> bool:
        """A primary, a standby that it waits for, and another one, all on the same line."""
        members = self.machines[0].members()
        follow = all(member["state"] in STANDBY for member in members) and len({member.get("timeline") for member in members}) == 1
        return follow and sorted(member["role"] for member in members) == ["leader", "replica", "sync_standby"]

    def _wait(self, until: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < end, f"{otherwise}: {self.machines[0].members()}"
            time.sleep(0.1)


@contextmanager
def trio() -> Iterator[Trio]:
    """Three nodes that run while the block does."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="trio"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        made = Trio(folder)
        for machine in made.machines:
            stack.callback(machine.stop)
        made.start()
        yield made
