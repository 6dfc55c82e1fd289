"""Sheets to the bytes of an .xlsx: the only file that styles Excel (charts.py draws what openpyxl calls charts).

Values, never formulas; a text that could be taken for one is stored as text and quoted. The same sheets and properties
give the same bytes: nothing in the file knows the clock, and the archive's entries bear the moment of the facts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from operator import attrgetter
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from crm.rules.figures import half_up
from reports.charts import drawn
from reports.sheet import Area, Edge, Faces, Footer, Format, Look, Page, Sheet, Style, Value

CHINESE = 134  # GB2312: a missing typeface falls to a Chinese one
BLACK, LINE, RED_RULE = "000000", "7F7F7F", "C00000"
FORMATS = {
    Format.TEXT: "General",
    Format.PHONE: "@",
    Format.YI: '#,##0.00_ ;"−"#,##0.00_ ',
    Format.COUNT: '#,##0_ ;"−"#,##0_ ',
    Format.RATE: "0.0%_ ",
    Format.CHANGE: '"+"0.0%_ ;"−"0.0%_ ;0.0%_ ',
    Format.POINTS: '"+"0.0_ ;"−"0.0_ ;0.0_ ',
    Format.MONTH: 'yyyy"."mm',
    Format.DAY: 'yyyy"-"mm"-"dd',
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# What XML cannot hold: control characters, lone surrogates, the two non-characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Properties:
    """The document's properties; `moment` (aware) stands for creation, change and the archive's entries."""

    title: str
    creator: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Paint:
    """What a look is in Excel: which typeface, bold or not, the colour of the text and of the ground."""

    face: str = "body"
    bold: bool = False
    colour: str = BLACK
    fill: str = ""


LOOKS = {
    Look.TITLE: Paint("title"),
    Look.RED_TITLE: Paint("title", colour=RED_RULE),
    Look.KAI: Paint("kai"),
    Look.FAINT: Paint("kai", colour="7F7F7F"),
    Look.HEAD: Paint("head", fill="D9D9D9"),
    Look.SUBHEAD: Paint("head", fill="EDEDED"),
    Look.ORDINAL: Paint("figure", fill="F7F7F7"),
    Look.TOTAL: Paint("head", fill="E4E4E4"),
    Look.GROUP: Paint("head", fill="D9E4F0"),
    Look.SUBGROUP: Paint("head", fill="F1F5FA"),
    Look.BODY: Paint(),
    Look.STRONG: Paint(bold=True),
    Look.MUTED: Paint(colour="595959"),
    Look.SHADED: Paint(fill="F7F7F7"),
    Look.LABEL: Paint("head", fill="F1F5FA"),
    Look.LIGHT_RED: Paint("head", True, "9C0006", "F4B6B6"),
    Look.LIGHT_YELLOW: Paint("head", True, "6B5000", "FFE699"),
    Look.LIGHT_ORANGE: Paint("head", True, "843C0C", "F8CBAD"),
    Look.LIGHT_GREEN: Paint("head", True, "2B5219", "C9E4B8"),
    Look.LIGHT_BLUE: Paint("head", True, "1F4E79", "BDD7EE"),
    Look.STATE_RED: Paint(colour="9C0006", fill="F4B6B6"),
    Look.STATE_YELLOW: Paint(colour="6B5000", fill="FFE699"),
    Look.STATE_GREEN: Paint(colour="2B5219", fill="C9E4B8"),
    Look.STATE_BLUE: Paint(colour="1F4E79", fill="BDD7EE"),
    Look.STATE_GREY: Paint(colour="595959", fill="E4E4E4"),
    Look.ALARM: Paint("head", True, "9C0006", "F4B6B6"),
    Look.MISSING: Paint("head", colour="9C0006", fill="E4E4E4"),
    Look.NOTE: Paint(),
    Look.PROSE_HEAD: Paint("head"),
    Look.PROSE: Paint(),
    Look.SOURCE: Paint(colour="7F7F7F"),
}
BOLD_FIGURES = frozenset({Look.TOTAL, Look.GROUP, Look.SUBGROUP, Look.ALARM})

_THIN, _NONE = Side("thin", color=LINE), Side()
_MEDIUM = Side("medium", color=BLACK)
BORDERS = {
    Edge.NONE: Border(),
    Edge.BOX: Border(_THIN, _THIN, _THIN, _THIN),
    Edge.OPEN_RIGHT: Border(_THIN, _NONE, _THIN, _THIN),
    Edge.OPEN_BOTH: Border(_NONE, _NONE, _THIN, _THIN),
    Edge.OPEN_LEFT: Border(_NONE, _THIN, _THIN, _THIN),
    Edge.RED_RULE: Border(bottom=Side("thick", color=RED_RULE)),
    Edge.IMPRINT_TOP: Border(top=_MEDIUM, bottom=_THIN),
    Edge.IMPRINT_BOTTOM: Border(top=_THIN, bottom=_MEDIUM),
}


def render(sheets: Sequence[Sheet], properties: Properties, faces: Faces) -> bytes:
    """The workbook; the first sheet is the one that opens."""
    workbook = _new_workbook(properties)
    styles = Styles(workbook, faces)
    for sheet in sheets:
        worksheet = workbook.create_sheet(sheet.name)
        _write_cells(worksheet, sheet, styles)
        _set_up(worksheet, sheet, faces)
        for chart in sheet.charts:
            worksheet.add_chart(drawn(chart, sheet.name, faces))
    return _saved(workbook, properties)


def safe(text: str) -> str:
    """A text as a cell can hold it: no characters that XML forbids, one kind of line end."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n"))


class Styles:
    """Each style is registered with the workbook once and shared by all its cells."""

    def __init__(self, workbook: Workbook, faces: Faces) -> None:
        self._probe: Any = ExcelCell(workbook.create_sheet("probe"), row=1, column=1)  # its _style is not typed
        workbook.remove(workbook["probe"])
        self._faces = faces
        self._known: dict[tuple[Style, bool], StyleArray] = {}

    def get(self, style: Style, *, quoted: bool) -> StyleArray:
        """The workbook's own notation of the style; `quoted` marks a text that looks like a formula."""
        if (style, quoted) not in self._known:
            self._known[style, quoted] = self._register(style, quoted)
        return self._known[style, quoted]

    def _register(self, style: Style, quoted: bool) -> StyleArray:
        paint, cell = LOOKS[style.look], self._probe
        cell._style = StyleArray()
        cell.font = self._font(style, paint)
        cell.fill = PatternFill("solid", fgColor=paint.fill) if paint.fill else PatternFill()
        cell.border = BORDERS[style.edge]
        cell.alignment = Alignment(
            horizontal=style.align.value,
            vertical="center",
            wrap_text=style.wrap or None,
            shrink_to_fit=style.shrink or None,
            indent=style.indent,
        )
        cell.number_format = FORMATS[style.format]
        if quoted:
            cell.quotePrefix = True
        return cast(StyleArray, copy(cell._style))

    def _font(self, style: Style, paint: Paint) -> Font:
        is_figure = style.format.is_figure or paint.face == "figure"
        name = self._faces.figure if is_figure else getattr(self._faces, paint.face)
        bold = paint.bold or (is_figure and style.look in BOLD_FIGURES)
        charset, family = (None, 1) if is_figure else (CHINESE, 3)
        return Font(name=name, sz=style.size, b=bold or None, charset=charset, family=family, color=paint.colour)


class _SortedRanges(MultiCellRange):
    """Merged ranges that are written in order, so that the same sheet gives the same bytes everywhere."""

    def __iter__(self) -> Any:
        return iter(sorted(self.ranges, key=attrgetter("min_row", "min_col")))


def _new_workbook(properties: Properties) -> Workbook:
    workbook: Any = Workbook()  # its lists of fonts and named styles are not typed
    workbook.remove(workbook.worksheets[0])
    # A theme font turns into 宋体 on Chinese Excel and widens every column by about a seventh.
    normal = Font(name="Arial", sz=10, family=2)
    workbook._fonts = IndexedList([normal])
    workbook._named_styles["Normal"].font = normal
    workbook.calculation.fullCalcOnLoad = False
    workbook.properties.title = safe(properties.title)
    workbook.properties.creator = safe(properties.creator)
    workbook.properties.created = _utc(properties.moment)
    return cast(Workbook, workbook)


def _write_cells(worksheet: Worksheet, sheet: Sheet, styles: Styles) -> None:
    canvas = sheet.canvas
    for (row, column), cell in sorted(canvas.cells.items()):
        target: Any = worksheet.cell(row=row, column=column)
        if isinstance(cell.value, str):
            text = safe(cell.value)
            target._style = styles.get(cell.style, quoted=text.startswith(DANGEROUS))
            target.value = text
            target.data_type = "s"
        else:
            target._style = styles.get(cell.style, quoted=False)
            target.value = as_number(cell.value, cell.style.format)
    ranges = [CellRange(min_row=a.top, min_col=a.left, max_row=a.bottom, max_col=a.right) for a in canvas.merges]
    worksheet.merged_cells = _SortedRanges(ranges)
    for index, width in enumerate(canvas.widths, 1):
        worksheet.column_dimensions[get_column_letter(index)].width = width
    for row, height in canvas.heights.items():
        worksheet.row_dimensions[row].height = round(height, 2)


def as_number(value: Value, format_: Format) -> int | float | date | None:
    """An exact value as the file holds it."""
    if isinstance(value, Fraction | Decimal):
        if format_ is Format.CHANGE and not half_up(value * 100, 1):
            return 0  # rounds to nothing: printed without a sign
        number = float(value)
        return int(number) if number.is_integer() else number
    assert not isinstance(value, str)
    return value


def _set_up(worksheet: Worksheet, sheet: Sheet, faces: Faces) -> None:
    page, canvas = sheet.page, sheet.canvas
    worksheet.sheet_view.showGridLines = False
    worksheet.sheet_view.zoomScale = page.zoom
    if page.freeze:
        worksheet.freeze_panes = f"{get_column_letter(page.freeze[1])}{page.freeze[0]}"
    if page.filter:
        worksheet.auto_filter.ref = _reference(page.filter)
    if page.repeat:
        worksheet.print_title_rows = f"{page.repeat[0]}:{page.repeat[1]}"
    worksheet.print_area = _reference(Area(1, 1, canvas.last_row, sheet.print_columns))
    for row in canvas.breaks:
        worksheet.row_breaks.append(Break(id=row))
    _paper(worksheet, page)
    _footer(worksheet, sheet.footer, faces)


def _paper(worksheet: Worksheet, page: Page) -> None:
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    worksheet.page_setup.paperSize = page.paper.code
    worksheet.page_setup.orientation = "landscape" if page.paper.landscape else "portrait"
    worksheet.page_setup.fitToWidth = 1
    worksheet.page_setup.fitToHeight = 1 if page.one_page else 0
    worksheet.print_options.horizontalCentered = True
    margins = worksheet.page_margins
    margins.left, margins.right = page.margins.left / 25.4, page.margins.right / 25.4
    margins.top, margins.bottom = page.margins.top / 25.4, page.margins.bottom / 25.4
    margins.header, margins.footer = 8 / 25.4, 7 / 25.4


def _footer(worksheet: Worksheet, footer: Footer, faces: Faces) -> None:
    foot: Any = worksheet.oddFooter
    for part, text in ((foot.left, footer.left), (foot.center, "第 &P 页 共 &N 页"), (foot.right, footer.right)):
        # openpyxl writes the size as "&10 ": without the space, digits of the text would be read as the size.
        part.text, part.size, part.font = text, 10, f"{faces.body},Regular"


def _reference(area: Area) -> str:
    return f"{get_column_letter(area.left)}{area.top}:{get_column_letter(area.right)}{area.bottom}"


def _saved(workbook: Workbook, properties: Properties) -> bytes:
    raw, packed = BytesIO(), BytesIO()
    workbook.save(raw)
    workbook.properties.modified = _utc(properties.moment)  # saving has set it to the clock
    stamp = _utc(properties.moment).timetuple()[:6]
    with ZipFile(raw) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, stamp)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 0, 0
            content = source.read(name)
            if name == "docProps/core.xml":
                content = tostring(workbook.properties.to_tree())
            target.writestr(entry, content)
    return packed.getvalue()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
