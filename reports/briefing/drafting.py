"""A sheet's layout as somebody types it: from the layout to the page's fields, and back to differences, with what is wrong at
which field. Nothing is kept that a workbook could not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.choices import Word
from reports.briefing.changes import CUSTOM, FIRST, FIXED, HAND, LAST, groups, ordered, with_free
from reports.briefing.layout import (
    Column,
    SheetLayout,
    by_key,
    findings,
    plain_head,
    prepared,
    printed_points,
    strange_braces,
    unbroken,
)
from reports.fitting import pixels

LONGEST_TAB = 31  # Excel's limit
LONGEST_TITLE, LONGEST_HEAD = 60, 40
NARROWEST, WIDEST = Decimal(3), Decimal(90)
MOST_FREE, MOST_CUSTOM = 6, 10
MOST_WORDS = 10  # typed for one filter
_NO_TAB = re.compile(r"[\[\]:*?/\\]")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields. `order` names every column, those of the office's own included."""

    tab: str
    title: str
    order: tuple[str, ...] = ()
    heads: Mapping[str, str] = field(default_factory=dict)
    twins: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, str] = field(default_factory=dict)
    visible: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)  # by path
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def free(self) -> list[str]:
        """The office's own blank columns, in the order of their keys."""
        return sorted(
            (key for key in self.order if re.fullmatch(rf"{HAND}[0-9]{{1,3}}", key)),
            key=lambda key: int(key.removeprefix(HAND)),
        )


def typed_of(sheet: SheetLayout, base: SheetLayout) -> Typed:
    """The fields of a sheet as it is laid out."""
    whole = with_free(base, {"free": [column.key for column in sheet.columns if column.blank]})
    now = {column.key: column for column in sheet.columns}
    paths = {
        path: now[c.key].head[len(path) - 1] for path in groups(whole.columns) for c in _under(whole.columns, path)
    }
    return Typed(
        tab=sheet.tab,
        title=sheet.title,
        order=tuple(now),
        heads={key: column.head[-1] for key, column in now.items()},
        twins={column.key: column.head[-1] for column in sheet.twin},
        widths={key: f"{column.width:g}" for key, column in now.items()},
        visible=frozenset(key for key, column in now.items() if column.visible),
        groups={"/".join(path): text for path, text in paths.items()},
        filters=dict(sheet.filters),
    )


def told_of(base: SheetLayout, typed: Typed, *, hidden: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """What the typed fields change of the sheet, and what is wrong, by field."""
    typed = _canonical(typed)
    problems = _names(typed)
    names = {name: text for name, text, was in _said(base, typed) if text != was}
    if is_fixed(base):
        return names | ({"visible": False} if hidden else {}), problems
    whole = with_free(base, {"free": typed.free})
    keys = ordered([column.key for column in whole.columns], typed.order)
    told: dict[str, Any] = {
        **names,
        "order": [] if keys == [column.key for column in whole.columns] else keys,
        "free": typed.free,
        "groups": _groups(whole, typed, problems),
        "columns": _columns(whole, typed, problems),
    }
    if hidden:
        told["visible"] = False
    return {name: value for name, value in told.items() if value or name == "visible"}, problems


def sheet_problems(sheets: Iterable[SheetLayout], sheet: SheetLayout) -> dict[str, str]:
    """What is wrong with the sheet as a whole: two of one name, too small a print, groups that fall apart."""
    found = {}
    same = [one for one in sheets if one.key != sheet.key and one.tab.casefold() == sheet.tab.casefold()]
    if same:
        found["tab"] = Word("已有一张表叫“%(tab)s”，请换一个名称。", tab=sheet.tab)
    said = findings(sheet) if sheet.columns else []
    return found | ({"": "".join(said)} if said else {})


def points(sheet: SheetLayout) -> float:
    """The size its body text has on paper."""
    if sheet.columns:
        return printed_points(sheet, prepared(sheet))
    room = (sheet.paper.width_mm - sheet.margins.left - sheet.margins.right) / 25.4 * 96
    return sheet.body_size * min(1.0, room / sum(map(pixels, sheet.widths)))


def is_fixed(sheet: SheetLayout) -> bool:
    """Whether it has no columns to arrange, only a name and a title."""
    return sheet.key in FIXED


def stays(sheet: SheetLayout) -> bool:
    """Whether it stays where it is and is always printed."""
    return sheet.key in (FIRST, LAST)


def is_own(sheet: SheetLayout) -> bool:
    """Whether the office made it."""
    return sheet.key.startswith(CUSTOM)


def next_free(typed: Typed) -> str:
    """The key of one more blank column; "" when there are enough."""
    if len(typed.free) >= MOST_FREE:
        return ""
    return next(f"{HAND}{n}" for n in range(1, MOST_FREE + 1) if f"{HAND}{n}" not in typed.free)


def words_of(text: str) -> tuple[str, ...]:
    """Words typed for a filter, apart by 、 or a comma."""
    parts = (part.strip() for part in re.split(r"[、，,；;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))[:MOST_WORDS]


def _said(base: SheetLayout, typed: Typed) -> tuple[tuple[str, str, str], ...]:
    return (("tab", typed.tab, base.tab), ("title", typed.title, base.title))


def _canonical(typed: Typed) -> Typed:
    """What is put into texts by its key, as the default has it, however it was typed."""

    def each(texts: Mapping[str, str]) -> dict[str, str]:
        return {key: by_key(text) for key, text in texts.items()}

    return replace(
        typed,
        title=by_key(typed.title),
        heads=each(typed.heads),
        twins=each(typed.twins),
        groups=each(typed.groups),
    )


def _names(typed: Typed) -> dict[str, str]:
    problems: dict[str, str] = {}
    tab, title = typed.tab, typed.title
    if not tab:
        problems["tab"] = Word("请填表名。")
    elif len(tab) > LONGEST_TAB:
        problems["tab"] = Word("表名最多 %(n)d 个字。", n=LONGEST_TAB)
    elif _NO_TAB.search(tab) or tab.startswith("'") or tab.endswith("'") or tab.casefold() == "history" or "\n" in tab:
        problems["tab"] = Word("Excel 的表名里不能有 [ ] : * ? / \\ 等符号，首尾不能是单引号，请改一改。")
    if not title:
        problems["title"] = Word("请填标题。")
    elif len(title) > LONGEST_TITLE:
        problems["title"] = Word("标题最多 %(n)d 个字。", n=LONGEST_TITLE)
    elif strange := strange_braces(title):
        problems["title"] = _strange(strange[0])
    return problems


def _strange(text: str) -> str:
    return Word(
        "不认识“{%(name)s}”，可以用 {开发区}、{月份}、{累计月份}、{年内累计}。",
        name=text,
    )


def _head_problem(text: str, name: str) -> str | None:
    if not text:
        return Word("“%(name)s”的表头不能空着。", name=name)
    if len(text) > LONGEST_HEAD or text.count("\n") > 4:
        return Word("“%(name)s”的表头最多 %(n)d 个字、5 行。", name=name, n=LONGEST_HEAD)
    strange = strange_braces(text)
    return _strange(strange[0]) if strange else None


def _groups(sheet: SheetLayout, typed: Typed, problems: dict[str, str]) -> dict[str, str]:
    found = {}
    for path in groups(sheet.columns):
        name = "/".join(path)
        text = typed.groups.get(name, path[-1])
        if problem := _head_problem(text, unbroken(path[-1])):
            problems[f"group.{name}"] = problem
        if text != path[-1]:
            found[name] = text
    return found


def _columns(sheet: SheetLayout, typed: Typed, problems: dict[str, str]) -> dict[str, dict[str, Any]]:
    twins = {column.key: column for column in sheet.twin}
    found = {}
    for column in sheet.columns:
        told = _column(column, typed, problems)
        twin = typed.twins.get(column.key, "") if column.key in twins and not column.locked else ""
        if twin and twin != twins[column.key].head[-1]:
            told["twin"] = twin
            if problem := _head_problem(twin, plain_head(column)):
                problems[f"twin.{column.key}"] = problem
        if told:
            found[column.key] = told
    return found


def _column(column: Column, typed: Typed, problems: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    key = column.key
    head = typed.heads.get(key, column.head[-1])
    if not column.locked:
        if problem := _head_problem(head, plain_head(column)):
            problems[f"head.{key}"] = problem
        if head != column.head[-1]:
            told["head"] = head
    width = _width(typed.widths.get(key, f"{column.width:g}"))
    if width is None:
        problems[f"width.{key}"] = Word(
            "“%(name)s”的列宽请填 %(a)d 到 %(b)d 之间的数。", name=plain_head(column), a=int(NARROWEST), b=int(WIDEST)
        )
    elif float(width) != column.width:
        told["width"] = float(width)
    shown = key in typed.visible
    if not column.locked and shown != (column.visible or column.blank):
        told["visible"] = shown
    return told


def _width(text: str) -> Decimal | None:
    try:
        width = Decimal(text.translate(_FULL_WIDTH).strip()[:12])
    except InvalidOperation:
        return None
    return round(width, 2) if width.is_finite() and NARROWEST <= width <= WIDEST else None


def _under(columns: Iterable[Column], path: tuple[str, ...]) -> list[Column]:
    return [column for column in columns if column.head[: len(path)] == path and len(column.head) > len(path)]
