"""PEP 517 backend: setuptools, plus the pinned front-end packages copied into crm/static/vendor.

An in-tree backend and not a setuptools command, because setuptools swallows a failing command of an editable install. The
client that fetches (Deno's wheel, in the build environment only) checks the integrity of every package against deno.lock; the
digests in assets.json are checked again here, whatever client fetched. A wheel built from this tree holds the files, so an
isolated machine needs no client.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - a backend re-exports the hooks it does not change

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "crm" / "static" / "vendor"
FETCHED_WITH = ("package.json", "deno.lock")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _complete(assets: list[dict[str, str]]) -> bool:
    return all(
        (VENDOR / asset["to"]).is_file() and _digest(VENDOR / asset["to"]) == asset["sha256"] for asset in assets
    )


def _fetch(folder: Path) -> None:
    for name in FETCHED_WITH:
        shutil.copy(ROOT / name, folder)
    client = shutil.which("deno")
    if client is None:
        raise RuntimeError("the build environment has no deno; is `deno` in build-system.requires?")
    quiet = {"DENO_DIR": str(folder / ".deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    subprocess.run([client, "ci"], cwd=folder, env=os.environ | quiet, check=True)


def vendor() -> None:
    """Copy the front-end files named in assets.json, unless they are all there already."""
    assets = json.loads((ROOT / "assets.json").read_text(encoding="utf-8"))
    if _complete(assets):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fetch(folder)
        shutil.rmtree(VENDOR, ignore_errors=True)
        for asset in assets:
            target = VENDOR / asset["to"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "node_modules" / asset["from"], target)
    if not _complete(assets):
        raise RuntimeError("a front-end file is not the one assets.json names; was a package changed?")


def build_wheel(*args, **kwargs):  # type: ignore[no-untyped-def]
    """A wheel that holds the front-end files."""
    vendor()
    return build_meta.build_wheel(*args, **kwargs)


def build_editable(*args, **kwargs):  # type: ignore[no-untyped-def]
    """An editable install with the front-end files in the tree."""
    vendor()
    return build_meta.build_editable(*args, **kwargs)


def build_sdist(*args, **kwargs):  # type: ignore[no-untyped-def]
    """A source distribution with the front-end files."""
    vendor()
    return build_meta.build_sdist(*args, **kwargs)
