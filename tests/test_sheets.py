"""Bytes to cells: every format by its content, and everything that cannot be read refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import sheets
from crm.rules.ledger.cells import CellError, Span
from crm.sheets import UnreadableFile, read

DATA = Path(__file__).parent / "data" / "ledgers"


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def book_of(*rows, name="在谈"):
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    return book


SIMPLE = saved(book_of(["项目名称", "总投资（亿元）"], ["演示项目", 3]))


def repacked(data: bytes, changes: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The zip file with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for name in {*old.namelist(), *changes}:
            new.writestr(name, changes[name] if name in changes else old.read(name))
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read(name)


SHEET = "xl/worksheets/sheet1.xml"


def refusal(data: bytes, name: str = "台账.xlsx", **limits) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(data, name, **limits)
    assert refused.value.field == "file"
    return refused.value.message


def test_cells_keep_their_types_and_numbers_are_exact():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("在谈"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["项目", 3, 1234.1, 0.1 + 0.2, 3.0, 8393887.270000001])
        sheet.write_boolean(1, 0, True)
        sheet.write_datetime(1, 1, date(2022, 3, 5), day)
        sheet.write_datetime(1, 2, datetime.fromisoformat("2022-03-05T08:30"), day)
        sheet.write_formula(1, 3, "=1/0", value="#DIV/0!")
    (row, other) = read(file.getvalue(), "x").sheets[0].rows
    assert row == ("项目", 3, Decimal("1234.1"), Decimal("0.3"), 3, Decimal("8393887.27"))
    assert [type(cell) for cell in row] == [str, int, Decimal, Decimal, int, Decimal]
    assert other == (True, date(2022, 3, 5), datetime.fromisoformat("2022-03-05T08:30"), CellError("#DIV/0!"))


def test_failed_and_never_calculated_formulas_are_errors_not_blanks():
    book = book_of(["a", "=SUM(B2:B3)", "c"])
    book.active["D1"] = "#REF!"
    assert read(saved(book), "x").sheets[0].rows == (("a", CellError("公式未计算"), "c", CellError("#REF!")),)


def test_a_formula_that_gives_an_empty_text_is_empty():
    xml = part(SIMPLE, SHEET)
    cells = b'<c r="C1" t="str"><f>IF(1,"","x")</f><v></v></c><c r="D1"><f>1+1</f><v>2</v></c></row>'
    changed = repacked(SIMPLE, {SHEET: xml.replace(b"</row>", cells, 1)})
    assert read(changed, "x").sheets[0].rows[0] == ("项目名称", "总投资（亿元）", None, 2)


def test_merged_ranges_hidden_sheets_and_order():
    book = book_of(["标题"], ["a"])
    book.active.merge_cells("A1:C2")
    book.create_sheet("旧").sheet_state = "veryHidden"
    book.create_sheet("签约").append(["x"])
    read_book = read(saved(book), "台账.xlsx.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in read_book.sheets] == [
        ("在谈", False),
        ("旧", True),
        ("签约", False),
    ]
    assert read_book.sheets[0].merged == (Span(0, 0, 1, 2),)
    assert (read_book.kind, read_book.filename) == ("xlsx", "台账.xlsx.xlsx")


def test_blank_rows_and_columns_around_are_trimmed_and_row_numbers_stay():
    book = book_of()
    book.active["B3"] = "项目名称"
    book.active.cell(5000, 300).value = None
    book.active.row_dimensions[40000].height = 20
    assert read(saved(book), "x").sheets[0].rows == ((), (), (None, "项目名称"))


def test_a_lying_dimension_does_no_harm():
    xml = part(SIMPLE, SHEET).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert read(repacked(SIMPLE, {SHEET: xml}), "x").sheets[0].rows == read(SIMPLE, "x").sheets[0].rows


def test_a_cell_at_the_end_of_the_world_is_left_unread_and_said():
    book = book_of(["项目名称"], ["演示项目"])
    book.active["XFD1048576"] = "x"
    book.create_sheet("另").append(["y"])
    far, near = read(saved(book), "x").sheets
    assert far.rows == (("项目名称",), ("演示项目",))
    assert "很远的单元格" in far.cut
    assert near.cut == ""


def test_xls():
    book = read((DATA / "made.xls").read_bytes(), "whatever.bin")
    assert (book.kind, [(sheet.name, sheet.hidden) for sheet in book.sheets]) == (
        "xls",
        [("在谈", False), ("旧", True)],
    )
    assert book.sheets[0].rows[2] == (1, "演示伺服电机项目", "演示电气有限公司", Decimal("3.2"), date(2022, 3, 15))
    assert book.sheets[0].merged == (Span(0, 0, 0, 4),)


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="在谈">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def ods(rows: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        new.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        new.writestr("content.xml", ODS.format(rows))
    return file.getvalue()


ODS_ROWS = """
<table:table-row>
  <table:table-cell table:number-columns-spanned="2"><text:p>项目<text:s/>名称</text:p><text:p>全称</text:p></table:table-cell>
  <table:covered-table-cell/>
  <table:table-cell office:value-type="float" office:value="1234.1"/>
</table:table-row>
<table:table-row table:number-rows-repeated="2"/>
<table:table-row>
  <table:table-cell table:number-columns-repeated="2"/>
  <table:table-cell office:value-type="date" office:date-value="2022-03-05"/>
  <table:table-cell office:value-type="float" office:value="0" calcext:value-type="error"><text:p>#REF!</text:p>
  </table:table-cell>
  <table:table-cell office:value-type="boolean" office:boolean-value="true" table:number-columns-repeated="2"/>
</table:table-row>
<table:table-row table:number-rows-repeated="1048000"/>
"""


def test_ods_with_repeated_cells_spans_errors_and_blank_rows():
    book = read(ods(ODS_ROWS), "台账.ods")
    assert (book.kind, book.sheets[0].merged) == ("ods", (Span(0, 0, 0, 1),))
    assert book.sheets[0].rows == (
        ("项目 名称\n全称", None, Decimal("1234.1")),
        (),
        (),
        (None, None, date(2022, 3, 5), CellError("#REF!"), True, True),
    )


def test_an_ods_that_repeats_without_end_stays_small():
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    (sheet,) = read(
        ods("<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>" + row), "x"
    ).sheets
    assert (len(sheet.rows), bool(sheet.cut)) == (1, True)


TEXT = '序号,项目名称,总投资（亿元）\n1,"演示项目，一期",3.2\n2,乙项目,"1,200"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_with_every_separator(encoding, delimiter):
    text = TEXT.replace("，一期", "一期").replace('"1,200"', '"1,200"' if delimiter == "," else "1,200")
    if delimiter != ",":
        text = text.replace("1,200", "\0").replace(",", delimiter).replace("\0", "1,200")
    book = read(text.encode(encoding), "台账.csv")
    assert (book.kind, book.sheets[0].rows[2]) == ("csv", ("2", "乙项目", "1,200"))


def test_csv_details():
    rows = read('sep=;\n项目名称;电话\n="001";\'-5\n\n"两\n行";x\n'.encode(), "x.csv").sheets[0].rows
    assert rows == (("项目名称", "电话"), ("001", "-5"), (), ("两\n行", "x"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "文件是空的"),
        (b" \n ", "文件是空的"),
        (saved(openpyxl.Workbook()), "文件里没有内容"),
        (SIMPLE[: len(SIMPLE) // 2], "不完整或已损坏"),
        (b"PK\x03\x04", "不完整或已损坏"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "图片（PNG）"),
        (b"\xff\xd8\xff\xe0", "图片（JPG）"),
        (b"Rar!\x1a\x07", "压缩包"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页（HTML）"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML 表格"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "网页归档"),
        (b"{\\rtf1}", "RTF"),
        (bytes(range(256)) * 40, "不是表格文件"),
        ((DATA / "locked.xlsx").read_bytes(), "加了密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "不完整或已损坏"),
    ],
)
def test_what_cannot_be_read_is_named_and_what_to_do_is_said(data, says):
    message = refusal(data)
    assert says in message
    assert "请" in message


def test_a_file_that_is_too_large():
    large = SIMPLE + b"\0" * (60_000_000 - len(SIMPLE))
    assert refusal(large) == "文件有 60 MB，系统只收 60 MB 以下的，请删去图片或拆成几个文件再上传"
    assert read(SIMPLE, "x", max_bytes=len(SIMPLE) + 1).kind == "xlsx"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("word/document.xml", "Word 文档"),
        ("ppt/presentation.xml", "PPT"),
        ("xl/workbook.bin", "二进制工作簿"),
        ("OFD.xml", "OFD"),
        ("a.txt", "ZIP"),
    ],
)
def test_other_things_in_a_zip(name, says):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as other:
        other.writestr(name, "x")
    assert says in refusal(file.getvalue())


def test_macros_are_refused_in_both_formats_and_a_plain_xlsm_is_read():
    assert "带宏" in refusal(repacked(SIMPLE, {"xl/vbaProject.bin": b"x"}), "台账.xlsm")
    assert "带宏" in refusal((DATA / "made.xls").read_bytes() + "_VBA_PROJECT_CUR".encode("utf-16-le"), "台账.xls")
    assert read(SIMPLE, "台账.xlsm").kind == "xlsx"


def test_a_zip_bomb_is_refused_from_its_directory():
    assert "解压后过大" in refusal(repacked(SIMPLE, {SHEET: b" " * 40 * 1024**2}))
    assert "解压后过大" in refusal(repacked(SIMPLE, {f"xl/media/{i}": b"" for i in range(sheets.MAX_PARTS + 1)}))


def test_a_zip_bomb_that_lies_about_its_size_is_refused_while_reading(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 20_000)
    assert "解压后过大" in refusal(repacked(SIMPLE, {SHEET: part(SIMPLE, SHEET) + b" " * 20_000}))
    bomb = repacked(SIMPLE, {SHEET: b" " * 9_000})
    assert "损坏" in refusal(bomb.replace((9_000).to_bytes(4, "little"), (90).to_bytes(4, "little")))


def test_entities_are_refused():
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    assert "XML 实体" in refusal(repacked(SIMPLE, {"xl/sharedStrings.xml": laughs}))
    assert "XML 实体" in refusal(repacked(SIMPLE, {"xl/workbook.xml": laughs}))


def test_links_and_pictures_are_not_even_opened():
    extra = {
        "xl/externalLinks/externalLink1.xml": b"<!DOCTYPE x>",
        "xl/media/image1.png": b"\x89PNG",
        "xl/drawings/drawing1.xml": b"<x",
    }
    assert read(repacked(SIMPLE, extra), "x").sheets[0].rows[1] == ("演示项目", 3)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["made.xls", "xlsx"]), st.integers(0, 6000), st.binary(max_size=40), st.booleans())
def test_a_damaged_file_is_refused_or_read_but_never_worse(name, place, noise, cut):
    data = SIMPLE if name == "xlsx" else (DATA / name).read_bytes()
    damaged = data[:place] + noise + (b"" if cut else data[place + len(noise) :])
    try:
        read(damaged, name)
    except UnreadableFile as refused:
        assert "，" in refused.message


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read_but_never_worse(data):
    try:
        read(data, "x")
    except UnreadableFile as refused:
        assert refused.message
