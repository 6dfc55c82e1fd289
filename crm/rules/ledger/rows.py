"""What kind each row below a header is: a project, or one of the things that stand among projects.

A row is judged by what it holds besides a name. A project tells something of itself (an investor, a place, a date); a
section row has a name, at most a count and amounts. Where the whole list is poor, the name's look decides alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from crm.rules.ledger.cells import Span
from crm.rules.ledger.facts import CHINESE_SERIAL, INTEGER, Facts, Style, end_of_list
from crm.rules.ledger.fields import Field
from crm.rules.ledger.headings import (
    heading_of,
    is_note,
    is_organisation,
    is_project_like,
    is_prose,
    is_subtotal,
    is_summary,
    is_title,
    is_total,
    may_be_project,
)
from crm.rules.ledger.layout import Layout
from crm.rules.ledger.names import NUMBERING
from crm.rules.ledger.text import squeeze


class RowKind(StrEnum):
    """What a row is; the label is shown beside a row that is not read as a project."""

    PROJECT = "项目"
    SECTION = "分组行"
    SUBTOTAL = "小计行"
    TOTAL = "合计行"
    NOTE = "说明行"
    NUMBERS = "栏号行"
    HEADER = "重复的表头"
    CONTINUATION = "续行"
    BLANK = "空行"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row's kind, and for anything but a plain project the reason, in words."""

    kind: RowKind
    reason: str = ""


_RANGE = re.compile(r"(\d{1,4})[-—~](\d{1,4})")
_COLUMN_NUMBER = re.compile(r"[(]?(?:\d{1,2}|[甲乙丙丁戊己庚]|[A-Za-z]|栏次|[①-⑳])(?:=[\d+\-*/()]+)?[)]?")


def classify(facts: Sequence[Facts], layout: Layout, style: Style, merged: Sequence[Span]) -> list[Verdict]:
    """The kind of each row, in order."""
    labels = {
        column: {squeeze("".join(path)), squeeze(path[-1]), squeeze(path[0])}
        for column, path in layout.table.labels.items()
    }
    carried = _merged_names(layout, merged)
    leading = _before_numbered(facts)
    end = end_of_list(facts)
    verdicts: list[Verdict] = []
    after_project = False
    for row in facts[:end]:
        verdict = _plain_verdict(row, layout, style, labels)
        if verdict is None and not row.name:
            verdict = _nameless(row, layout, style, after_project, row.index in carried)
        elif verdict is None:
            verdict = _section(row, style, row.index in leading) or Verdict(RowKind.PROJECT)
        if verdict.kind is RowKind.SECTION and row.alone and verdicts and _goes_on(verdicts[-1], row):
            verdict = verdicts[-1]
        verdicts.append(verdict)
        if verdict.kind in (RowKind.PROJECT, RowKind.SECTION, RowKind.TOTAL, RowKind.SUBTOTAL):
            after_project = verdict.kind is RowKind.PROJECT
    prose = Verdict(RowKind.NOTE, "在清单之后，是文字介绍，不是项目")
    return [*verdicts, *(prose if row.texts else Verdict(RowKind.BLANK) for row in facts[end:])]


def _merged_names(layout: Layout, merged: Sequence[Span]) -> set[int]:
    """Rows whose name stands in a cell merged down from above."""
    return {
        row
        for span in merged
        if span.bottom > span.top and any(span.left <= column <= span.right for column in layout.names)
        for row in range(span.top + 1, span.bottom + 1)
    }


def _goes_on(last: Verdict, row: Facts) -> bool:
    """说明：1.… and below it 2.…, a list of notes."""
    return last.kind is RowKind.NOTE and NUMBERING.match(row.typed_name or row.lead) is not None


def _before_numbered(facts: Sequence[Facts]) -> set[int]:
    """Rows whose next row with content carries a number: a lone name there heads what follows."""
    leading: set[int] = set()
    below_is_numbered = False
    for row in reversed(facts):
        if below_is_numbered:
            leading.add(row.index)
        if row.texts:
            below_is_numbered = bool(row.name and INTEGER.fullmatch(row.serial))
    return leading


def _plain_verdict(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    """What the row is by its look alone; None if it has to be weighed."""
    for test in (_empty, _repeated_header, _column_numbers, _sum, _remark):
        verdict = test(row, layout, style, labels)
        if verdict is not None:
            return verdict
    return None


def _empty(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    if not row.texts:
        return Verdict(RowKind.BLANK)
    if len(row.texts) == 1 and row.serial and INTEGER.fullmatch(row.serial):
        return Verdict(RowKind.BLANK, "只有序号，没有内容")
    return None


def _repeated_header(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    """The header again on a printed page, or a part of it."""
    alike = sum(1 for column, text in row.texts.items() if text in labels.get(column, ()))
    return Verdict(RowKind.HEADER, "与表头相同") if alike and alike >= 0.6 * len(row.texts) else None


def _column_numbers(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    """1 2 3 4 or 甲 乙 1 2 under the header, or widths."""
    if row.index > layout.table.start + 2 or len(row.texts) < 3:
        return None
    texts = list(row.texts.values())
    if all(_COLUMN_NUMBER.fullmatch(text) for text in texts) and _counts_on(texts):
        return Verdict(RowKind.NUMBERS, "是栏号，不是项目")
    return None


def _counts_on(texts: Sequence[str]) -> bool:
    """1 2 3 or 甲 乙 1 2: figures that go up one by one, letters in their order."""
    figures = [int(found[0]) for text in texts if (found := re.match(r"\d+", text.strip("()")))]
    letters = ["甲乙丙丁戊己庚".find(text) for text in texts if text in "甲乙丙丁戊己庚"]
    rising = all(high - low == 1 for low, high in pairwise(figures))
    return len(figures) >= 2 and rising and letters == list(range(len(letters)))


def _sum(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    texts = [text for text in (row.name, row.serial, row.lead) if text]
    if row.described >= max(2, style.described) and not row.wide:
        return None
    if any(is_total(text) for text in texts):
        return Verdict(RowKind.TOTAL, "是合计，不是项目")
    if any(is_subtotal(text) for text in texts) and not (INTEGER.fullmatch(row.serial) and row.described):
        return Verdict(RowKind.SUBTOTAL, "是小计，不是项目")
    return None


def _remark(row: Facts, layout: Layout, style: Style, labels: dict[int, set[str]]) -> Verdict | None:
    """Notes, signatures, summaries in words, further titles."""
    if INTEGER.fullmatch(row.serial) and (row.described or not is_prose(row.lead)) and row.name:
        return None
    first = next(iter(row.texts.values())).lstrip("([【")
    if is_note(first) or (row.name and is_note(row.name) and not row.described):
        return Verdict(RowKind.NOTE, "是说明，不是项目")
    if row.described >= 2 and not row.wide:
        return None
    if is_summary(row.lead):
        return Verdict(RowKind.NOTE, "是汇总说明，不是项目")
    if row.alone and row.lead.endswith("。"):
        return Verdict(RowKind.NOTE, "是说明，不是项目")
    if row.alone and is_prose(row.lead):
        return Verdict(RowKind.NOTE, "是文字介绍，不是项目")
    repeated = re.sub(r"[(]续表?[)]$|续表?$", "", row.lead) in map(squeeze, layout.table.above)
    if row.alone and (is_title(row.lead) or repeated):
        return Verdict(RowKind.NOTE, "是标题，不是项目")
    return None


def _nameless(row: Facts, layout: Layout, style: Style, after_project: bool, carried: bool) -> Verdict:
    """A row whose name is missing, or (`carried`) stands in a cell merged down from above."""
    numbered = INTEGER.fullmatch(row.serial) is not None
    if carried and after_project:
        own_part = layout.column(Field.SEGMENT) in row.texts
        own_total = layout.column(Field.TOTAL_INVESTMENT) in row.texts and row.described >= 2
        if numbered or own_part or own_total:
            return Verdict(RowKind.PROJECT)
        return Verdict(RowKind.CONTINUATION, "与上一行是同一个项目，没有另算")
    if not numbered and row.described <= 1 and (row.wide or _is_text(row.serial)):
        heading = heading_of(row.lead)
        return (
            Verdict(RowKind.SECTION, "是分组标题")
            if heading or len(row.lead) <= 24
            else Verdict(RowKind.NOTE, "是说明，不是项目")
        )
    if numbered and (row.described or row.has_amount):
        return Verdict(RowKind.PROJECT)
    if row.described >= max(3, 0.6 * style.described):
        return Verdict(RowKind.PROJECT)
    if after_project:
        return Verdict(RowKind.CONTINUATION, "没有名称，像是上一个项目的续行，没有另算")
    return Verdict(RowKind.NOTE, "没有名称，不是项目")


def _is_text(text: str) -> bool:
    return len(text) >= 2 and re.search(r"[\u4e00-\u9fff]", text) is not None


def _section(row: Facts, style: Style, leads: bool) -> Verdict | None:
    """Whether a row with a name heads others. None: it is a project. `leads`: a numbered row follows."""
    if not _is_sparse(row, style):
        return None
    for test in _SECTION_TESTS:
        reason = test(row, style, leads)
        if reason:
            return Verdict(RowKind.NOTE if reason.startswith("是说明") else RowKind.SECTION, reason)
    return None


def _is_sparse(row: Facts, style: Style) -> bool:
    """Tells no more than a section may: nothing, or one stray word where projects tell four things or more."""
    return row.described == 0 or (row.described == 1 and (style.described >= 4 or row.wide))


def _by_serial(row: Facts, style: Style, leads: bool) -> str:
    """一 | 农林水利 | 14; 428-442 | 4.房地产开发."""
    if CHINESE_SERIAL.fullmatch(row.serial) and not style.chinese_serials:
        return "是分组标题（序号不是数字）"
    span = _RANGE.fullmatch(row.serial)
    if (
        span
        and int(span[2]) - int(span[1]) >= 1
        and (heading := heading_of(row.typed_name))
        and heading.style != "counted"
    ):
        return "是分组标题（序号是一段）"
    return ""


def _by_numbering(row: Facts, style: Style, leads: bool) -> str:
    """一、基础设施; ——铁路; 续建项目110个; a numbered name in a list of numbered names is a project."""
    heading = heading_of(row.typed_name)
    if heading is None or INTEGER.fullmatch(row.serial):
        return "是分组标题" if heading and heading.style == "nature" and heading.count and style.described >= 2 else ""
    if (
        style.numbered
        and heading.style in ("arabic", "arabic_bracket", "chinese", "chinese_bracket", "circled")
        and not heading.count
    ):
        return ""
    if heading.strong and (heading.style != "chinese_bracket" or _heads(row, style, heading.name)):
        return "是分组标题"
    counted = heading.count is not None or row.count is not None
    if style.serials and (
        counted or heading.name.endswith("类") or (style.described >= 2 and heading.style == "arabic")
    ):
        return "是分组标题"
    return "是分组标题" if heading.style == "arabic" and heading.name.endswith("类") else ""


def _heads(row: Facts, style: Style, name: str) -> bool:
    """（三）李家岩水库 in a list without serials may be a project; （一）交通 is not."""
    return style.serials or style.described >= 2 or row.count is not None or len(name) <= 6 or not is_project_like(name)


def _by_count(row: Facts, style: Style, leads: bool) -> str:
    """南宁市人民政府 | 16 | 1528601.56; 农林水利 | 14: a count where projects have words."""
    if row.serial or row.count is None:
        return ""
    if is_organisation(row.name):
        return "是责任单位或地区的分组行"
    return "是分组标题（后面是项目数）" if style.serials and style.described >= 1 else ""


def _by_solitude(row: Facts, style: Style, leads: bool) -> str:
    """A lone name, or one with nothing but amounts, where projects are numbered and described."""
    if row.serial:
        return ""
    if not (style.serials or row.wide):
        return "是分组标题（只有名称）" if row.alone and style.described >= 2 and not may_be_project(row.name) else ""
    if row.alone and len(row.name) >= 30 and re.search(r"[,，。;；:：]", row.name):
        return "是说明，不是项目"
    if row.alone and (leads or row.wide):
        return "是分组标题（只有名称）"
    if style.described < 2 or is_project_like(row.name):
        return ""
    return "是分组标题（只有名称）" if row.alone else "是分组标题（没有序号，只有名称和数字）"


_SECTION_TESTS = (_by_serial, _by_numbering, _by_count, _by_solitude)
