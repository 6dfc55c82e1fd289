"""The servers under measurement: a PostgreSQL of its own and gunicorn as in production, both ended with the run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench import dataset, processes
from tests.provision import postgresql

ROOT = Path(__file__).resolve().parents[1]
WORKERS, THREADS = 2, 4
START_SECONDS = 300  # on a machine that many share
MIB = 1024 * 1024


class CannotServe(Exception):
    """A server did not start; the text says why."""


def settings() -> dict[str, str | None]:
    """Those of the peers' measurement (shared_buffers as far as the memory allows), and all that the tests relax as it comes."""
    shared = min(2048, processes.memory_total_bytes() // MIB // 4)
    return {
        "fsync": None, "synchronous_commit": None, "full_page_writes": None, "jit": None,
        "shared_buffers": f"{shared}MB", "work_mem": "32MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min",
    }  # fmt: skip


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    folder, keeper = postgresql.start(settings())
    try:
        url, reason = postgresql.answer(folder)
        if url is None:
            raise CannotServe(f"PostgreSQL: {reason}")
        yield url
    finally:
        postgresql.end(keeper)


@contextmanager
def left_alone(url: str) -> Iterator[None]:
    """Without autovacuum, which would tidy up again and again while tables are being filled."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
        yield
        connection.execute("ALTER SYSTEM RESET autovacuum")
        connection.execute("SELECT pg_reload_conf()")


def postmaster(url: str) -> int:
    """The process above every server process of a database; 0 where it is not on this machine."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT pg_backend_pid(), inet_client_addr() IS NOT DISTINCT FROM inet_server_addr()"
        ).fetchone()
        assert row is not None
        return processes.parent(row[0]) if row[1] else 0  # while it lives: it ends with the connection


def version(url: str) -> str:
    """PostgreSQL's own word for itself."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return row[0] if row else "?"


# -------------------------------------------------------------------------------------------------------- the application


def surroundings(url: str, folder: str) -> dict[str, str]:
    """What the application is started with: the demo, because its people sign in without a password."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return {
        **clean, "CRM_WEB_WORKERS": str(WORKERS), "CRM_WEB_THREADS": str(THREADS), "CRM_ENV": "demo",
        "CRM_DATABASE_URL": url, "CRM_DATA_DIR": folder, "CRM_TODAY": dataset.TODAY.isoformat(),
    }  # fmt: skip


def migrate(environment: Mapping[str, str]) -> None:
    """`crm migrate`: the schema as an office gets it."""
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "crm", "migrate")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotServe(f"crm migrate: {done.stdout}{done.stderr}")


@dataclass(frozen=True)
class Server:
    """A running application: the web server, and the process beside it that does background work, where the product has one."""

    port: int
    web: int
    worker: int | None

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def application(environment: Mapping[str, str]) -> Iterator[Server]:
    """gunicorn as it is deployed, and `crm worker`; their logs lie beside the data."""
    port = _free_port()
    web = (  # no worker is replaced, and no visitor's connection closed, while it is measured
        "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", f"127.0.0.1:{port}", "--max-requests", "0", "--keep-alive", "600",
        "--no-control-socket", "bench.counted:make()",
    )  # fmt: skip
    with ExitStack() as stack:
        process = stack.enter_context(_running(web, environment))
        beside = None
        if find_spec("crm.commands.worker"):
            beside = stack.enter_context(_running(("flask", "--app", "wsgi", "crm", "worker"), environment)).pid
        _wait(process, port, environment)
        yield Server(port, process.pid, beside)


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with _log(environment, command[0]).open("ab") as words:
        process = subprocess.Popen(
            (sys.executable, "-m", *command), cwd=ROOT, env=dict(environment), stdout=words, stderr=words
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _log(environment: Mapping[str, str], name: str) -> Path:
    return Path(environment["CRM_DATA_DIR"]) / f"{name}.log"


def last_words(environment: Mapping[str, str]) -> str:
    """The end of the server's log: what it said when something failed."""
    return _log(environment, "gunicorn").read_text(encoding="utf-8", errors="replace")[-3000:]


def _wait(process: subprocess.Popen[bytes], port: int, environment: Mapping[str, str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise CannotServe(f"gunicorn: {last_words(environment)}")


@contextmanager
def data_folder() -> Iterator[str]:
    """A folder for uploaded files and logs, gone with the run."""
    with TemporaryDirectory(prefix="crm-bench-") as folder:
        yield folder
