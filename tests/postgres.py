"""A real PostgreSQL for tests; `pytest_plugins = ["tests.postgres"]` makes the fixture known."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

USER, PASSWORD = "keeper", "s3cret"
SETTINGS = {"listen_addresses": "127.0.0.1", "fsync": "off", "timezone": "Europe/Berlin"}


@dataclass(frozen=True)
class Postgres:
    """A server on loopback that asks for a password."""

    port: int

    def url(self, database: str = "postgres", password: str = PASSWORD, dialect: str = "postgresql") -> str:
        """The address of a database on it."""
        return f"{dialect}://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Prepare a test; what is tested only reads."""
        with self._engine().begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def store(self, table: str, lines: pd.DataFrame) -> None:
        """Rows under a name."""
        lines.to_sql(table, self._engine(), index=False, if_exists="replace")

    def read(self, query: str) -> str:
        """What is there, as one text."""
        with self._engine().begin() as connection:
            return str(connection.execute(text(query)).fetchall())

    def _engine(self) -> Engine:
        return create_engine(self.url(dialect="postgresql+psycopg"), poolclass=NullPool)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server, once per session; without it the test is skipped, unless the run said it must be there."""
    found = initdb()
    if found is None:
        reason = "needs PostgreSQL (Debian: apt install postgresql)"
        if "postgres" in os.environ.get("SEGMENTLAB_REQUIRE", "").split(","):
            pytest.fail(f"SEGMENTLAB_REQUIRE names postgres, and this {reason}")
        pytest.skip(reason)
    with started(found) as server:
        yield server


def initdb() -> str | None:
    """The program that makes a database cluster; Debian keeps it off the path."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return shutil.which("initdb") or (str(programs[-1]) if programs else None)


@contextmanager
def started(found: str) -> Iterator[Postgres]:
    """A server with a folder of its own, until it is no longer needed."""
    folder = Path(mkdtemp(prefix="pg-"))  # short: the path of a socket holds a hundred letters
    (folder / "password").write_text(PASSWORD)
    if os.getuid() == 0:  # as root PostgreSQL does not start
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
    port = free_port()
    settings: Mapping[str, object] = {**SETTINGS, "port": port, "unix_socket_directories": folder}
    data = f"--pgdata={folder / 'data'}"
    secret = f"--pwfile={folder / 'password'}"
    as_its_user(found, data, f"--username={USER}", secret, "--auth=scram-sha-256", "--no-sync", "-E", "UTF8")
    control, options = (
        str(Path(found).with_name("pg_ctl")),
        " ".join(f"-c {k}={v}" for k, v in settings.items()),
    )
    as_its_user(control, data, "--wait", f"--log={folder / 'log'}", f"--options={options}", "start")
    try:
        yield Postgres(port)
    finally:
        as_its_user(control, data, "--wait", "--mode=immediate", "stop")
        shutil.rmtree(folder)


def as_its_user(*command: str) -> None:
    """Run one of PostgreSQL's programs."""
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*user, *command], check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=900)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
