"""Native Excel charts from their description, with visible axes and cached values for viewers that do not calculate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import Series as ExcelSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.drawing.text import Font as DrawnFont
from openpyxl.utils import get_column_letter, quote_sheetname

from reports.sheet import Area, Chart, Faces, Series, Source

INK, WHITE, GRID, AXIS, FRAME, OUTLINE = "262626", "FFFFFF", "E0E0E0", "7F7F7F", "BFBFBF", "595959"
TITLE_SIZE, AXIS_SIZE, LABEL_SIZE = 1400, 1100, 1000  # hundredths of a point
CATEGORY_AXIS, VALUE_AXIS, LINE_AXIS = 10, 100, 200


def drawn(chart: Chart, sheet: str, faces: Faces) -> Any:
    """The chart, anchored to the corners of its area so that it keeps its place whatever the fonts."""
    bars: Any = BarChart()  # its anchor, axes and series are typed too narrowly
    bars.type = "bar" if chart.horizontal else "col"
    bars.grouping, bars.gapWidth = "clustered", chart.gap
    bars.overlap = 0 if len(chart.series) > 1 else None
    bars.title = _title(chart.title, TITLE_SIZE, faces)
    bars.legend = _legend(faces) if chart.legend else None
    bars.roundedCorners = False
    bars.graphical_properties = GraphicalProperties(ln=_line(FRAME, 9525))
    lines: Any = LineChart()
    for index, series in enumerate(chart.series):
        (lines if series.is_line else bars).series.append(_series(series, index, chart, sheet, faces))
    _axes(bars, chart, faces)
    if lines.series:
        _second_axis(lines, chart, faces)
        bars += lines
    bars.anchor = _anchor(chart.area)
    return bars


def _series(series: Series, index: int, chart: Chart, sheet: str, faces: Faces) -> ExcelSeries:
    numbers = NumRef(f=_reference(series.values, sheet), numCache=_numbers(series.values))
    drawn_series = ExcelSeries(idx=index, order=index, tx=SeriesLabel(v=series.name))
    drawn_series.cat = AxDataSource(
        strRef=StrRef(f=_reference(chart.categories, sheet), strCache=_words(chart.categories))
    )
    drawn_series.val = NumDataSource(numRef=numbers)
    if series.is_line:
        drawn_series.spPr = GraphicalProperties(ln=_line(series.colour, 28575))
        drawn_series.marker = Marker("circle", size=7, spPr=GraphicalProperties(solidFill=series.colour))
        drawn_series.smooth = False
    else:
        drawn_series.spPr = GraphicalProperties(solidFill=series.colour, ln=_line(OUTLINE, 6350))
        drawn_series.invertIfNegative = False
    if series.labels:
        drawn_series.dLbls = _labels(series, faces)
    return drawn_series


def _labels(series: Series, faces: Faces) -> DataLabelList:
    colour = WHITE if series.label_inside else INK
    return DataLabelList(
        numFmt=series.labels,
        spPr=GraphicalProperties(solidFill=WHITE) if series.is_line else None,  # legible where the line crosses bars
        txPr=_text(LABEL_SIZE if series.is_line else AXIS_SIZE, colour, faces),
        dLblPos="t" if series.is_line else "inBase" if series.label_inside else "outEnd",
        showVal=True,
        showLegendKey=False,
        showCatName=False,
        showSerName=False,
        showPercent=False,
        showBubbleSize=False,
    )


def _axes(bars: Any, chart: Chart, faces: Faces) -> None:
    category, value = bars.x_axis, bars.y_axis
    category.axId, value.axId = CATEGORY_AXIS, VALUE_AXIS
    category.crossAx, value.crossAx = VALUE_AXIS, CATEGORY_AXIS
    category.tickLblSkip, category.noMultiLvlLbl = 1, True
    category.axPos, value.axPos = ("l", "b") if chart.horizontal else ("b", "l")
    if chart.horizontal:  # the first category on top, the values below
        category.scaling.orientation, value.crosses = "maxMin", "max"
    value.majorGridlines.spPr = GraphicalProperties(ln=_line(GRID, 6350))
    value.title = _title(chart.unit, AXIS_SIZE, faces)
    value.scaling.min, value.scaling.max = 0, chart.maxima[0]
    value.number_format = chart.axis_format
    size = LABEL_SIZE if chart.horizontal else AXIS_SIZE
    for axis, points in ((category, size), (value, AXIS_SIZE)):
        _visible(axis, points, faces)
    # A long name takes two lines rather than to lean over.
    category.txPr.bodyPr = RichTextProperties(rot=0, vert="horz")


def _second_axis(lines: Any, chart: Chart, faces: Faces) -> None:
    axis = lines.y_axis
    axis.axId, axis.crossAx, axis.crosses, axis.axPos = LINE_AXIS, CATEGORY_AXIS, "max", "r"
    axis.majorGridlines = None
    axis.title = _title(chart.line_unit, AXIS_SIZE, faces)
    axis.scaling.min, axis.scaling.max = 0, chart.maxima[1]
    axis.number_format = chart.axis_format
    lines.x_axis.axId = CATEGORY_AXIS
    _visible(axis, AXIS_SIZE, faces)


def _visible(axis: Any, size: int, faces: Faces) -> None:
    axis.delete = False
    axis.majorTickMark = "out"
    axis.minorTickMark = "none"
    axis.spPr = GraphicalProperties(ln=_line(AXIS, 9525))
    axis.txPr = _text(size, INK, faces)


def _legend(faces: Faces) -> Legend:
    legend = Legend()
    legend.position = "b"
    legend.txPr = _text(AXIS_SIZE, INK, faces)
    return legend


def _title(text: str, size: int, faces: Faces) -> Title:
    look = _character(size, INK, faces.head, faces.head)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=text)])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False, layout=Layout())


def _text(size: int, colour: str, faces: Faces) -> RichText:
    look = _character(size, colour, faces.figure, faces.body)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), r=[], endParaRPr=look)])


def _character(size: int, colour: str, latin: str, chinese: str) -> CharacterProperties:
    return CharacterProperties(
        sz=size, b=False, solidFill=colour, latin=DrawnFont(typeface=latin), ea=DrawnFont(typeface=chinese)
    )


def _line(colour: str, width: int) -> LineProperties:
    return LineProperties(solidFill=colour, w=width)


def _reference(source: Source, sheet: str) -> str:
    area = source.area
    first = f"${get_column_letter(area.left)}${area.top}"
    return f"{quote_sheetname(sheet)}!{first}:${get_column_letter(area.right)}${area.bottom}"


def _numbers(source: Source) -> NumData:
    points = [NumVal(idx=i, v=str(_plain(value))) for i, value in enumerate(source.values) if value is not None]
    return NumData(formatCode="General", ptCount=len(source.values), pt=points)


def _words(source: Source) -> StrData:
    points = [StrVal(idx=i, v=str(value)) for i, value in enumerate(source.values) if value is not None]
    return StrData(ptCount=len(source.values), pt=points)


def _plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _anchor(area: Area) -> TwoCellAnchor:
    start = AnchorMarker(col=area.left - 1, colOff=40000, row=area.top - 1, rowOff=30000)
    end = AnchorMarker(col=area.right, colOff=0, row=area.bottom, rowOff=0)
    return TwoCellAnchor(editAs="twoCell", _from=start, to=end)
