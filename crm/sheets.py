"""Uploaded spreadsheets: bytes to cells. The only file of crm/ that reads them; what cells mean is decided in crm.rules.

A file is what its bytes are, whatever it is called: .xlsx, .xls, .ods, .csv. Before anything is parsed, a file that
is locked, carries macros, unpacks to more than it should or is no spreadsheet at all is refused with a sentence that
says what to do. Formulas are never calculated, links never followed, macros never run.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import islice
from math import isfinite
from xml.etree import ElementTree

import python_calamine as calamine

from crm.errors import RuleBroken
from crm.rules.ledger.cells import Cell, CellError, Row, Sheet, Span, Workbook, letter

MAX_BYTES = 60 * 1000**2
MAX_UNPACKED = 256 * 1024**2
MAX_RATIO = 300
MAX_PARTS = 5000
MAX_ROWS = 100_000
MAX_COLUMNS = 256
MAX_AREA = 6_000_000
"""A sheet is laid out as rows times columns; beyond this, columns far right are left unread."""

AGAIN = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”再上传"
NOT_CALCULATED = "公式未计算"
"""Stands in the cell of a formula that was written by a program and never calculated by Excel."""
_ERROR_CODES = frozenset(
    f"{NOT_CALCULATED} #REF! #DIV/0! #VALUE! #NAME? #N/A #NUM! #NULL! #SPILL! #CALC! Err:502 Err:508 Err:522".split()
)


class UnreadableFile(RuleBroken):
    """The upload cannot be read; the message says what it is and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "file")


def read(data: bytes, filename: str, *, max_bytes: int = MAX_BYTES) -> Workbook:
    """The cells of an uploaded file; raises UnreadableFile with a sentence for the reader."""
    if not data.strip():
        raise UnreadableFile("文件是空的，请选有内容的台账文件")
    if len(data) >= max_bytes:
        size, limit = len(data) / 1000**2, max_bytes / 1000**2
        raise UnreadableFile(f"文件有 {size:.0f} MB，系统只收 {limit:.0f} MB 以下的，请删去图片或拆成几个文件再上传")
    kind, sheets = _read_by_content(data)
    if not any(row for sheet in sheets for row in sheet.rows):
        raise UnreadableFile("文件里没有内容，请选有内容的台账文件")
    return Workbook(filename, kind, sheets)


# (what the bytes begin with, what that is, what to do)
_COPY = "请把其中的表格复制到 Excel，另存为 .xlsx 再上传"
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件", _COPY),
    (b"\x89PNG", "图片（PNG）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"\xff\xd8\xff", "图片（JPG）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"GIF8", "图片（GIF）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"BM", "图片（BMP）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"II*\x00", "图片（TIFF）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"MM\x00*", "图片（TIFF）", "请上传 Excel、WPS 表格或 CSV 文件"),
    (b"Rar!", "压缩包（RAR）", "请解压后上传其中的表格"),
    (b"7z\xbc\xaf", "压缩包（7z）", "请解压后上传其中的表格"),
    (b"\x1f\x8b", "压缩包（gzip）", "请解压后上传其中的表格"),
    (b"{\\rtf", "RTF 文档", _COPY),
    (b"MZ", "程序文件", "请上传 Excel、WPS 表格或 CSV 文件"),
)
_MARKUP: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"progid=\"Excel\.Sheet\"|urn:schemas-microsoft-com:office:spreadsheet"), "“XML 表格”格式的旧文件"),
    (
        re.compile(rb"^\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|table|style|meta)\b", re.I | re.S),
        "网页（HTML）",
    ),
    (re.compile(rb"^MIME-Version:|^From:.*multipart/related", re.I), "网页归档（MHT）"),
    (re.compile(rb"^\s*<\?xml"), "XML 文件"),
)


def _read_by_content(data: bytes) -> tuple[str, tuple[Sheet, ...]]:
    if data.startswith(b"PK"):
        return _from_zip(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls", _from_ole(data)
    for magic, what, advice in _STRANGERS:
        if data.startswith(magic):
            raise UnreadableFile(f"{_this_is(what)}，不是表格，{advice}")
    head = data[:4096].lstrip(b"\xef\xbb\xbf")
    for pattern, what in _MARKUP:
        if pattern.search(head):
            raise UnreadableFile(f"{_this_is(what)}，不是真正的 Excel 文件，{AGAIN}")
    return "csv", (_from_csv(data),)


def _this_is(what: str) -> str:
    """Chinese and Latin letters are kept apart by a space."""
    return f"这是{' ' if what[0].isascii() else ''}{what}"


# --- zip: .xlsx and .ods ------------------------------------------------------------------------------------------

# (a part's name begins so, what the file is, what to do); tried in order
_ZIP_STRANGERS: tuple[tuple[str, str, str], ...] = (
    ("word/", "Word 文档", _COPY),
    ("ppt/", "PPT 演示文稿", _COPY),
    ("xl/workbook.bin", "二进制工作簿（.xlsb）", AGAIN),
    ("OFD.xml", "OFD 版式文件", _COPY),
    ("Index/Document.iwa", "苹果 Numbers 表格", "请在 Numbers 中导出为 Excel 再上传"),
)
_BROKEN = f"文件不完整或已损坏，打不开，{AGAIN}"
_LOCKED = "文件加了密码，系统打不开，请在 Excel 或 WPS 中取消密码，另存后再上传"
_MACROS = f"文件带宏，系统不接收，{AGAIN}"
_BOMB = f"文件解压后过大，可能已损坏或不是正常的表格，{AGAIN}"


class _Parts:
    """The parts of a zip file, each read whole but never beyond what all of them together may hold."""

    def __init__(self, data: bytes, most: int | None = None) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, UnicodeError) as broken:
            raise UnreadableFile(_BROKEN) from broken
        members = self._zip.infolist()
        self.members = {member.filename.replace("\\", "/").lstrip("/"): member for member in members}
        self._left = MAX_UNPACKED if most is None else most
        if len(members) > MAX_PARTS or any(_is_swollen(member) for member in members):
            raise UnreadableFile(_BOMB)
        if sum(member.file_size for member in members) > 4 * MAX_UNPACKED:
            raise UnreadableFile(_BOMB)
        if any(member.flag_bits & 0x1 for member in members):
            raise UnreadableFile(_LOCKED)

    def read(self, name: str) -> bytes:
        """A part's bytes, counted while they are unpacked: sizes in the directory may lie."""
        try:
            with self._zip.open(self.members[name]) as part:
                content = part.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError) as broken:
            raise UnreadableFile(_BROKEN) from broken
        self._left -= len(content)
        if self._left < 0:
            raise UnreadableFile(_BOMB)
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", content[:65536], re.IGNORECASE):
            raise UnreadableFile(f"文件里有不该有的内容（XML 实体），{AGAIN}")
        return content


def _parsed(content: bytes) -> ElementTree.Element:
    """A part that `_Parts.read` has let through: without entities, which are what makes XML dangerous."""
    try:
        return ElementTree.fromstring(content)  # noqa: S314
    except ElementTree.ParseError as broken:
        raise UnreadableFile(_BROKEN) from broken


def _is_swollen(member: zipfile.ZipInfo) -> bool:
    large = member.file_size > 8 * 1024**2
    return member.file_size > 2 * MAX_UNPACKED or (
        large and member.file_size > MAX_RATIO * max(1, member.compress_size)
    )


def _from_zip(data: bytes) -> tuple[str, tuple[Sheet, ...]]:
    parts = _Parts(data)
    names = parts.members.keys()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableFile(_MACROS)
    if "xl/workbook.xml" in names:
        return "xlsx", _from_xlsx(parts)
    if "content.xml" in names:
        return "ods", _from_ods(parts)
    for beginning, what, advice in _ZIP_STRANGERS:
        if any(name.startswith(beginning) for name in names):
            raise UnreadableFile(f"{_this_is(what)}，不能直接读，{advice}")
    raise UnreadableFile("这是压缩包（ZIP），不是表格，请解压后上传其中的表格")


# What a workbook to be filled in must not bring: programs, other files' data, things only the author's machine can open.
_FOREIGN = re.compile(
    r"vbaproject|/(?:externalLinks|embeddings|activeX|ctrlProps|macrosheets|dialogsheets|queryTables|pivotTables|pivotCache|model"
    r"|webextensions)/|xl/connections\.xml|customUI",
    re.IGNORECASE,
)
_OUTWARD = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*\bTargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
TEMPLATE_BYTES, TEMPLATE_UNPACKED = 8 * 1000**2, 64 * 1024**2


def checked_parts(data: bytes, *, max_bytes: int = TEMPLATE_BYTES) -> dict[str, bytes]:
    """Every part of an .xlsx that is to be filled in, in order; raises UnreadableFile for a file that is none, is too large, or
    carries what must not circulate (macros, links to other files, embedded objects, pivot tables)."""
    if not data.strip():
        raise UnreadableFile("文件是空的，请选做好的模板")
    if len(data) > max_bytes:
        size, limit = len(data) / 1000**2, max_bytes / 1000**2
        raise UnreadableFile(f"模板有 {size:.1f} MB，系统只收 {limit:.0f} MB 以下的，请压缩里面的图片再上传")
    if not data.startswith(b"PK"):
        _read_by_content(data)  # says what it is instead
        raise UnreadableFile(f"模板要是 .xlsx 工作簿，{AGAIN}")
    parts = _Parts(data, TEMPLATE_UNPACKED)
    names = parts.members.keys()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableFile(_MACROS)
    if "xl/workbook.xml" not in names or "xl/styles.xml" not in names:
        _from_zip(data)
        raise UnreadableFile(f"模板要是 .xlsx 工作簿，{AGAIN}")
    if foreign := next((name for name in names if _FOREIGN.search(name)), None):
        raise UnreadableFile(f"模板里有外部数据、嵌入对象或数据透视表（{foreign}），请删去后另存再上传")
    found = {name: parts.read(name) for name in names if not name.endswith("/")}
    for name, content in found.items():
        if name.endswith(".rels") and any(b"/hyperlink" not in link for link in _OUTWARD.findall(content)):
            raise UnreadableFile("模板链接到别的文件，请断开链接后另存再上传")
        if name.endswith((".xml", ".rels", ".vml")):
            # Looked through whole, and only where it reads as it stands: another encoding would hide what is looked for.
            if b"\x00" in content or re.search(rb"<!(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
                raise UnreadableFile(f"文件里有不该有的内容（XML 实体），{AGAIN}")
            if not name.endswith(".vml"):
                _parsed(content)
    return found


_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)


def _from_xlsx(parts: _Parts) -> tuple[Sheet, ...]:
    """The workbook rebuilt from its checked parts, then read: calamine never sees the upload itself."""
    clean = BytesIO()
    cut: dict[str, str] = {}
    with zipfile.ZipFile(clean, "w", zipfile.ZIP_STORED) as rebuilt:
        for name in parts.members:
            if _NEEDED.fullmatch(name):
                content = parts.read(name)
                if name.startswith("xl/worksheets/"):
                    content, cut[name.rpartition("/")[2]] = _tamed(content)
                rebuilt.writestr(name, content)
    clean.seek(0)
    sheets = _from_calamine(clean)
    if not any(cut.values()):
        return sheets
    homes = _part_names(parts)
    return tuple(replace(sheet, cut=cut.get(homes.get(sheet.name, ""), "")) for sheet in sheets)


def _part_names(parts: _Parts) -> dict[str, str]:
    """The name of each sheet -> the file name of its part."""
    book, links = (_parsed(parts.read(name)) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")).rpartition("/")[2] for link in links}
    return {
        str(sheet.get("name")): targets.get(
            next((value for key, value in sheet.items() if key.endswith("}id")), ""), ""
        )
        for sheet in book.iter()
        if sheet.tag.endswith("}sheet")
    }


_ERROR_TYPE = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bt=)"e"')
# A formula with no value at all; one that gives an empty text says so by its type and is left alone.
_UNCALCULATED = re.compile(
    rb"<((?:\w+:)?)c\b((?:\s+(?!t=)[\w:]+=\"[^\"]*\")*)\s*><\1f\b(?:[^>]*/>|[^>]*>[^<]*</\1f>)(?:<\1v\s*/>|<\1v></\1v>)?</\1c>"
)
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_CELL_COLUMN = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})\d+"')
_CELL = re.compile(rb'<((?:\w+:)?)c\b[^>]*?\br="([A-Z]{1,3})\d+"[^>]*?(?:/>|>.*?</\1c>)', re.DOTALL)
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*/>")


def _tamed(xml: bytes) -> tuple[bytes, str]:
    """A sheet's part with failed formulas as text (calamine drops them) and without cells absurdly far away."""
    xml = _DIMENSION.sub(b"", _ERROR_TYPE.sub(rb'\1"str"', xml), count=1)
    if b"<f" in xml or b":f" in xml:
        xml = _UNCALCULATED.sub(rb'<\1c\2 t="str"><\1v>' + NOT_CALCULATED.encode() + rb"</\1v></\1c>", xml)
    rows = max(map(int, _ROW_NUMBER.findall(xml)), default=0)
    columns = max(map(_column_number, set(_CELL_COLUMN.findall(xml))), default=0)
    last_row = min(rows, MAX_ROWS)
    last_column = min(columns, MAX_COLUMNS, max(26, MAX_AREA // max(1, last_row)))
    if rows > last_row:
        xml = _without_rows_after(xml, last_row)
    if columns > last_column:
        xml = _CELL.sub(lambda cell: b"" if _column_number(cell[2]) > last_column else cell[0], xml)
    if (rows, columns) == (last_row, last_column):
        return xml, ""
    edge = f"{letter(last_column - 1)} 列、第 {last_row} 行"
    return xml, f"表格里有很远的单元格，只读到 {edge}，请删去后面的空行空列再上传"


def _without_rows_after(xml: bytes, last: int) -> bytes:
    far = next(match for match in _ROW_NUMBER.finditer(xml) if int(match[1]) > last)
    end = re.search(rb"</(?:\w+:)?sheetData>", xml[far.start() :])
    return xml[: far.start()] + (xml[far.start() + end.start() :] if end else b"")


def _column_number(name: bytes) -> int:
    number = 0
    for character in name:
        number = number * 26 + character - 64
    return number


# --- calamine: .xlsx and .xls -------------------------------------------------------------------------------------


def _from_calamine(file: BytesIO) -> tuple[Sheet, ...]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        return tuple(_sheet(book, index, meta) for index, meta in enumerate(book.sheets_metadata))
    except calamine.PasswordError as locked:
        raise UnreadableFile(_LOCKED) from locked
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as broken:
        raise UnreadableFile(_BROKEN) from broken
    except BaseException as panic:
        # A panic of the Rust library arrives as a BaseException of its own; any other must pass.
        if type(panic).__name__ != "PanicException":
            raise
        raise UnreadableFile(_BROKEN) from panic


def _sheet(book: calamine.CalamineWorkbook, index: int, meta: calamine.SheetMetadata) -> Sheet:
    hidden = meta.visible != calamine.SheetVisibleEnum.Visible
    if meta.typ != calamine.SheetTypeEnum.WorkSheet:
        return Sheet(meta.name, (), hidden=hidden)
    sheet = book.get_sheet_by_index(index)
    first = sheet.start[0] if sheet.start else 0
    lines = sheet.to_python(skip_empty_area=False) if sheet.start else []
    rows = tuple(_row(line) for line in islice(lines, MAX_ROWS + first))
    merged = tuple(Span(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    return Sheet(meta.name, _without_tail(rows), merged, hidden)


def _row(line: Iterable[object]) -> Row:
    cells = [None if value == "" else _cell(value) for value in line]
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _without_tail(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    end = len(rows)
    while end and not rows[end - 1]:
        end -= 1
    return rows[:end]


def _cell(value: object) -> Cell:
    """A value of the library as a cell: exact numbers as Excel shows them, failed formulas by their code."""
    if isinstance(value, str):
        return CellError(value) if value in _ERROR_CODES else value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (bool, int, datetime, date)):
        return value
    if isinstance(value, (time, timedelta)):
        return str(value)
    return None if value is None else str(value)


def _number(value: float) -> Cell:
    """15 digits are what Excel keeps and shows: 0.1 + 0.2 is 0.3, not 0.30000000000000004."""
    if not isfinite(value):
        return CellError("#NUM!")
    if value.is_integer() and abs(value) < 10**15:
        return int(value)
    return Decimal(f"{value:.15g}")


def _from_ole(data: bytes) -> tuple[Sheet, ...]:
    """An .xls, or one of the other things kept in the same kind of container."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise UnreadableFile(_LOCKED)
    if holds("_VBA_PROJECT"):
        raise UnreadableFile(_MACROS)
    other = "Word 文档" if holds("WordDocument") else "PPT 演示文稿" if holds("PowerPoint Document") else ""
    if holds("Workbook") or holds("Book"):
        try:
            return _from_calamine(BytesIO(data))
        except UnreadableFile:
            if not other:
                raise
    raise UnreadableFile(f"{_this_is(other or '别的文件')}，不是表格，{_COPY}")


# --- .ods ---------------------------------------------------------------------------------------------------------

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


def _from_ods(parts: _Parts) -> tuple[Sheet, ...]:
    if "META-INF/manifest.xml" in parts.members and b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise UnreadableFile(_LOCKED)
    content = parts.read("content.xml")
    if b"spreadsheet" not in content:
        raise UnreadableFile(f"这是 OpenDocument 文档，不是表格，{_COPY}")
    root = _parsed(content)
    hidden_styles = {
        style.get("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}name")
        for style in root.iter("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}style")
        if any(child.get(f"{_TABLE}display") == "false" for child in style)
    }
    return tuple(
        _ods_sheet(table, table.get(f"{_TABLE}style-name") in hidden_styles) for table in root.iter(f"{_TABLE}table")
    )


def _ods_sheet(table: ElementTree.Element, hidden: bool) -> Sheet:
    rows: list[Row] = []
    merged: list[Span] = []
    cut = ""
    for line in table.iter(f"{_TABLE}table-row"):
        repeated = int(line.get(f"{_TABLE}number-rows-repeated", "1"))
        row = _ods_row(line, len(rows), merged)
        if row and len(rows) + repeated > MAX_ROWS:
            cut = f"表格里有很远的单元格，只读到第 {len(rows)} 行，请删去后面的空行再上传"
            break
        if len(rows) + repeated > MAX_ROWS:
            repeated = MAX_ROWS - len(rows)
        rows.extend([row] * (min(repeated, 1000) if row else repeated))
    name = table.get(f"{_TABLE}name", "")
    return Sheet(name, _without_tail(tuple(rows)), tuple(merged), hidden, cut)


def _ods_row(line: ElementTree.Element, index: int, merged: list[Span]) -> Row:
    cells: list[Cell] = []
    for element in line:
        if element.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = min(int(element.get(f"{_TABLE}number-columns-repeated", "1")), MAX_COLUMNS - len(cells))
        value = _ods_cell(element)
        down = int(element.get(f"{_TABLE}number-rows-spanned", "1"))
        across = int(element.get(f"{_TABLE}number-columns-spanned", "1"))
        if down > 1 or across > 1:
            merged.append(Span(index, len(cells), index + down - 1, len(cells) + across - 1))
        cells.extend([value] * repeated)
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _ods_cell(element: ElementTree.Element) -> Cell:
    kind = element.get(f"{_OFFICE}value-type")
    if element.get(f"{_CALC}value-type") == "error":
        return CellError(_ods_text(element) or "#VALUE!")
    if kind in ("float", "percentage", "currency"):
        return _number(float(element.get(f"{_OFFICE}value", "nan")))
    if kind == "date":
        return _ods_date(element.get(f"{_OFFICE}date-value", ""))
    if kind == "boolean":
        return element.get(f"{_OFFICE}boolean-value") == "true"
    text = _ods_text(element)
    return _cell(text) if text else None


def _ods_date(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return moment if "T" in text else moment.date()


def _ods_text(element: ElementTree.Element) -> str:
    """The cell's paragraphs as lines; comments on the cell are not its text."""
    return "\n".join("".join(_ods_pieces(paragraph)) for paragraph in element.findall(f"{_TEXT}p"))


def _ods_pieces(element: ElementTree.Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(int(child.get(f"{_TEXT}c", "1")), 100)
        elif child.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
            yield "\n" if child.tag.endswith("break") else " "
        else:
            yield from _ods_pieces(child)
        yield child.tail or ""


# --- .csv ---------------------------------------------------------------------------------------------------------

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_GARBAGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ue000-\uf8ff]")
_AS_TEXT = re.compile(r'="?(.*?)"?|\'(?=[=+\-@\d])(.*)', re.DOTALL)


def _from_csv(data: bytes) -> Sheet:
    text = _decoded(data)
    delimiter = _delimiter(text)
    text = re.sub(r"\Asep=.\r?\n", "", text)
    try:
        lines = list(islice(csv.reader(StringIO(text, newline=""), delimiter=delimiter), MAX_ROWS + 1))
    except csv.Error as broken:
        raise UnreadableFile(f"文件里的引号不成对，不能分清各列，{AGAIN}") from broken
    rows = tuple(_csv_row(line) for line in lines[:MAX_ROWS])
    cut = f"只读到第 {MAX_ROWS} 行，请把文件拆开再上传" if len(lines) > MAX_ROWS else ""
    return Sheet("CSV", _without_tail(rows), cut=cut)


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 with or without their marks, else GB18030 as Chinese Excel saves it."""
    encodings = [encoding for bom, encoding in _BOMS if data.startswith(bom)]
    if not encodings:
        zeros = data[:4000].count(0)
        side = "utf-16-le" if data[1:4000:2].count(0) * 2 > zeros else "utf-16-be"
        encodings = [side] if zeros else ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if len(_GARBAGE.findall(text[:20_000])) <= len(text[:20_000]) // 100:
            return text
    raise UnreadableFile("这不是表格文件，或文字编码不能识别，请用 Excel 或 WPS 打开，另存为 .xlsx 再上传")


def _delimiter(text: str) -> str:
    """The separator that cuts the first lines into the most columns alike."""
    if match := re.match(r"sep=(.)\r?\n", text):
        return match[1]
    sample = "\n".join(text.splitlines()[:60])
    return max(",\t;|", key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[int, int]:
    try:
        widths = Counter(len(line) for line in csv.reader(StringIO(sample), delimiter=delimiter) if any(line))
    except csv.Error:
        return (0, 0)
    columns, lines = max(widths.items(), key=lambda item: (item[0] > 1, item[1] * item[0]), default=(0, 0))
    return (lines * (columns > 1), columns)


def _csv_row(line: list[str]) -> Row:
    return _row(_plain_text(text) for text in line[:MAX_COLUMNS])


def _plain_text(text: str) -> str:
    """A field's text, freed of what makes Excel take it as text: ="0012", '0012."""
    stripped = text.strip()
    match = _AS_TEXT.fullmatch(stripped) if stripped[:1] in "='" else None
    return match[1] if match and match[1] is not None else match[2] if match else stripped
