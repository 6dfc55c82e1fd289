"""What an office's own workbook may ask for: words and figures of a month by name, and tables with their columns.

The one list: the check of an upload, the filling, the sample and docs/briefing-layout.md are made from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from crm.choices import Light
from crm.queries.totals import FIGURES, Figure, Unit
from crm.rules.schedule import change, deviation_points, share
from reports.briefing import words
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing, Total
from reports.briefing.groups import key_groups, total
from reports.briefing.layout import Audience, Column, Layout, unbroken
from reports.briefing.sheets import adjustments, assignments, key_projects, negotiations, outings, signed, waiting
from reports.briefing.sheets.frame import Flow, Shown, Values
from reports.briefing.sheets.values import or_dash, wan, yi
from reports.briefing.text import overview
from reports.sheet import Format, Value

MARK = re.compile(r"\{\{([^{}]{1,80})\}\}")
_LEFT_OVER = re.compile(r"\{\{|\}\}|｛｛|｝｝|\{｛|｛\{|\}｝|｝\}")
FIGURE, TABLE, WITH_TOTAL = "指标", "表", "合计"
LOOK_UP = "请对照样例模板里的占位符表。"
SPANS = ("本月", "本年", "上年同期", "同比", "年度目标", "完成率")


@dataclass(frozen=True, slots=True)
class Word:
    """A placeholder by name: what it stands for, and its value in a month."""

    meaning: str
    value: Callable[[Briefing], Value]
    format: Format = Format.TEXT


@dataclass(frozen=True, slots=True)
class LongWord:
    """A placeholder for paragraphs: no header holds them, and they name sheets of the workbook they stand in."""

    meaning: str
    value: Callable[[Briefing, Layout], Value]


def _rows_total(name: str) -> Callable[[Briefing], int | None]:
    return lambda briefing: total(getattr(row, name) for row in briefing.key_projects)


def _overview(briefing: Briefing, layout: Layout) -> str:
    lines = []
    for chapter in overview(briefing, layout):
        lines.append(chapter.heading)
        lines += [f"{words.SPACE * 2}{paragraph.text}" for paragraph in chapter.paragraphs]
    return "\n".join(lines)


def _lights(light: Light) -> Callable[[Briefing], Value]:
    return lambda briefing: sum(row.light is light for row in briefing.key_projects)


_PLAN, _DONE, _TOTAL, _MONTH = map(_rows_total, ("plan_yuan", "done_yuan", "total_yuan", "month_yuan"))
WORDS: Mapping[str, Word | LongWord] = {
    "开发区": Word("开发区名称", lambda b: b.office.zone),
    "部门": Word("填报部门", lambda b: b.office.bureau),
    "填报单位": Word("开发区和部门连写", lambda b: f"{b.office.zone}{b.office.bureau}"),
    "月份": Word("年月，例如 2022年9月", lambda b: b.month.label),
    "年": Word("年份，例如 2022", lambda b: str(b.month.year)),
    "月": Word("月份的数字，例如 9", lambda b: str(b.month.number)),
    "累计月份": Word("年初到本月，例如 1–9月", lambda b: words.span(b.month)),
    "年内累计": Word("连年份，例如 2022年1–9月", lambda b: words.span_of_year(b.month)),
    "第几期": Word("本年期号；未签发时为空", lambda b: b.edition.number, Format.COUNT),
    "总第几期": Word("总期号；未签发时为空", lambda b: b.edition.total_number, Format.COUNT),
    "期号": Word("例如 2022年第9期（总第21期）；未签发时写明是预览", words.edition),
    "统计截止": Word("当月最后一天", lambda b: b.month.last, Format.DAY),
    "签发日期": Word("签发的那一天；未签发时为空", lambda b: b.edition.issued_on, Format.DAY),
    "数据时点": Word("按哪一天的核定数", words.frozen_on),
    "序时进度": Word("月份÷12", lambda b: b.due_share, Format.RATE),
    "签发人": Word("单位负责人", lambda b: b.office.head),
    "审核人": Word("审核人", lambda b: b.office.reviewer),
    "填表人": Word("填表人", lambda b: b.office.compiler),
    "分送": Word("分送范围", lambda b: b.office.recipients),
    "综述": LongWord("综述全文，各段分行", _overview),
    "重点项目数": Word("重点项目，剔重（个）", lambda b: len(b.key_projects), Format.COUNT),
    "总投资": Word("重点项目总投资（亿元）", lambda b: yi(_TOTAL(b)), Format.YI),
    "年度计划投资": Word("重点项目年度计划投资（亿元）", lambda b: yi(_PLAN(b)), Format.YI),
    "本月完成投资": Word("重点项目本月完成投资（亿元）", lambda b: yi(_MONTH(b)), Format.YI),
    "累计完成投资": Word("重点项目本年累计完成投资（亿元）", lambda b: yi(_DONE(b)), Format.YI),
    "年度完成率": Word("累计完成÷年度计划", lambda b: or_dash(share(_DONE(b), _PLAN(b))), Format.RATE),
    "较序时进度": Word(
        "年度完成率－各项目应完成数之和占年度计划的比重（百分点）",
        lambda b: or_dash(deviation_points(_DONE(b), _PLAN(b), b.due_of(b.key_projects))),
        Format.POINTS,
    ),
    "红灯": Word("红灯重点项目（个）", _lights(Light.RED), Format.COUNT),
    "黄灯": Word("黄灯重点项目（个）", _lights(Light.YELLOW), Format.COUNT),
    "橙灯": Word("橙灯重点项目（个）", _lights(Light.ORANGE), Format.COUNT),
    "绿灯": Word("绿灯重点项目（个）", _lights(Light.GREEN), Format.COUNT),
    "蓝灯": Word("蓝灯重点项目（个）", _lights(Light.BLUE), Format.COUNT),
}


# -------------------------------------------------------------------------------------------------------------- figures


def figures() -> list[Figure]:
    """The figures a month keeps."""
    return [figure for figure in FIGURES.values() if not figure.key.startswith("cohort_")]


def figure_value(briefing: Briefing, key: str, span: str) -> tuple[Value, Format]:
    """A figure in one of its spans, with how it is written; None where the month does not hold it."""
    figure, kept = FIGURES[key], next((one for one in briefing.totals if one.key == key), None)
    money = {Unit.YUAN: Format.YI, Unit.USD: Format.COUNT}.get(figure.unit, Format.COUNT)
    if kept is None:
        return None, money
    if span == "同比":
        return or_dash(change(kept.year, kept.last_year)), Format.CHANGE
    if span == "完成率":
        return or_dash(share(kept.year, kept.target)), Format.RATE
    amount = _amount(kept, span)
    if figure.unit is Unit.YUAN:
        return yi(amount), money
    return (wan(amount) if figure.unit is Unit.USD else amount), money


def _amount(kept: Total, span: str) -> int | None:
    return {"本月": kept.month, "本年": kept.year, "上年同期": kept.last_year, "年度目标": kept.target}[span]


# --------------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class Table:
    """A table by name: the sheet whose columns it has, its rows, and its row of sums where it has one."""

    name: str
    sheet: str
    rows: Callable[[Briefing], Iterator[Values]]
    sums: Callable[[Briefing], Values] | None = None
    twin: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """What may be asked for, the catalogue included; telephone numbers of the office's own copy are not among it."""
        layout = DEFAULT.sheet(self.sheet)
        columns = layout.twin if self.twin else layout.columns
        return tuple(column for column in columns if column.audience is Audience.ALL)


def _numbered(rows: Sequence[object], values: Callable[..., Values], *more: object) -> Iterator[Values]:
    return (values(row, serial, *more) for serial, row in enumerate(rows, 1))


def _key_rows(briefing: Briefing) -> list[object]:
    return [row for group in key_groups(briefing) for row in group.rows]


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "重点项目",
            "key_projects",
            lambda b: _numbered(_key_rows(b), key_projects.values, b),
            lambda b: key_projects.sums(b, b.key_projects),
        ),
        Table(
            "签约项目",
            "signed",
            lambda b: _numbered(b.signed, signed.values, b.month),
            lambda b: signed.sums(b.signed),
        ),
        Table("框架协议", "signed", lambda b: _numbered(b.frameworks, signed.values, b.month)),
        Table("在谈项目", "negotiations", lambda b: _numbered(b.negotiations, negotiations.values)),
        Table("未开工项目", "waiting", lambda b: _numbered(b.not_started.rows, waiting.values, b.month.last)),
        Table(
            "未投产项目",
            "waiting",
            lambda b: _numbered(b.not_producing.rows, waiting.values, b.month.last),
            twin=True,
        ),
        Table("交办事项", "assignments", lambda b: _numbered(b.assignments, assignments.values)),
        Table("招商活动", "outings", lambda b: _numbered(b.outings, outings.values)),
        Table("调整说明", "adjustments", lambda b: _numbered(b.adjustments, adjustments.values)),
    )
}


def rows_of(table: Table, briefing: Briefing, *, with_total: bool) -> list[Values]:
    """The rows by column key, 合计 first where it is asked for."""
    found = list(table.rows(briefing))
    if with_total and table.sums:
        return [{**table.sums(briefing), "name": f"合计（{len(found)}个）"}, *found]
    return found


def bare(value: Value | Shown | Flow) -> Value:
    """What stands in the cell, its look left to the template."""
    return value.value if isinstance(value, Shown) else value.text if isinstance(value, Flow) else value


@cache
def columns_by_name(name: str) -> Mapping[str, Column]:
    """The columns of a table by everything they may be called: key, head, head without its unit."""
    columns = TABLES[name].columns
    asked: dict[str, Column] = {}
    for level in (_whole, _short, _with_group):
        times = Counter(level(column) for column in columns)
        asked |= {
            level(column): column
            for column in columns
            if times[level(column)] == 1 and level(column) and level(column) not in asked
        }
    return {**asked, **{column.key: column for column in columns}}


def written(column: Column) -> str:
    """What the manual calls a column: its head on one line, what is put into it left out."""
    return re.sub(r"\{[^{}]*\}", "", unbroken(column.head[-1]))


def plain(text: str) -> str:
    """A name as it is compared: half-width, without spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _whole(column: Column) -> str:
    return plain(written(column))


def _short(column: Column) -> str:
    return re.sub(r"\([^()]*\)", "", _whole(column)).replace("/", "")


def _with_group(column: Column) -> str:
    return "".join(plain(part) for part in column.head[:-1]) + _whole(column)


# --------------------------------------------------------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class Asked:
    """A placeholder that is understood: its meaning, and its value in a month."""

    meaning: str
    say: Callable[[Briefing, Layout], tuple[Value, Format]]
    is_long: bool = False

    def value(self, briefing: Briefing, layout: Layout = DEFAULT) -> tuple[Value, Format]:
        """What stands there in a month, in a workbook with these sheets."""
        return self.say(briefing, layout)


def is_unpaired(text: str) -> bool:
    """Whether braces were meant for a placeholder and make none: one is missing, or they are full-width."""
    return _LEFT_OVER.search(MARK.sub("", text)) is not None


def asked(text: str) -> Asked | str:
    """What stands between the braces; a sentence for what is not understood."""
    parts = [part.strip() for part in unicodedata.normalize("NFKC", text).split(":")]
    name = parts[0]
    if len(parts) == 1 and name in WORDS:
        return _word(WORDS[name])
    if name == FIGURE:
        return _figure(parts[1:])
    if name == TABLE:
        return "表格锚点要单独占一格，下一行写各列的名称。"
    return f"不认识“{text.strip()}”，{meant(name, WORDS) or LOOK_UP}"


def meant(name: str, known: Iterable[str]) -> str:
    """The known names most like one that is not known, as a question; "" where none is like it."""
    near = get_close_matches(name, list(dict.fromkeys(known)), 3, 0.5)
    return f"是不是{'、'.join(f'“{one}”' for one in near)}？" if near else ""


def _word(word: Word | LongWord) -> Asked:
    if isinstance(word, LongWord):
        long = word
        return Asked(word.meaning, lambda briefing, layout: (long.value(briefing, layout), Format.TEXT), is_long=True)
    short = word
    return Asked(word.meaning, lambda briefing, _layout: (short.value(briefing), short.format))


def _figure(parts: Sequence[str]) -> Asked | str:
    if len(parts) != 2:
        return "指标要写成“指标:名称:时段”，例如 指标:signed_count:本年。"
    wanted, span = parts
    found = next((one for one in figures() if wanted in (one.key, plain(one.name))), None)
    if found is None:
        near = meant(wanted, [name for one in figures() for name in (one.key, plain(one.name))])
        return f"没有“{wanted}”这个指标，{near or LOOK_UP}"
    if span not in SPANS:
        return f"没有“{span}”这个时段，可以写：{'、'.join(SPANS)}。"
    if found.source.at_end and span != "本年":
        return f"“{found.name}”是期末数，时段只能写“本年”。"
    key = found.key
    return Asked(
        f"{found.name}（{found.unit.label}），{span}", lambda briefing, _layout: figure_value(briefing, key, span)
    )


def table_asked(text: str) -> tuple[Table, bool] | str | None:
    """The table an anchor names, and whether with its row of sums; a sentence for an unknown one, None for no anchor."""
    kind, colon, rest = unicodedata.normalize("NFKC", text).partition(":")
    if kind.strip() != TABLE or not colon:
        return None
    name, bar, option = rest.partition("|")
    table = TABLES.get(name.strip())
    if table is None:
        return f"没有“{name.strip()}”这张表，可以写：{'、'.join(TABLES)}。"
    if bar and (option.strip() != WITH_TOTAL or table.sums is None):
        return (
            f"“{name.strip()}”后面只能写“|合计”。" if table.sums else f"“{name.strip()}”没有合计行，请删去“|”以后的字。"
        )
    return table, bool(bar)
