"""Backup and restore: the database as of one moment, and the uploaded files, which never change and are copied once.

A folder of backups looks like this:

    2026-11-29T013000Z/database.sqlite3 | database.dump     one folder a backup
    2026-11-29T013000Z/manifest.json                        what it is, its digest, how much it holds
    files/ab/abcd...                                        every file once, under its SHA-256, shared by all backups

The database is copied first and the files after it: a file that the copy speaks of was there before. SQLite is copied by its own
backup interface while people work; PostgreSQL by pg_dump and pg_restore. A stamp in the data folder says when it last succeeded.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select, text

from crm import db, storage
from crm.errors import CrmError
from crm.models import Attachment, BriefingIssue, ImportBatch, Project

STAMP = "last_backup.json"
MANIFEST = "manifest.json"
FORMAT = "%Y-%m-%dT%H%M%SZ"
NAMED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
KEEPS_FILES = (Attachment.digest, ImportBatch.digest, BriefingIssue.digest)  # "" where there is none yet


class CannotBackUp(CrmError):
    """Why there is no backup, or nothing to restore: a sentence."""


@dataclass(frozen=True)
class Manifest:
    """What one backup is."""

    at: str
    kind: str  # "sqlite" or "postgresql"
    revision: str
    database: str  # the file's name
    sha256: str
    size_bytes: int
    projects: int
    files: int

    @property
    def when(self) -> datetime:
        """The instant it was begun."""
        return datetime.strptime(self.at, FORMAT).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Report:
    """What was done; `lost` are files that the database speaks of and nobody has, `damaged` ones are not their digest."""

    manifest: Manifest
    place: Path
    copied: int
    lost: tuple[str, ...]
    damaged: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------------------ backup


def back_up(
    engine: Engine, data_dir: Path, files_dir: Path, target: Path, now: datetime, keep: int | None = None
) -> Report:
    """Make one backup in the folder and stamp it; raises CannotBackUp. Of older ones the last `keep` stay."""
    name = now.astimezone(UTC).strftime(FORMAT)
    place, unfinished = target / name, target / f".{name}.part"
    if place.exists():
        raise CannotBackUp(f"{place} 已经有了；请等一秒再试。")
    _make_folder(unfinished)
    try:
        wanted, counts = _contents(engine)
        kind = engine.dialect.name
        copy = unfinished / ("database.sqlite3" if kind == "sqlite" else "database.dump")
        (_copy_sqlite if kind == "sqlite" else _dump_postgresql)(engine, copy)
        copied, damaged = storage.copy_all(files_dir, target / "files")
        lost = tuple(sorted(digest for digest in wanted if not storage.has(target / "files", digest)))
        manifest = Manifest(
            name, kind, counts[0], copy.name, _sha256(copy), copy.stat().st_size, counts[1], len(wanted) - len(lost)
        )
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    stamp = {"at": name, "folder": str(target.resolve()), "size_bytes": manifest.size_bytes, "lost": len(lost)}
    (data_dir / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    if keep is not None:
        for old in sorted(found(target), reverse=True)[keep:]:
            shutil.rmtree(target / old)
    return Report(manifest, place, copied, lost, damaged)


def last_stamp(data_dir: Path) -> tuple[datetime, str] | None:
    """When a backup last succeeded, and the folder it went to."""
    try:
        said = json.loads((data_dir / STAMP).read_text(encoding="utf-8"))
        return datetime.strptime(said["at"], FORMAT).replace(tzinfo=UTC), str(said["folder"])
    except (OSError, ValueError, KeyError):
        return None


def found(target: Path) -> list[str]:
    """The names of the finished backups of a folder."""
    names = [path.name for path in target.iterdir() if NAMED.fullmatch(path.name)] if target.is_dir() else []
    return sorted(name for name in names if (target / name / MANIFEST).is_file())


def _contents(engine: Engine) -> tuple[set[str], tuple[str, int]]:
    """The digests that the database speaks of, its revision and how many projects it holds.

    It may be older than this program: the backup before an upgrade is made by the new one.
    """
    with db.reading(), engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if "project" not in tables:
            raise CannotBackUp("数据库里还没有表：没有可以备份的内容。")
        columns = [column for column in KEEPS_FILES if column.class_.__tablename__ in tables]
        digests = {digest for column in columns for digest in connection.scalars(select(column).where(column != ""))}
        revision = ""
        if "alembic_version" in tables:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
        projects = connection.scalar(select(func.count()).select_from(Project.__table__))
    return digests, (revision, projects or 0)


def _copy_sqlite(engine: Engine, copy: Path) -> None:
    with closing(sqlite3.connect(_sqlite_file(engine))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without its companions
        broken = target.execute("PRAGMA integrity_check").fetchone()[0]
    if broken != "ok":
        raise CannotBackUp(f"数据库文件已经损坏，备份没有意义：{broken}。请从以前的备份恢复。")


def _dump_postgresql(engine: Engine, copy: Path) -> None:
    _run(engine, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


# ----------------------------------------------------------------------------------------------------------------- restore


def read_manifest(source: Path, name: str | None = None) -> Manifest:
    """The manifest of a backup of the folder, the newest where none is named; raises CannotBackUp."""
    names = found(source)
    if not names or (name and name not in names):
        raise CannotBackUp(
            f"{source} 里没有{'这份' if name else '可用的'}备份。" + (f"现有：{'、'.join(names)}。" if names else "")
        )
    chosen = name or names[-1]
    return Manifest(**json.loads((source / chosen / MANIFEST).read_text(encoding="utf-8")))


def restore(engine: Engine, files_dir: Path, source: Path, manifest: Manifest, replace: bool) -> Report:
    """Put a backup in the place of the database, checked against its digest first; raises CannotBackUp and changes nothing.

    A database that holds something is only replaced when `replace` says so; SQLite's is kept beside it.
    """
    copy = source / manifest.at / manifest.database
    if engine.dialect.name != manifest.kind:
        raise CannotBackUp(f"这份备份是 {manifest.kind} 的，现在的数据库是 {engine.dialect.name}，不能互相恢复。")
    if not copy.is_file() or _sha256(copy) != manifest.sha256:
        raise CannotBackUp(f"{copy} 与备份时的校验值不一致，可能已经损坏；没有改动任何数据，请换一份备份。")
    if _holds_something(engine) and not replace:
        raise CannotBackUp("现在的数据库里已有数据；确实要用备份替换，请加 --replace。")
    engine.dispose()
    (_put_sqlite if manifest.kind == "sqlite" else _restore_postgresql)(engine, copy)
    copied, damaged = storage.copy_all(source / "files", files_dir)
    wanted, (_revision, projects) = _contents(engine)
    if projects != manifest.projects:
        raise CannotBackUp(f"恢复后有 {projects} 个项目，备份时是 {manifest.projects} 个：请核对后再使用。")
    lost = tuple(sorted(digest for digest in wanted if not storage.has(files_dir, digest)))
    return Report(manifest, source / manifest.at, copied, lost, damaged)


def _holds_something(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not _sqlite_file(engine).exists():
        return False
    with db.reading(), engine.connect() as connection:
        return bool(set(inspect(connection).get_table_names()) - {"alembic_version"})


def _put_sqlite(engine: Engine, copy: Path) -> None:
    """The file in the place of the old one, which stays beside it under the hour of its end."""
    place = _sqlite_file(engine)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.restoring")
    shutil.copyfile(copy, unfinished)
    if place.exists():
        with closing(sqlite3.connect(place)) as connection:  # what waits in the companion file belongs to the old one
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        place.replace(place.with_name(f"{place.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    for companion in ("-wal", "-shm"):
        place.with_name(place.name + companion).unlink(missing_ok=True)
    unfinished.replace(place)


def _restore_postgresql(engine: Engine, copy: Path) -> None:
    """In one transaction: whole or not at all."""
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run(engine, "pg_restore", *options, f"--dbname={engine.url.database}", str(copy))


# ------------------------------------------------------------------------------------------------------------------- tools


def _sqlite_file(engine: Engine) -> Path:
    name = engine.url.database
    if not name or name == ":memory:":
        raise CannotBackUp("内存里的数据库没有文件，不能备份。")
    return Path(name)


def _make_folder(folder: Path) -> None:
    """Closed to other accounts: a backup holds everything."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise CannotBackUp(f"不能写入备份目录 {folder.parent}：{error.strerror}。") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_program(name: str, major: int) -> str | None:
    """A client program of PostgreSQL that is not older than the server: on PATH, else where Debian and Red Hat put them."""
    on_path = [Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    apart = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), *Path("/usr").glob(f"pgsql-*/bin/{name}")]
    for program in (*on_path, *sorted(apart, reverse=True)):
        if os.access(program, os.X_OK) and _major(program) >= major:
            return str(program)
    return None


def _major(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return 0
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


def _run(engine: Engine, name: str, *arguments: str) -> None:
    """Run a client program on the engine's database; the password goes through the environment, where no other user reads it."""
    with db.reading(), engine.connect() as connection:
        major = int((connection.dialect.server_version_info or (14,))[0])
    program = find_program(name, major)
    if program is None:
        raise CannotBackUp(
            f"这台机器上没有 PostgreSQL {major} 的 {name}；请安装同版本或更新的客户端"
            f"（Debian：apt install postgresql-client-{major}），再运行一次。"
        )
    environment = {**os.environ, **dict(_environment(engine))}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise CannotBackUp(f"{name} 没有成功：{said}")


def _environment(engine: Engine) -> Iterator[tuple[str, str]]:
    url = engine.url
    given = {
        "PGHOST": url.query.get("host") or url.host, "PGPORT": url.query.get("port") or url.port, "PGUSER": url.username,
        "PGPASSWORD": url.password, "PGDATABASE": url.database, "PGSSLMODE": url.query.get("sslmode"),
    }  # fmt: skip
    yield from ((name, str(value)) for name, value in given.items() if value)
