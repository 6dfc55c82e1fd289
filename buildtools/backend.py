"""PEP 517 backend: setuptools, plus the pinned front-end packages copied into crm/static/vendor.

An in-tree backend and not a setuptools command, because setuptools swallows a failing command of an editable install.
Deno's wheel (in the build environment only, and only when files are missing) fetches the npm packages and checks each
against deno.lock; the digests in assets.json are checked here again, wherever the files came from. A wheel of this
project holds the files, so a machine that installs from CRM_WHEELHOUSE takes them out of that wheel and needs no
client and no registry.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from zipfile import ZipFile

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - a backend re-exports the hooks it does not change

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "crm" / "static" / "vendor"
IN_WHEEL = "crm/static/vendor/"
FETCHED_WITH = ("package.json", "deno.lock")
CLIENT = "deno==2.9.8"


def _assets() -> list[dict[str, str]]:
    """Where each file comes from, where it goes, and its digest."""
    return json.loads((ROOT / "assets.json").read_text(encoding="utf-8"))


def _is_whole(asset: dict[str, str]) -> bool:
    target = VENDOR / asset["to"]
    return target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == asset["sha256"]


def _complete() -> bool:
    return all(_is_whole(asset) for asset in _assets())


def _built_wheel() -> Path | None:
    """A wheel of this project in the wheelhouse, if one is given."""
    wheels = os.environ.get("CRM_WHEELHOUSE")
    return next(iter(sorted(Path(wheels).glob("zhaoshang_crm-*.whl"), reverse=True)), None) if wheels else None


def _fetch(folder: Path) -> None:
    """Put node_modules under `folder`, exactly as deno.lock says."""
    for name in FETCHED_WITH:
        shutil.copy(ROOT / name, folder)
    client = shutil.which("deno")
    if client is None:
        raise RuntimeError("the build environment has no deno: is it kept from installing what the build asks for?")
    wished = {"DENO_TLS_CA_STORE": "system,mozilla"}  # an office's network may sign with a certificate of its own
    quiet = {"DENO_DIR": str(folder / ".deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    subprocess.run([client, "ci"], cwd=folder, env=wished | os.environ | quiet, check=True)


def _copy_from_packages() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fetch(folder)
        for asset in _assets():
            target = VENDOR / asset["to"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "node_modules" / asset["from"], target)


def _copy_from_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(ROOT, [name for name in archive.namelist() if name.startswith(IN_WHEEL)])


def vendor() -> None:
    """Put the files named in assets.json into crm/static/vendor; raises where one is not the file named."""
    if _complete():
        return
    shutil.rmtree(VENDOR, ignore_errors=True)
    wheel = _built_wheel()
    if wheel:
        _copy_from_wheel(wheel)
    else:
        _copy_from_packages()
    wrong = [asset["to"] for asset in _assets() if not _is_whole(asset)]
    if wrong:
        raise RuntimeError(f"not the files that assets.json names: {', '.join(wrong)}")


def _client() -> list[str]:
    return [] if _complete() or _built_wheel() else [CLIENT]


def get_requires_for_build_wheel(*args, **kwargs):  # type: ignore[no-untyped-def]
    """Setuptools' own, and the client where files are missing."""
    return [*build_meta.get_requires_for_build_wheel(*args, **kwargs), *_client()]


def get_requires_for_build_editable(*args, **kwargs):  # type: ignore[no-untyped-def]
    """Setuptools' own, and the client where files are missing."""
    return [*build_meta.get_requires_for_build_editable(*args, **kwargs), *_client()]


def get_requires_for_build_sdist(*args, **kwargs):  # type: ignore[no-untyped-def]
    """Setuptools' own, and the client where files are missing."""
    return [*build_meta.get_requires_for_build_sdist(*args, **kwargs), *_client()]


def build_wheel(*args, **kwargs):  # type: ignore[no-untyped-def]
    """A wheel that holds the front-end files, and nothing that an earlier build has left lying about."""
    vendor()
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    return build_meta.build_wheel(*args, **kwargs)


def build_editable(*args, **kwargs):  # type: ignore[no-untyped-def]
    """An editable install with the front-end files in the tree."""
    vendor()
    return build_meta.build_editable(*args, **kwargs)


def build_sdist(*args, **kwargs):  # type: ignore[no-untyped-def]
    """A source distribution with the front-end files."""
    vendor()
    return build_meta.build_sdist(*args, **kwargs)
