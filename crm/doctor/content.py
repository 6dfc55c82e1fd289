"""The content: files that can be kept and are what they were, an index that says what the rows say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from sqlalchemy import func, select

from crm import db, indexing, storage
from crm.doctor.lines import Line, Office, fail, ok, warn
from crm.models import Attachment, BriefingIssue, BriefingTemplate
from crm.sources import SOURCES

LOOKED_AT = 50  # files, the newest and some of all
STRETCH = 200  # keys of each kind, the newest


def file_store(office: Office) -> Iterator[Line]:
    """Whether files can be written and read."""
    folder = office.config.files_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
    except OSError as error:
        yield fail("附件目录", f"{folder} 写不进去：{error.strerror}", "改目录的属主和权限，让运行服务的账号可写。")
        return
    yield ok("附件目录", f"{folder} 可读写")


def attachments(office: Office) -> Iterator[Line]:
    """Some of the files, and every issued briefing: there, and what their digests say."""
    folder = office.config.files_dir
    newest = select(Attachment.digest).order_by(Attachment.id.desc()).limit(LOOKED_AT // 2)
    some = select(Attachment.digest).order_by(func.random()).limit(LOOKED_AT // 2)
    issued = select(BriefingIssue.digest).where(BriefingIssue.digest != "")
    filled = select(BriefingTemplate.digest).where(BriefingTemplate.digest != "")
    with db.reading(), office.engine.connect() as connection:
        digests = {digest for query in (newest, some, issued, filled) for digest in connection.scalars(query)}
    gone = sorted(digest for digest in digests if not storage.has(folder, digest))
    broken = sorted(digest for digest in digests - set(gone) if not storage.is_whole(folder, digest))
    if gone or broken:
        names = "、".join(digest[:12] for digest in (*gone, *broken)[:3])
        said = f"抽查 {len(digests)} 个，缺 {len(gone)} 个，损坏 {len(broken)} 个：{names}"
        yield fail("附件", said, "用 crm restore 或从备份目录的 files/ 补回。")
    else:
        yield ok("附件", f"抽查 {len(digests)} 个，都在且内容正确")


def search_index(office: Office) -> Iterator[Line]:
    """How many entries there are against how many rows can be found, and the newest compared word by word."""
    wrong = []
    with db.reading(), office.engine.connect() as connection:
        for source in SOURCES:
            rows, entries = indexing.counts(connection, source)
            differing = indexing.differing(connection, source, STRETCH)
            if rows != entries or differing:
                wrong.append(f"{source.kind.label} {rows} 行 {entries} 条，抽查不符 {differing} 条")
    if wrong:
        yield warn("搜索索引", "；".join(wrong), "运行 flask --app wsgi crm reindex。")
    else:
        yield ok("搜索索引", "条数与记录一致，抽查的内容也一致")
