"""Days, months, years and spans of them, as ledgers write them; what cannot be is named, never moved to what could.

2022年3月, 2022.3, 2022-03-05, 20220305, 45597 (Excel), 2022年上半年, 3月 (in the ledger's year), 2022-2024
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from crm.rules.ledger.cells import Cell, CellError, is_number, show
from crm.rules.ledger.findings import Remark, error, hint
from crm.rules.ledger.text import CHINESE_NUMERALS, fold, is_nothing, squeeze
from crm.rules.ledger.times import FIRST_YEAR, LAST_YEAR, Day, Impossible, Precision, one_day, one_time

__all__ = ["Day", "DayRange", "DayRead", "Precision", "RangeRead", "read_day", "read_range"]

_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(29_221, 58_440)  # 1980-01-01 to 2059-12-31


@dataclass(frozen=True, slots=True)
class DayRange:
    """A span such as 建设起止年限; an open end is None."""

    start: Day | None
    end: Day | None

    @property
    def reading(self) -> str:
        """2022年—2024年; one time where both ends are the same."""
        if self.start is not None and self.start == self.end:
            return self.start.reading
        return f"{self.start.reading if self.start else ''}—{self.end.reading if self.end else ''}"


@dataclass(frozen=True, slots=True)
class DayRead:
    """What a cell gave: a day or nothing, with remarks."""

    day: Day | None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeRead:
    """What a cell gave: a span or nothing, with remarks."""

    span: DayRange | None
    remarks: tuple[Remark, ...] = ()


@lru_cache(maxsize=50_000, typed=True)
def read_day(cell: Cell, year: int | None = None, *, end: bool = False) -> DayRead:
    """A cell of a date column. `year` is the ledger's own, for cells that say only 3月.

    Of a span, the start is taken, or its end for a column such as 竣工时间 (`end`).
    """
    read = read_range(cell, year)
    if read.span is None:
        return DayRead(None, read.remarks)
    ends = (read.span.end, read.span.start) if end else (read.span.start, read.span.end)
    day = ends[0] or ends[1]
    if day is None or read.span.start == read.span.end or None in ends:
        return DayRead(day, read.remarks)
    remark = hint("range_for_day", f"“{squeeze(show(cell))}”是一段时间，按 {day.reading} 读入")
    return DayRead(day, (*read.remarks, remark))


@lru_cache(maxsize=50_000, typed=True)
def read_range(cell: Cell, year: int | None = None) -> RangeRead:
    """A cell of a column of spans; a single day is a span of which both ends are that day."""
    if cell is None or (isinstance(cell, str) and is_nothing(cell)):
        return RangeRead(None)
    if isinstance(cell, CellError):
        return RangeRead(None, (error("formula_error", f"公式出错（{cell.code}），请填日期"),))
    try:
        if isinstance(cell, date):
            return _span_of(_from_date(cell))
        if is_number(cell):
            return _from_number(Decimal(str(cell)))
        return _from_text(squeeze(_CLOCK.sub("", fold(show(cell)))), year)
    except Impossible as impossible:
        return RangeRead(None, (error("impossible_date", str(impossible)),))


def _from_date(cell: date) -> Day:
    day = cell.date() if isinstance(cell, datetime) else cell
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Impossible(f"{day.isoformat()} 的年份不对，请改日期")
    return one_day(day)


def _from_number(number: Decimal) -> RangeRead:
    """2022, 202203, 20220305 and 2022.3 are written dates; 45597 is Excel's count of days."""
    whole = int(number)
    if whole in _EXCEL_DAYS:
        day = one_day(_EXCEL_DAY_ZERO + timedelta(days=whole))
        return _span_of(day, hint("excel_serial", f"已读作 {day.reading}"))
    written = show(number)
    if number == whole and len(written) in (4, 6, 8):
        return _from_text(written, None)
    if re.fullmatch(r"\d{4}\.\d{1,2}", written):
        read = _from_text(written, None)
        if not written.endswith(".1"):
            return read
        doubt = hint("lost_zero", f"{written} 可能是 1 月，也可能是 10 月（Excel 去掉了末尾的 0），已读作 1 月")
        return RangeRead(read.span, (*read.remarks, doubt))
    raise Impossible(f"“{written}”不是日期，请改日期")


_CLOCK = re.compile(r"[ T]\d{1,2}:\d\d(:\d\d)?(\.\d+)?Z?$")
_SHORT_YEARS = re.compile(r"(20)(\d\d)年?[-—~至]+(\d\d)年?")
_DURATION = re.compile(rf"约?[\d.{CHINESE_NUMERALS}]+(?:个月|年|个?日历?天|天|月)(?:左右)?")
_PLANNED = re.compile(
    r"计划|预计|拟|力争|约|预期|于|从|自|在|前$|[(][^()]*[)]$|左右|以前|之前|开工|竣工|建成|投产|签约|完成|完工|开始|启动|动工$"
)
_INTENDED = re.compile(r"计划|预计|拟|力争|预期")
_SEPARATORS = ("至", "到", "—", "–", "~", "―", "--", "-")


def _from_text(text: str, year: int | None) -> RangeRead:
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _from_number(Decimal(text))
    short = _SHORT_YEARS.fullmatch(text)
    if short and int(short[3]) > max(12, int(short[2])):
        text = f"20{short[2]}-20{short[3]}"
    whole = one_time(text, year)
    if whole is not None:
        return _span_of(whole)
    for start, end in _ways_to_split(text):
        span = _span(start, end, year)
        if span is not None:
            return RangeRead(span, _backwards(span, text))
    bare = _PLANNED.sub("", text).strip(":,.;。，、")
    if bare != text and re.search(r"\d", bare):
        read = _from_text(bare, year)
        return _as_planned(read) if _INTENDED.search(text) else read
    if year is None and one_time(text, 2000) is not None:
        return RangeRead(None, (error("no_year", f"“{text}”没有写年份，请补年份"),))
    if not re.search(rf"\d|[{CHINESE_NUMERALS}]+[年月]", text):
        return RangeRead(None, (hint("undecided_date", f"写的是“{text}”，没有日期"),))
    if _DURATION.fullmatch(text):
        return RangeRead(None, (hint("duration", f"“{text}”是工期长短，不是起止时间"),))
    return _first_of_several(text, year)


def _as_planned(read: RangeRead) -> RangeRead:
    if read.span is None:
        return read
    start, end = (day and replace(day, planned=True) for day in (read.span.start, read.span.end))
    return RangeRead(DayRange(start, end), read.remarks)


def _ways_to_split(text: str) -> Iterator[tuple[str, str]]:
    """Every way to take the text as start and end."""
    for separator in _SEPARATORS:
        for match in re.finditer(re.escape(separator), text):
            yield text[: match.start()].rstrip("-—~"), text[match.end() :].lstrip("-—~")


def _span(start: str, end: str, year: int | None) -> DayRange | None:
    begun = one_time(start, year)
    if begun is None and re.fullmatch(r"\d{1,2}", start) and re.fullmatch(r"\d{1,2}月", end):
        begun = one_time(f"{start}月", year)
    if begun is None:
        return None
    if not end or end in ("今", "目前", "长期"):
        return DayRange(begun, None)
    until = one_time(_completed(end, begun), begun.first.year)
    if until is None:
        return None
    if until.last < begun.first and re.fullmatch(r"\d{1,2}月.*", end):
        until = one_time(end, begun.first.year + 1) or until
    return DayRange(begun, until)


def _completed(end: str, begun: Day) -> str:
    """The end in full where it is short: 2022-24 means 2024, 2022.3-6 means June, 2022.5.1-5.20 means 20 May."""
    if re.fullmatch(r"\d{1,2}", end) and begun.precision is Precision.MONTH:
        return f"{end}月"
    if re.fullmatch(r"\d{1,2}[./]\d{1,2}", end) and begun.precision is Precision.DAY:
        return f"{begun.first.year}.{end}"
    return end


def _backwards(span: DayRange, text: str) -> tuple[Remark, ...]:
    if span.start and span.end and span.end.last < span.start.first:
        return (hint("backwards", f"“{text}”的结束早于开始，请核对"),)
    return ()


def _first_of_several(text: str, year: int | None) -> RangeRead:
    """Two dates in one cell, or a date in a sentence: the first is read and remarked on."""
    for piece in re.split(r"[,;；，、\n/和及]|签订|签约|开工|竣工|投产", text):
        day = one_time(_PLANNED.sub("", piece), year) if piece and piece != text else None
        if day is not None:
            return _span_of(day, hint("text_around_date", f"“{text}”按 {day.reading} 读入，请核对"))
    found = re.search(r"(19|20)\d\d年(\d{1,2}月(\d{1,2}日)?)?|(19|20)\d\d[-./]\d{1,2}([-./]\d{1,2})?", text)
    day = one_time(found[0], year) if found else None
    if day is None:
        raise Impossible(f"“{text}”不是日期，请改日期")
    return _span_of(day, hint("text_around_date", f"“{text}”按 {day.reading} 读入，请核对"))


def _span_of(day: Day, *remarks: Remark) -> RangeRead:
    return RangeRead(DayRange(day, day), remarks)
