"""Files: bytes kept under their SHA-256 in a folder of the data folder, so that a file is stored once and never changes.

What people upload is kept for good. What jobs make lies in a folder of its own and goes when nobody needs it (`strays`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.errors import NotFound

DIGEST = re.compile(r"[0-9a-f]{64}")


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def digest_of(data: bytes) -> str:
    """The name the bytes are kept under."""
    return hashlib.sha256(data).hexdigest()


def store(folder: Path, data: bytes, *, lasting: bool = True) -> str:
    """Keep the bytes and return their digest; a crash leaves either the whole file or none.

    What can be made anew need not be `lasting`: then nobody waits until the disk has it.
    """
    digest = digest_of(data)
    place = _place(folder, digest)
    if place.exists():
        return digest
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    Path(name).replace(place)
    return digest


def holds(folder: Path, digest: str) -> bool:
    """Whether the bytes of a digest are there."""
    return _place(folder, digest).is_file()


def load(folder: Path, digest: str) -> bytes:
    """The bytes of a digest; raises NotFound when the data folder has lost them."""
    return path_of(folder, digest).read_bytes()


def path_of(folder: Path, digest: str) -> Path:
    """Where the file of a digest lies; raises NotFound when the data folder has lost it."""
    place = _place(folder, digest)
    if not place.is_file():
        raise NotFound("文件已不在数据目录里，请联系管理员从备份恢复。")
    return place


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """An empty file beside those that are kept, to be written at length; it is gone afterwards unless `adopt` kept it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def adopt(folder: Path, path: Path) -> str:
    """Keep a `scratch` file that is written and closed, and return its digest.

    It takes the place of one with the same bytes, so that it counts as new for `strays`.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    digest = _digest_of(path)
    place = _place(folder, digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
    return digest


def strays(folder: Path, needed: Collection[str], before: float) -> Iterator[Path]:
    """The files that nobody needs and that were written before an instant (of the file system's clock): old results, and
    what a killed process left unfinished."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in needed and path.stat().st_mtime < before:
            yield path


def has(folder: Path, digest: str) -> bool:
    """Whether the folder keeps the bytes of a digest; nobody looks into them."""
    return _place(folder, digest).is_file()


def is_whole(folder: Path, digest: str) -> bool:
    """Whether the folder keeps the bytes of a digest, and they still are what the digest says."""
    return has(folder, digest) and _digest_of(_place(folder, digest)) == digest


def digests(folder: Path) -> Iterator[str]:
    """Every digest of which the folder keeps the bytes; what was never finished is left out."""
    for path in sorted(folder.glob("??/*")):
        if DIGEST.fullmatch(path.name) and path.parent.name == path.name[:2]:
            yield path.name


def copy_all(source: Path, target: Path) -> tuple[int, tuple[str, ...]]:
    """Copy what the target has not; how many were copied, and which were left because they are not what their digest says."""
    count, damaged = 0, []
    for digest in digests(source):
        if has(target, digest):
            continue
        place = _place(target, digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = place.with_name(f".{digest}.part")
        shutil.copyfile(_place(source, digest), unfinished)
        if _digest_of(unfinished) == digest:
            unfinished.replace(place)
            count += 1
        else:
            unfinished.unlink()
            damaged.append(digest)
    return count, tuple(damaged)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
