"""Uploaded files: bytes kept under their SHA-256 in the data folder, so that a file is stored once and never changes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from crm.errors import NotFound


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def store(folder: Path, data: bytes) -> str:
    """Keep the bytes and return their digest; a crash leaves either the whole file or none."""
    digest = hashlib.sha256(data).hexdigest()
    place = _place(folder, digest)
    if place.exists():
        return digest
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(place)
    return digest


def load(folder: Path, digest: str) -> bytes:
    """The bytes of a digest; raises NotFound when the data folder has lost them."""
    place = _place(folder, digest)
    if not place.is_file():
        raise NotFound("文件已不在数据目录里，请联系管理员从备份恢复。")
    return place.read_bytes()
