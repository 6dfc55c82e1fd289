"""An nginx for the tests of deployment: one found on this machine, else Debian's package unpacked into the cache folder.

Unpacked and not installed, because installing starts a server on port 80. CRM_TEST_NGINX names a program and ends the search.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.provision.chromium import CannotInstall, cache_folder, one_at_a_time, step, tell

PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx")


def find() -> tuple[str | None, str]:
    """The path of an nginx that starts, or None and the reason."""
    named = os.environ.get("CRM_TEST_NGINX")
    if named:
        return (named, "") if starts(named) else (None, f"CRM_TEST_NGINX: {named} does not start")
    unpacked = cache_folder() / "nginx" / "usr" / "sbin" / "nginx"
    for program in (shutil.which("nginx"), *PLACES, str(unpacked)):
        if program and starts(program):
            return program, ""
    try:
        with one_at_a_time():
            _unpack(unpacked)
    except CannotInstall as error:
        return None, str(error)
    return str(unpacked), ""


def starts(program: str) -> bool:
    """Whether the program is there, tells its version, and can send packed files."""
    try:
        done = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "http_gzip_static_module" in done.stderr


def _unpack(program: Path) -> None:
    if starts(str(program)):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise CannotInstall("apt-get: not root on a Debian kind of machine")
    tell("No nginx here: unpacking Debian's ...")
    with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
        step("apt-get update", "apt-get", "update", "-q")
        step("apt-get download", "apt-get", "download", "-q", "nginx", folder=Path(name))
        for package in Path(name).glob("*.deb"):
            step("dpkg", "dpkg", "-x", package, program.parents[2])
    if not starts(str(program)):
        raise CannotInstall("Debian's nginx does not start here")
