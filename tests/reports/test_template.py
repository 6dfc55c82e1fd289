"""The office's own workbook: what it asks for, what is refused, how it is filled in, and what of it stays."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, Side

from crm.errors import RuleBroken
from reports.briefing.groups import total
from reports.briefing.placeholders import SPANS, TABLES, WORDS, asked, columns_by_name, figures, plain, written
from reports.briefing.template import ensure_usable, fill, inspected
from reports.briefing.template_sample import sample
from tests.reports.sample import empty, key_project, september, with_projects

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
MOMENT = datetime(2022, 10, 20, tzinfo=UTC)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0f01f0005000201a3e0a3b50000000049454e44ae426082"
)


def book(change: Callable[[Any], None] = lambda _sheet: None) -> bytes:
    """A small template: a title, figures, a table with a row under it."""
    made = Workbook()
    sheet: Any = made.active
    sheet.title = "我的表"
    sheet["A1"] = "{{开发区}}（{{月份}}）"
    sheet.merge_cells("A1:D1")
    sheet["A2"], sheet["B2"], sheet["C2"] = "{{总投资}}", "{{指标:signed_count:本年}}", "签约{{指标:签约项目:本年}}个"
    sheet["A4"] = "{{ 表:重点项目|合计 }}"
    for letter in "ABCD":
        sheet[f"{letter}4"].border = Border(bottom=Side("thin"))
        sheet[f"{letter}4"].font = Font(name="仿宋", size=13)
    sheet["A5"], sheet["B5"], sheet["C5"], sheet["D5"] = "序号", "项目名称", "总投资（亿元）", "planned_start"
    sheet["A7"] = "{{填报单位}}"
    sheet.merge_cells("A7:D7")
    sheet.row_dimensions[7].height = 44
    sheet.print_area = "A1:D7"
    sheet.print_title_rows = "1:3"
    change(sheet)
    data = BytesIO()
    made.save(data)
    return data.getvalue()


def filled(data: bytes) -> Any:
    return load_workbook(BytesIO(fill(data, september())))["我的表"]


def test_words_figures_and_rows_stand_where_they_were_asked_for() -> None:
    sheet, rows = filled(book()), september().key_projects
    assert sheet["A1"].value == "演示经济技术开发区（2022年9月）"
    assert sheet["A2"].value == pytest.approx((total(row.total_yuan for row in rows) or 0) / 1e8)
    assert sheet["A2"].number_format.startswith("#,##0.00")
    assert (sheet["B2"].value, sheet["C2"].value) == (62, "签约62个")
    assert sheet["B4"].value == f"合计（{len(rows)}个）"
    assert [sheet[f"A{n}"].value for n in range(5, 5 + len(rows))] == list(range(1, len(rows) + 1))
    assert {sheet[f"B{n}"].value for n in range(5, 5 + len(rows))} == {row.name for row in rows}
    assert sum(sheet[f"C{n}"].value or 0 for n in range(5, 5 + len(rows))) == pytest.approx(sheet["C4"].value)
    assert sheet["D5"].number_format == 'yyyy"."mm'


def test_rows_have_the_anchors_style_and_what_is_below_moves() -> None:
    sheet, count = filled(book()), len(september().key_projects) + 1
    last = 7 + count - 2
    for row in range(4, 4 + count):
        assert (sheet[f"B{row}"].font.name, sheet[f"B{row}"].font.size) == ("仿宋", 13)
        assert sheet[f"D{row}"].border.bottom.style == "thin"
    assert sheet[f"A{last}"].value.startswith("演示经济技术开发区")
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:D1", f"A{last}:D{last}"}
    assert sheet.row_dimensions[last].height == 44
    assert sheet.print_area == f"'我的表'!$A$1:$D${last}"
    assert sheet.print_title_rows == "$1:$3"


def test_rows_are_as_high_as_wrapped_texts_need_and_never_lower_than_the_anchors() -> None:
    def wrapped(sheet: Any) -> None:
        sheet["B4"].alignment = Alignment(wrap_text=True)
        sheet.row_dimensions[4].height = 30
        sheet.column_dimensions["B"].width = 12

    briefing = with_projects(key_project(name="短"), key_project(name="很长的项目名称" * 12))
    sheet = load_workbook(BytesIO(fill(book(wrapped), briefing)))["我的表"]
    heights = {sheet[f"B{row}"].value[:2]: sheet.row_dimensions[row].height for row in (5, 6)}
    assert heights["短"] == 30
    assert heights["很长"] > 150


def test_no_rows_leave_one_empty_row() -> None:
    sheet = load_workbook(BytesIO(fill(book(), empty())))["我的表"]
    assert [sheet[f"B{row}"].value for row in (4, 5, 6)] == ["合计（0个）", None, None]
    without = book(lambda sheet: sheet.__setitem__("A4", "{{表:重点项目}}"))
    sheet = load_workbook(BytesIO(fill(without, empty())))["我的表"]
    assert [cell.value for cell in sheet[4]] == [None] * 4
    assert sheet["A6"].value == "测试开发区招商局"


def test_two_tables_one_under_the_other() -> None:
    def second(sheet: Any) -> None:
        sheet["A9"], sheet["A10"], sheet["B10"] = "{{表:在谈项目}}", "项目名称", "研判结果"
        sheet["A12"] = "完"

    sheet = filled(book(second))
    names = [sheet[f"A{row}"].value for row in range(1, sheet.max_row + 1)]
    talks = [row.name for row in september().negotiations]
    place = names.index(talks[0])
    assert names[place : place + len(talks)] == talks
    assert names[-1] == "完"


def test_the_same_month_gives_the_same_bytes() -> None:
    assert fill(book_at(), september()) == fill(book_at(), september())


def book_at() -> bytes:
    return sample(MOMENT)


@pytest.mark.parametrize(
    ("cell", "text", "words"),
    [
        ("A3", "{{没有的}}", "不认识“没有的”"),
        ("A3", "{{指标:nobody:本年}}", "没有“nobody”这个指标"),
        ("A3", "{{指标:signed_count:昨天}}", "没有“昨天”这个时段"),
        ("A3", "{{指标:signed_count}}", "指标要写成"),
        ("A3", "前面{{表:重点项目}}", "单独占一格"),
        ("A9", "{{表:没有的}}", "没有“没有的”这张表"),
        ("A9", "{{表:重点项目|分组}}", "只能写“|合计”"),
        ("A9", "{{表:交办事项|合计}}", "没有合计行"),
        ("B5", "没有的列", "没有“没有的列”这一列"),
        ("B4", "别的字", "其余各格请空着"),
        ("A3", "=SUM(A1:A2)", "请把公式换成占位符"),
    ],
)
def test_what_is_unknown_is_refused_with_its_place(cell: str, text: str, words: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        ensure_usable(book(lambda sheet: sheet.__setitem__(cell, text)))
    assert refused.value.field == "file"
    assert words in refused.value.message
    assert f"“我的表”{cell}" in refused.value.message


def test_merged_anchors_and_crowded_ones_are_refused() -> None:
    with pytest.raises(RuleBroken, match="不能有合并"):
        ensure_usable(book(lambda sheet: sheet.merge_cells("A4:B4")))

    def crowd(sheet: Any) -> None:
        sheet["A6"], sheet["A7"] = "{{表:签约项目}}", "项目名称"
        sheet["A5"] = "{{表:在谈项目}}"

    with pytest.raises(RuleBroken, match="挤在相同的行"):
        ensure_usable(book(crowd))
    with pytest.raises(RuleBroken, match="没有占位符"):
        data = BytesIO()
        Workbook().save(data)
        ensure_usable(data.getvalue())


def repacked(data: bytes, **parts: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.pop(name, source.read(name)))
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"%PDF-1.4", "PDF"),
        (b"a,b\n1,2\n", r"\.xlsx"),
        (b"PK\x03\x04 broken", "损坏"),
        (b"PK" + b"0" * (9 * 1000**2), "MB"),
        (repacked(book(), **{"xl/vbaProject.bin": b"x"}), "带宏"),
        (repacked(book(), **{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "外部数据"),
        (repacked(book(), **{"xl/embeddings/oleObject1.bin": b"x"}), "嵌入对象"),
        (repacked(book(), **{"xl/worksheets/_rels/sheet1.xml.rels": RELS % b'<Relationship Id="r" Type="http://x/image" '
                             b'Target="http://example.com/a.png" TargetMode="External"/>'}), "链接到别的文件"),
        (repacked(book(), **{"xl/theme/theme1.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "XML 实体"),
        (repacked(book(), **{"xl/theme/theme1.xml": "<a/>".encode("utf-16")}), "XML 实体"),
        (repacked(book(), **{"xl/media/image1.png": b"0" * (70 * 1024**2)}), "解压后过大"),
    ],
    ids=["empty", "pdf", "csv", "broken", "large", "macros", "links", "embedded", "outward", "entities", "utf16", "bomb"],
)  # fmt: skip
def test_what_must_not_come_in(data: bytes, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        inspected(data)


def test_texts_that_look_like_formulas_stay_texts() -> None:
    evil = with_projects(key_project(name="=HYPERLINK(1)", problem="+1\n-2"))
    sheet = load_workbook(BytesIO(fill(book(), evil)))["我的表"]
    assert (sheet["B5"].value, sheet["B5"].data_type, sheet["B5"].quotePrefix) == ("=HYPERLINK(1)", "s", True)
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def drawn() -> bytes:
    """A workbook as Excel writes one: a picture, a chart below the table, a conditional format, a hyperlink, page set-up."""
    data = BytesIO()
    made = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = made.add_worksheet("我的表")
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_header("&C机密")
    sheet.insert_image("F1", "logo.png", {"image_data": BytesIO(PIXEL)})
    sheet.write("A3", "{{表:重点项目}}")
    sheet.write_row("A4", ["项目名称", "总投资"])
    sheet.write_row("A6", ["尾", 1])
    sheet.write_url("A7", "https://example.com/", string="链接")
    sheet.conditional_format(
        "B3", {"type": "cell", "criteria": ">", "value": 10, "format": made.add_format({"bold": 1})}
    )
    chart = made.add_chart({"type": "column"})
    chart.add_series({"values": "='我的表'!$B$3:$B$4"})
    sheet.insert_chart("D9", chart)
    made.add_worksheet("别的").write("A1", "不动")
    made.close()
    return data.getvalue()


def test_pictures_charts_and_page_setup_stay() -> None:
    before = drawn()
    after = fill(before, september())
    count = len(september().key_projects)
    with zipfile.ZipFile(BytesIO(before)) as old, zipfile.ZipFile(BytesIO(after)) as new:
        assert old.namelist() == new.namelist()
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert "xl/media/image1.png" not in changed
        assert "xl/worksheets/sheet2.xml" not in changed
        drawing = new.read("xl/drawings/drawing1.xml").decode()
        chart = new.read("xl/charts/chart1.xml").decode()
        sheet = new.read("xl/worksheets/sheet1.xml").decode()
    assert f"<xdr:row>{8 + count - 2}</xdr:row>" in drawing
    assert f"$B$3:$B${3 + count - 1}" in chart
    assert f'sqref="B3:B{3 + count - 1}"' in sheet
    assert 'paperSize="8"' in sheet
    assert "机密" in sheet
    found = load_workbook(BytesIO(after))["我的表"]
    assert found[f"A{6 + count - 2}"].value == "尾"
    assert found[f"A{7 + count - 2}"].hyperlink.target == "https://example.com/"


def test_comments_on_a_sheet_with_a_table_are_said_to_be_lost() -> None:
    def commented(sheet: Any) -> None:
        sheet["A7"].comment = Comment("看这里", "某人")

    data = book(commented)
    assert "批注不保留" in "".join(inspected(data).lost)
    assert filled(data)["A7"].comment is None


def test_the_sample_can_be_uploaded_and_filled() -> None:
    data = sample(MOMENT)
    seen = ensure_usable(data)
    assert len(seen.found) > 20
    made = load_workbook(BytesIO(fill(data, september())))
    assert made.sheetnames == ["封面", "重点项目", "签约项目", "占位符"]
    texts = [str(cell.value) for sheet in made for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [text for text in texts if "{{" in text]
    assert "=" not in {text[:1] for text in texts}


def test_everything_in_the_list_is_understood_and_has_a_value() -> None:
    for name in WORDS:
        answer = asked(name)
        assert not isinstance(answer, str), name
        answer.value(september())
        answer.value(empty())
    for figure in figures():
        for span in SPANS if not figure.source.at_end else ("本年",):
            for name in (figure.key, str(figure.name)):
                answer = asked(f"指标：{name}：{span}")
                assert not isinstance(answer, str), (name, span)
                answer.value(september())
    for table in TABLES.values():
        known = columns_by_name(table.name)
        for column in table.columns:
            assert known[column.key] is column
            assert known[plain(written(column))].key == column.key, (table.name, written(column))
        rows = list(table.rows(september()))
        assert {column.key for column in table.columns} <= {key for row in rows for key in row} or not rows, table.name
    assert "phone" not in {column.key for column in TABLES["重点项目"].columns}


def test_an_unissued_month_has_no_number_and_a_day_is_a_day() -> None:
    made = Workbook()
    sheet: Any = made.active
    sheet["A1"], sheet["A2"] = "{{第几期}}", "{{统计截止}}"
    data = BytesIO()
    made.save(data)
    found = load_workbook(BytesIO(fill(data.getvalue(), empty()))).active
    assert found is not None
    assert found["A1"].value is None
    assert found["A2"].value.date() == date(2023, 1, 31)


@pytest.mark.slow
@pytest.mark.skipif(not OFFICE, reason="NOT RUN: no LibreOffice on this machine, so nobody opened a filled template")
@pytest.mark.parametrize("data", [book(), drawn(), sample(MOMENT)], ids=["plain", "drawn", "sample"])
def test_libreoffice_opens_what_was_filled(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "filled.xlsx"
    file.write_bytes(fill(data, september()))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        str(OFFICE),
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
    ]
    subprocess.run([*command, "--outdir", str(tmp_path), str(file)], check=True, capture_output=True, timeout=180)
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.csv")))
    assert all(row.name in text for row in september().key_projects)
    assert "{{" not in text
    assert "Err:" not in text
