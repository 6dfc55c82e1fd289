import os
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.briefing.render import render
from reports.sheet import Align, Area, Canvas, Faces, Footer, Format, Look, Margins, Page, Paper, Sheet, Style
from reports.workbook import Properties, safe
from reports.workbook import render as write
from tests.reports.sample import empty, huge, september

MOMENT = datetime(2022, 10, 3, 10, 0, tzinfo=UTC)
MARGINS = Margins(10, 10, 12, 15)


def written(canvas: Canvas, **page: object) -> Worksheet:
    sheet = Sheet("表", canvas, Page(Paper.A3_LANDSCAPE, MARGINS, **page), Footer("左", "2022年第9期"), 2)  # type: ignore[arg-type]
    book = load_workbook(BytesIO(write([sheet], Properties("题", "人", MOMENT), Faces())))
    return book.worksheets[0]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 512",
        "-10kV临时线",
        "@专班",
        "\t=1",
        "\r=1",
        '=HYPERLINK("http://x")',
        "#N/A",
        "#REF!",
        "2022-09-30",
    ],
)
def test_a_text_stays_a_text(text: str) -> None:
    canvas = Canvas((20.0, 20.0))
    canvas.put(1, 1, text, Style(Look.BODY))
    canvas.height(1, 20)
    cell = written(canvas)["A1"]
    assert cell.data_type == "s"
    assert str(cell.value).strip() == text.strip()
    assert bool(cell.quotePrefix) is text.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [("甲\x00乙\x0b", "甲乙"), ("甲\r\n乙", "甲\n乙"), ("甲\ud800", "甲"), ("甲\uffff", "甲"), ("甲\t乙", "甲\t乙")],
)
def test_characters_that_xml_forbids_are_left_out(text: str, kept: str) -> None:
    assert safe(text) == kept


def test_styles_come_out_as_described() -> None:
    canvas = Canvas((20.0, 20.0))
    canvas.put(1, 1, "合计", Style(Look.TOTAL, 12, Align.CENTER), across=2)
    canvas.put(2, 1, 1234, Style(Look.TOTAL, 10.5, Align.RIGHT, Format.COUNT, wrap=False, shrink=True))
    canvas.height(1, 30)
    canvas.height(2, 20)
    sheet = written(canvas)
    label, figure = sheet["A1"], sheet["A2"]
    assert (label.font.name, label.font.sz, label.font.charset) == ("黑体", 12, 134)
    assert (figure.font.name, figure.font.b, figure.number_format) == ("Times New Roman", True, '#,##0_ ;"−"#,##0_ ')
    assert figure.alignment.shrink_to_fit
    assert label.fill.fgColor.rgb == "00E4E4E4"
    assert [str(area) for area in sheet.merged_cells] == ["A1:B1"]
    assert sheet["B1"].border.right.style == "thin"


def test_the_page_is_set_up() -> None:
    canvas = Canvas((20.0, 20.0, 5.0))
    for row in range(1, 9):
        canvas.put(row, 1, row, Style(Look.BODY, format=Format.COUNT))
        canvas.height(row, 20)
    canvas.breaks.append(5)
    sheet = written(canvas, repeat=(2, 3), freeze=(4, 2), filter=Area(3, 1, 8, 2))
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (8, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert (sheet.print_title_rows, sheet.print_area) == ("$2:$3", "'表'!$A$1:$B$8")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B4", "A3:B8")
    assert [mark.id for mark in sheet.row_breaks.brk] == [5]
    assert not sheet.sheet_view.showGridLines
    assert sheet.page_margins.bottom == pytest.approx(15 / 25.4)


def test_the_footer_keeps_a_space_after_the_size() -> None:
    with ZipFile(BytesIO(render(september()))) as archive:
        text = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "&amp;10 2022年第9期" in text
    assert "第 &amp;P 页 共 &amp;N 页" in text


@pytest.mark.parametrize("briefing", [september(), empty(), huge(60, 90)], ids=["september", "empty", "huge"])
def test_nothing_is_a_formula(briefing: object) -> None:
    book = load_workbook(BytesIO(render(briefing)))  # type: ignore[arg-type]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}


def test_typefaces_are_named_and_the_normal_style_has_no_theme() -> None:
    with ZipFile(BytesIO(render(september()))) as archive:
        styles = archive.read("xl/styles.xml").decode()
        assert "calcChain" not in " ".join(archive.namelist())
    assert "<scheme" not in styles
    assert styles.index("Arial") < styles.index("方正小标宋简体")
    assert styles.count("<font>") < 80  # shared, not one a cell


def test_the_same_facts_give_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib\nfrom tests.reports.sample import september\nfrom reports.briefing.render import render\n"
        "print(hashlib.sha256(render(september())).hexdigest())"
    )
    root = Path(__file__).parents[2]
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(root)},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    ]
    assert len(set(runs)) == 1


def test_the_archive_bears_the_moment_of_the_facts_only() -> None:
    with ZipFile(BytesIO(render(september()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2022, 10, 3, 10, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2022-10-03T10:00:00Z") == 2


def test_charts_are_native_with_visible_axes_and_cached_values() -> None:
    with ZipFile(BytesIO(render(september()))) as archive:
        charts = [archive.read(f"xl/charts/chart{n}.xml").decode() for n in range(1, 6)]
    for chart in charts:
        assert 'delete val="0"' in chart
        assert 'delete val="1"' not in chart
        assert "<numCache>" in chart
        assert "<strCache>" in chart
    assert 'orientation val="maxMin"' in charts[1]
    assert 'crosses val="max"' in charts[0]
    assert "$J$33" in charts[0]  # nine months, not twelve


def test_an_empty_month_has_no_charts_and_says_so() -> None:
    with ZipFile(BytesIO(render(empty()))) as archive:
        assert not [name for name in archive.namelist() if "chart" in name]
        assert "图1　2023年1月无数据" in archive.read("xl/worksheets/sheet6.xml").decode()
