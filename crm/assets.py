"""Static files: each under a name that bears its digest, so that a browser keeps it for ever, and packed for the way.

The address of `css/crm.css` is `css/crm.<digest>.css`: another content is another address. A server that knows an older or a
newer content under the name still answers with what it has, and lets nobody keep it: during an upgrade two versions serve side by
side. `lay_out` writes the same tree into a folder for nginx, where the contents of earlier versions stay for a while.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAMED = re.compile(r"(?P<stem>.+)\.(?P<digest>[0-9a-f]{10})(?P<ending>\.[a-z0-9]+)")
PACKED = frozenset({".css", ".js", ".svg", ".json", ".txt", ".map"})
SMALLEST_PACKED_BYTES = 512
KEPT_DAYS = 90


@dataclass(frozen=True)
class Asset:
    """A file as it was read: the digest of its content, and the packed content where packing is worth it."""

    stamp: tuple[int, int]  # when it was changed, and its size: read anew when they differ
    digest: str
    packed: bytes | None


class Assets:
    """The static files of a folder; each is read, digested and packed once, and again when it was changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Asset] = {}

    def find(self, name: str) -> Asset | None:
        """The file of a plain name, or None."""
        try:
            state = (self.folder / name).stat()
        except (OSError, ValueError):
            return None
        stamp = (state.st_mtime_ns, state.st_size)
        known = self._known.get(name)
        if known is None or known.stamp != stamp:
            if not (self.folder / name).is_file():
                return None
            known = self._known[name] = _read(self.folder / name, stamp)
        return known

    def versioned(self, name: str) -> str:
        """The name with the digest in it; an unknown file keeps its name, and is not found."""
        asset, (stem, _dot, ending) = self.find(name), name.rpartition(".")
        return f"{stem}.{asset.digest}.{ending}" if asset and stem else name

    def plain(self, name: str) -> tuple[str, str]:
        """The file's own name and the digest that the address asked for, empty where it named none."""
        found = NAMED.fullmatch(name)
        return (found["stem"] + found["ending"], found["digest"]) if found else (name, "")

    def names(self) -> Iterator[str]:
        """Every file."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix()


def _read(path: Path, stamp: tuple[int, int]) -> Asset:
    data = path.read_bytes()
    packed = None
    if path.suffix in PACKED and len(data) >= SMALLEST_PACKED_BYTES:
        packed = gzip.compress(data, mtime=0)
    return Asset(stamp, hashlib.sha256(data).hexdigest()[:10], packed)


def lay_out(assets: Assets, target: Path, now: float) -> int:
    """Write every file and its packed form into a folder that a web server reads; how many there are.

    What earlier versions left there goes after three months, when no page asks for it any more.
    """
    count = 0
    for name in assets.names():
        asset, data = assets.find(name), (assets.folder / name).read_bytes()
        assert asset is not None
        for place in (target / assets.versioned(name), target / name):
            _put(place, data, now)
            if asset.packed is not None:
                _put(place.with_name(place.name + ".gz"), asset.packed, now)
        count += 1
    for path in target.rglob("*"):
        if path.is_file() and now - path.stat().st_mtime > KEPT_DAYS * 86_400:
            path.unlink()
    return count


def _put(place: Path, data: bytes, now: float) -> None:
    """The file whole or not at all: a server may be reading there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_file() or place.read_bytes() != data:
        unfinished = place.with_name(f".{place.name}.part")
        unfinished.write_bytes(data)
        unfinished.chmod(0o644)
        unfinished.replace(place)
    os.utime(place, (now, now))
