"""The papers of the demo: small scans and site photos drawn from what a line of evidence.csv says, marked 演示 throughout.

The same line draws the same bytes, so the line alone decides the digest; `lay_out` puts the bytes where files are kept.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import storage
from crm.choices import EvidenceKind
from crm.models import Attachment, SeedLine
from crm.rules.files import KINDS, PNG, clean_name, media_type
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.parts import Part

FILE = "evidence.csv"
DRAWN = (".pdf", ".png")
MARK = "演示"
FOOT = "演示数据，内容全部为虚构，不作任何凭证使用。"


def evidence(cells: Cells) -> list[Part]:
    """evidence.csv: a file of a project and the record it proves; the file is drawn from its name and 内容."""
    filename = cells.needed("文件名")
    if clean_name(filename) != filename or PurePosixPath(filename).suffix not in DRAWN:
        raise CellWrong("文件名", f"应以 {' 或 '.join(DRAWN)} 结尾，不含路径和特殊符号。")
    data = draw(filename, cells.long("内容"))
    values: dict[str, Any] = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "claim_id": cells.one("报送记录", "所证明的记录"),
        "kind": cells.needed_word(EvidenceKind, "类别"),
        "filename": filename,
        "media_type": media_type(filename),
        "size_bytes": len(data),
        "digest": storage.digest_of(data),
        "uploaded_at": cells.needed_instant("上传时间"),
        "uploaded_by_id": cells.one("人员", "上传人"),
    }
    return [Part(Attachment, values)]


def lay_out(session: Session, folder: Path) -> int:
    """Keep the bytes of every seeded paper that the folder lacks; returns how many were drawn."""
    kept = {file.id: file.digest for file in session.execute(select(Attachment.id, Attachment.digest))}
    drawn = 0
    for cells, made in session.execute(select(SeedLine.cells, SeedLine.made).where(SeedLine.file == FILE)):
        digest = kept.get(made["attachment"])
        if digest is not None and not storage.holds(folder, digest):
            storage.store(folder, draw(cells["文件名"], cells.get("内容", "")), lasting=False)
            drawn += 1
    return drawn


def draw(filename: str, content: str) -> bytes:
    """The paper of a name and a text: a photo for a picture's name, else a page with one line a clause."""
    if media_type(filename) == PNG:
        return photo(filename)
    return page(PurePosixPath(filename).stem, [line.strip() for line in content.split("；") if line.strip()])


# ------------------------------------------------------------------------------------------------------------------- a page

_LEFT, _RIGHT, _TOP, _ROW = 72, 523, 312, 30
# The fonts that every PDF reader has or substitutes for simplified Chinese: nothing is embedded. ASCII is half as wide.
_OBJECTS = (
    "<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 420]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    "",
    "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
    "/DW 1000/W[1 95 500]/FontDescriptor 7 0 R>>",
    "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
    "/Descent -120/CapHeight 880/StemV 93>>",
)


def page(title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one page: a title, a ruled table of what it states, the mark across it."""
    objects = list(_OBJECTS)
    stream = "\n".join(_strokes(title, lines))
    objects[3] = f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream"
    written, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    return bytes(written + f"xref\n0 {count}\n0000000000 65535 f \n{table}{end}".encode("ascii"))


def _strokes(title: str, lines: Sequence[str]) -> list[str]:
    bottom = _TOP - _ROW * len(lines)
    rules = [f"{_LEFT} {_TOP - _ROW * row} m {_RIGHT} {_TOP - _ROW * row} l S" for row in range(len(lines) + 1)]
    sides = [f"{x} {_TOP} m {x} {bottom} l S" for x in (_LEFT, 172, _RIGHT)] if lines else []
    rows = [text for row, line in enumerate(lines, 1) for text in _row(line, _TOP - _ROW * row + 11)]
    return [
        "0.93 g",
        _text(MARK * 3, 120, 70, 64, "0.819 0.574 -0.574 0.819"),
        "0 g",
        _text(title, 297 - _width(title, 18) / 2, 346, 18),
        "0.6 G 0.6 w",
        *rules,
        *sides,
        *rows,
        "0.4 g",
        _text(FOOT, _LEFT, 36, 9),
    ]


def _row(line: str, y: int) -> list[str]:
    name, colon, value = line.partition("：")
    return [_text(name, _LEFT + 10, y, 11), _text(value, 182, y, 11)] if colon else [_text(line, _LEFT + 10, y, 11)]


def _text(text: str, x: float, y: float, size: int, turned: str = "1 0 0 1") -> str:
    return f"BT /F {size} Tf {turned} {x:.0f} {y:.0f} Tm <{text.encode('utf-16-be').hex()}> Tj ET"


def _width(text: str, size: int) -> float:
    return sum(size / 2 if letter.isascii() else size for letter in text)


# ------------------------------------------------------------------------------------------------------------------ a photo

_WIDE, _HIGH, _HORIZON = 640, 400, 300
_SKY, _GROUND, _FRAME, _WALL, _CRANE, _FENCE, _CLOUD, _MARKED, _SHADE = range(9)
_COLOURS = (
    (186, 208, 226), (151, 131, 105), (120, 128, 138), (206, 203, 196), (214, 152, 40), (64, 104, 150), (224, 233, 240),
    (255, 255, 255), (128, 110, 88),
)  # fmt: skip
# 演 and 示, sixteen rows of sixteen dots.
_GLYPHS = (
    "2040 1020 17FE 8402 43FC 4020 11FC 1124 21FC E124 21FC 2000 2088 2104 2202 0000",
    "0000 3FF8 0000 0000 0000 FFFE 0100 0100 1110 1108 2104 4102 8102 0100 0500 0200",
)


@dataclass(frozen=True)
class _Picture:
    """Rows of colour numbers; everything is drawn as rectangles."""

    rows: list[bytearray]

    def fill(self, x: int, y: int, wide: int, high: int, colour: int) -> None:
        """A rectangle; what lies beyond the edges is left out."""
        left, right = max(x, 0), min(x + wide, _WIDE)
        for row in self.rows[max(y, 0) : max(y + high, 0)]:
            row[left:right] = bytes([colour]) * max(right - left, 0)


def photo(name: str) -> bytes:
    """A PNG of a building site: frames, a crane, a fence, placed by the name, with the mark in a corner."""
    dice = hashlib.sha256(name.encode()).digest()
    picture = _Picture([bytearray([_SKY if y < _HORIZON else _GROUND]) * _WIDE for y in range(_HIGH)])
    for cloud in range(3):
        picture.fill(
            40 + cloud * 200 + dice[cloud] // 4, 30 + dice[cloud + 3] // 5, 90 + dice[cloud + 6] // 4, 14, _CLOUD
        )
    _crane(picture, 60 + dice[9] * 2, 60 + dice[10] // 4, -1 if dice[11] % 2 else 1)
    _building(picture, 30 + dice[12] // 4, 4 + dice[13] % 3, 3 + dice[14] % 3, dice[15] % 3)
    _building(picture, 330 + dice[16] // 3, 4 + dice[17] % 3, 2 + dice[18] % 3, dice[19] % 3)
    for y, height in ((_HORIZON + 8, 26), (_HORIZON + 34, 3)):
        picture.fill(0, y, _WIDE, height, _FENCE if height > 3 else _SHADE)
    for stone in range(12):
        picture.fill(dice[20 + stone] * 5 // 2, 350 + dice[31 - stone] % 44, 26, 4, _SHADE)
    _mark(picture, 540, 340, 2)
    return _png(picture)


def _building(picture: _Picture, x: int, bays: int, floors: int, clad: int) -> None:
    """A frame of columns and slabs, of which the lowest floors have walls already."""
    for floor in range(floors):
        top = _HORIZON - 46 * (floor + 1)
        if floor < clad:
            picture.fill(x, top, bays * 34, 46, _WALL)
        picture.fill(x, top, bays * 34 + 6, 6, _FRAME)
        for bay in range(bays + 1):
            picture.fill(x + bay * 34, top, 6, 46, _FRAME)


def _crane(picture: _Picture, x: int, top: int, side: int) -> None:
    picture.fill(x, top, 7, _HORIZON - top, _CRANE)
    picture.fill(x - 60 if side > 0 else x - 200, top + 12, 267, 6, _CRANE)
    picture.fill(x + side * 170, top + 18, 2, 90, _SHADE)
    picture.fill(x - side * 52, top + 18, 22, 18, _SHADE)


def _mark(picture: _Picture, x: int, y: int, scale: int) -> None:
    for place, glyph in enumerate(_GLYPHS):
        for row, dots in enumerate(glyph.split()):
            for column in range(16):
                if int(dots, 16) >> (15 - column) & 1:
                    picture.fill(x + (place * 18 + column) * scale, y + row * scale, scale, scale, _MARKED)


def _png(picture: _Picture) -> bytes:
    """The picture as an indexed PNG."""
    header = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 3, 0, 0, 0)
    dots = b"".join(b"\0" + row for row in picture.rows)
    palette = b"".join(bytes(colour) for colour in _COLOURS)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(dots, 9)), (b"IEND", b""))
    return KINDS[".png"][1] + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
