"""A PostgreSQL of its own for the tests, and a team's review over real HTTP on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from harness.review.app.database import Database, open_database
from harness.store import Run
from tests.review.app.support import Team
from tests.review.support import a_run

NOBODY = 65534


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server that runs for these tests alone, on a socket in a folder of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    programs = found[-1].parent if found else Path(on_path).parent if on_path else None
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has to be short
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        os.chown(folder, NOBODY, NOBODY)
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def call(program: str, *words: str) -> None:
        command = [str(programs / program), *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, **as_user)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync")
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=80"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield f"postgresql://tester@/postgres?host={folder}"
    finally:
        call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What ``--db`` is given: a file, or a fresh schema of the server."""
    if request.param == "sqlite":
        return str(tmp_path / "review.sqlite")
    import psycopg

    server: str = request.getfixturevalue("postgres")
    name = f"review_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{server}&options=-csearch_path%3D{name}"


@pytest.fixture
def database(where: str) -> Database:
    return open_database(where)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return a_run(tmp_path / "run", 10)


@pytest.fixture
def team(database: Database, run: Run) -> Iterator[Team]:
    """The app over a run of ten answers, on a port of loopback."""
    with Team(database, run) as opened:
        yield opened
