"""Which files may be kept as evidence, and what they are: judged by their bytes, never by what the browser says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from crm.choices import Word

LARGEST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
_OFFICE = "application/vnd.openxmlformats-officedocument."
# extension -> (media type, first bytes)
KINDS: dict[str, tuple[str, bytes]] = {
    ".pdf": (PDF, b"%PDF-"),
    ".png": (PNG, b"\x89PNG\r\n\x1a\n"),
    ".jpg": (JPEG, b"\xff\xd8\xff"),
    ".jpeg": (JPEG, b"\xff\xd8\xff"),
    ".docx": (f"{_OFFICE}wordprocessingml.document", b"PK\x03\x04"),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet", b"PK\x03\x04"),
    ".doc": ("application/msword", b"\xd0\xcf\x11\xe0"),
    ".xls": ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
}
SHOWN_INLINE = frozenset({PDF, PNG, JPEG})
ACCEPT = ",".join(KINDS)
_CONTROL = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]")


def clean_name(filename: str) -> str:
    """The bare name: no folders, no control or bidirectional marks; over-long names keep their extension."""
    name = _CONTROL.sub("", PurePosixPath(filename.replace("\\", "/")).name).strip(" .")
    path = PurePosixPath(name or "附件")
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix if len(path.name) > LONGEST_NAME else path.name


def media_type(filename: str) -> str:
    """The media type of a kept file; only known kinds are kept."""
    return KINDS[PurePosixPath(filename).suffix.lower()][0]


def file_problem(filename: str, size: int, head: bytes) -> str | None:
    """Why a file cannot be kept, or None; `head` are its first bytes."""
    suffix = PurePosixPath(filename).suffix.lower()
    if size == 0:
        return Word("“%(file)s”是空文件，请重新选择。", file=filename)
    if size > LARGEST_BYTES:
        said = {"file": filename, "size": f"{size / 1024**2:.1f}", "most": LARGEST_BYTES // 1024**2}
        return Word("“%(file)s”有 %(size)s MB，超过 %(most)d MB，请压缩或拆分后再上传。", **said)
    if suffix not in KINDS:
        return Word("“%(file)s”不能作为附件，请用 PDF、图片（JPG、PNG）、Word 或 Excel 文件。", file=filename)
    if not head.startswith(KINDS[suffix][1]):
        return Word("“%(file)s”的内容与扩展名 %(suffix)s 不符，请用原文件重新上传。", file=filename, suffix=suffix)
    return None
