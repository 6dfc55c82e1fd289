"""Placeholders outside the cells of an own workbook: headers and footers, text boxes, titles of charts."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
import xlsxwriter

from crm.errors import RuleBroken
from reports.briefing.facts import Briefing
from reports.briefing.template import ensure_usable, fill, inspected
from reports.passages import LONGEST_HEADER, replaced
from tests.reports.sample import september
from tests.reports.test_template import repacked

M = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SHEET, DRAWING, CHART = "xl/worksheets/sheet1.xml", "xl/drawings/drawing1.xml", "xl/charts/chart1.xml"
MARK = re.compile(r"\{\{([^{}]{1,80})\}\}")


def made(
    header: str = "", footer: str = "", box: str = "", title: str = "", cell: str = "{{月份}}", *, own: bool = False
) -> bytes:
    """A workbook as Excel writes one; `own` puts the chart on a sheet of its own."""
    data = BytesIO()
    book: Any = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet("我的表")
    sheet.write("A1", cell)
    sheet.write("A2", 3)
    sheet.set_header(header)
    sheet.set_footer(footer)
    if box:
        sheet.insert_textbox("C4", box)
    if title:
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "='我的表'!$A$2:$A$2"})
        chart.set_title({"name": title})
        if own:
            page = book.add_chartsheet("图")
            page.set_chart(chart)
            page.set_footer("&L{{月份}}")
        else:
            sheet.insert_chart("F9", chart)
    book.close()
    return data.getvalue()


def part(data: bytes, name: str) -> Any:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return ElementTree.fromstring(packed.read(name))


def header(data: bytes, name: str = "oddHeader", sheet: str = SHEET) -> str:
    return part(data, sheet).findtext(f"{M}headerFooter/{M}{name}") or ""


def words(data: bytes, name: str) -> list[str]:
    """The paragraphs of a drawing or chart, a line break as one."""
    runs = {f"{A}t": lambda element: element.text or "", f"{A}br": lambda _element: "\n"}
    return [
        "".join(runs[element.tag](element) for element in paragraph.iter() if element.tag in runs)
        for paragraph in part(data, name).iter(f"{A}p")
    ]


def briefing(bureau: str = "招商局") -> Briefing:
    month = september()
    return replace(month, office=replace(month.office, zone="A&B区<1>", bureau=bureau))


def test_headers_and_footers_are_filled_each_part_in_its_look() -> None:
    data = made('&L&"宋体,Regular"&12{{开发区}}&C第&P页，共&N页&R{{月份}}', "&L制表 {{部门}}&C&10{{年}}&R&&{{月}}")
    filled = fill(data, briefing())
    assert header(filled) == '&L&"宋体,Regular"&12A&&B区<1>&C第&P页，共&N页&R2022年9月'
    assert header(filled, "oddFooter") == "&L制表 招商局&C&10 2022&R&&9"  # &102022 would be a size


@pytest.mark.parametrize("text", ["&C{{&B月份&B}}", "&C{&12{月&K01+000份}}", '&C{{&"黑体,Bold"月份}}'])
def test_a_placeholder_that_codes_run_through_is_one(text: str) -> None:
    filled = header(fill(made(text), september()))
    assert re.sub(r'&(?:"[^"]*"|\d+|K01\+000|B|C)', "", filled) == "2022年9月"
    assert filled.count("&") == text.count("&")


def test_other_pages_headers_are_filled_too() -> None:
    more = b"<firstHeader>&amp;C{{\xe6\x9c\x88\xe4\xbb\xbd}}</firstHeader><evenFooter>{{x}}</evenFooter></headerFooter>"
    plain = made("&C一")
    with zipfile.ZipFile(BytesIO(plain)) as packed:
        sheet = packed.read(SHEET).replace(b"</headerFooter>", more)
    data = repacked(plain, **{SHEET: sheet})
    assert header(fill(data, september()), "firstHeader") == "&C2022年9月"
    assert inspected(data).problems == ("“我的表”偶数页页脚中部：不认识“x”，请对照样例模板里的占位符表。",)


def test_no_header_becomes_longer_than_excel_reads() -> None:
    filled = header(fill(made("&L{{部门}}&C{{月份}}"), briefing(bureau="招&" * 200)))
    assert len(filled) <= LONGEST_HEADER
    assert filled.endswith("&C2022年9月")
    assert re.sub("&&|&[LC]", "", filled).count("&") == 0


def test_text_boxes_are_filled_and_paragraphs_stay_apart() -> None:
    filled = fill(made(box="{{开发区}}\n截至{{月份}}底，{{重点项目数}}个"), briefing())
    count = len(september().key_projects)
    assert words(filled, DRAWING) == ["A&B区<1>", f"截至2022年9月底，{count}个"]


def test_a_placeholder_over_several_runs_stands_where_it_begins() -> None:
    plain = made(box="截至{{月份}}底")
    with zipfile.ZipFile(BytesIO(plain)) as packed:
        drawing = packed.read(DRAWING).decode()
    run = next(iter(re.findall(r"<a:r>.*?</a:r>", drawing)))
    cut = [run.replace("截至{{月份}}底", text) for text in ("截至{", "{月", "份}}底")]
    data = repacked(plain, **{DRAWING: drawing.replace(run, "".join(cut)).encode()})
    found = part(fill(data, september()), DRAWING)
    assert [text.text or "" for text in found.iter(f"{A}t")] == ["截至2022年9月", "", "底"]
    assert ensure_usable(data).found[-1].cell == "C4 处的图形“TextBox 1”"


def test_a_long_text_breaks_its_lines() -> None:
    lines = words(fill(made(box="{{综述}}完"), september()), DRAWING)[0].split("\n")
    assert len(lines) > 4
    assert lines[-1].endswith("完")
    assert lines[1].startswith("\u3000\u3000")


@pytest.mark.parametrize("own", [False, True], ids=["on the sheet", "a sheet of its own"])
def test_titles_of_charts_are_filled(own: bool) -> None:
    data = made(title="{{月份}}投资", own=own)
    filled = fill(data, september())
    assert words(filled, CHART)[0] == "2022年9月投资"
    if own:
        assert header(filled, "oddFooter", "xl/chartsheets/sheet1.xml") == "&L2022年9月"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (made("&R{{没有的}}"), "“我的表”页眉右部：不认识“没有的”，请对照样例模板"),
        (made("&R{{总投资额}}"), "“我的表”页眉右部：不认识“总投资额”，是不是“总投资”"),
        (made("{{指标:签约项目数:本年}}"), "“我的表”页眉中部：没有“签约项目数”这个指标，是不是“签约项目”"),
        (made(footer="{{指标:signed_count:昨天}}"), "“我的表”页脚中部：没有“昨天”这个时段"),
        (made("&L{{表:重点项目}}"), "“我的表”页眉左部：表格锚点要单独占一格"),
        (made("&L{{综述}}"), "“我的表”页眉左部：页眉页脚里放不下“综述”"),
        (made(box="{{没有的}}"), "“我的表”C4 处的图形“TextBox 1”：不认识“没有的”"),
        (made(title="{{没有的}}"), "“我的表”F9 处的图表“Chart 1”：不认识“没有的”"),
        (made(title="{{没有的}}", own=True), "“图”图表“Chart 1”：不认识“没有的”"),
        (made(cell="{{月份}"), "“我的表”A1：占位符的括号要半角、成对"),
        (made(box="｛｛月份｝｝"), "“我的表”C4 处的图形“TextBox 1”：占位符的括号要半角、成对"),
    ],
)
def test_what_is_unknown_there_is_refused_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        ensure_usable(data)
    assert sentence in refused.value.message


def test_what_asks_for_nothing_stays_byte_for_byte() -> None:
    before = made("&C机密", box="说明", title="投资")
    after = fill(before, september())
    with zipfile.ZipFile(BytesIO(before)) as old, zipfile.ZipFile(BytesIO(after)) as new:
        assert [name for name in old.namelist() if old.read(name) != new.read(name)] == [SHEET]


def test_a_shape_that_shows_a_cell_goes_on_showing_it() -> None:
    data = BytesIO()
    book: Any = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet("我的表")
    sheet.write("A1", "{{表:重点项目}}")
    sheet.write("A2", "项目名称")
    sheet.write("A4", "{{填报单位}}")
    sheet.insert_textbox("D1", "", {"textlink": "=$A$4"})
    book.close()
    filled = part(fill(data.getvalue(), september()), DRAWING)
    links = [shape.get("textlink") for shape in filled.iter() if shape.get("textlink")]
    assert links == [f"$A${4 + len(september().key_projects) - 2}"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a{{x}}b"], ["aXb"]),
        (["{", "{x", "}", "}b"], ["X", "", "", "b"]),
        (["{{x}}{{y}}", "{{z", "}}"], ["XY", "Z", ""]),
        (["a", "", "{{x}}"], ["a", "", "X"]),
        ([], []),
    ],
)
def test_pieces(pieces: list[str], expected: list[str]) -> None:
    assert replaced(pieces, MARK, lambda found: found[1].upper()) == expected
