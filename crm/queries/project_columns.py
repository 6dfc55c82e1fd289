"""The columns of the project list: what each is called, how it is printed, sorted and edited in place.

To show another field, add it to `project_rows.Row` and a line to COLUMNS; the chooser, the sorting and the pages follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.choices import Labelled, Word
from crm.models import Company, Project, Unit
from crm.queries.keyset import Key
from crm.queries.project_rows import Row, looked_up


class Density(Labelled):
    """How tall the rows of a list are."""

    COMPACT = "compact", "紧凑"
    NORMAL = "normal", "标准"
    ROOMY = "roomy", "宽松"


class Width(Labelled):
    """How wide a column is."""

    AUTO = "", "自动"
    NARROW = "n", "窄"
    MIDDLE = "m", "中"
    WIDE = "w", "宽"


@dataclass(frozen=True)
class Column:
    """A column: `look` is how it is printed, `sorts` its order, `edits` the field of the edit form that changes it."""

    key: str
    name: Word
    look: str = "text"
    value: str = ""
    sorts: tuple[Key, ...] = ()
    edits: str = ""

    @property
    def is_figure(self) -> bool:
        """Set to the right."""
        return self.look in ("yi", "wan", "count", "stay")

    def of(self, row: Row) -> Any:
        """The value of a row."""
        return getattr(row, self.value or self.key)


def _key(column: Any, kind: Any, descending: bool = False) -> Key:
    return Key(column, kind, descending, nullable=bool(column.property.columns[0].nullable))


_SINCE = _key(Project.stage_since_on, date)
COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        Column("name", Word("项目"), "name", sorts=(_key(Project.name, str),)),
        Column("code", Word("编号"), sorts=(_key(Project.code, str),)),
        Column("company", Word("投资方"), "long", sorts=(Key(Company.name, str, nullable=True),), edits="investor"),
        Column("grade", Word("等级")),
        Column("stage", Word("阶段"), "stage", sorts=(_key(Project.stage, int), _SINCE)),
        # The longest stay began first.
        Column("since", Word("停留"), "stay", "stage_since_on", (_SINCE.turned(),)),
        Column("status", Word("状态"), "word"),
        Column("capital", Word("内外资"), "word", "capital_kind", edits="capital_kind"),
        Column("industry", Word("产业"), "middle", edits="industry_id"),
        Column("origin", Word("来源地")),
        Column("source", Word("来源渠道"), "word", "source_channel", edits="source_channel"),
        Column("form", Word("投资形态"), "word", "investment_form", edits="investment_form"),
        Column("total", Word("总投资（亿元）"), "yi", "total_yuan", (_key(Project.total_yuan, int),), "total_yuan"),
        Column("fixed", Word("固投（亿元）"), "yi", "fixed_yuan", (_key(Project.fixed_yuan, int),), "fixed_yuan"),
        Column("foreign", Word("外资（万美元）"), "wan", "foreign_usd"),
        Column("arrived", Word("到位（亿元）"), "yi", value="arrived_yuan"),
        Column("jobs", Word("就业（人）"), "count", "jobs_count", (_key(Project.jobs_count, int),), "jobs_count"),
        Column("lead", Word("主办")),
        Column("unit", Word("责任单位"),
               sorts=(Key(looked_up(Unit.rank, Project.unit_id), int), _key(Project.unit_id, int))),
        Column("area", Word("片区"), edits="area_id"),
        Column("site", Word("地块或载体"), "middle", edits="site"),
        Column("contact", Word("最近跟进"), "contact", "last_contact_on", (_key(Project.last_contact_on, date),)),
        Column("registered", Word("首报日期"), "instant", "registered_at", (_key(Project.registered_at, datetime),)),
        Column("protected", Word("保护期至"), "day", "protected_until_on", (_key(Project.protected_until_on, date),)),
        Column("sign", Word("预计签约"), "day", "expected_sign_on", (_key(Project.expected_sign_on, date),),
               "expected_sign_on"),
        Column("start", Word("计划开工"), "day", "planned_start_on", (_key(Project.planned_start_on, date),),
               "planned_start_on"),
        Column("finish", Word("计划竣工"), "day", "planned_finish_on", (_key(Project.planned_finish_on, date),),
               "planned_finish_on"),
        Column("confidence", Word("把握（%）"), "count", "confidence_percent", (_key(Project.confidence_percent, int),),
               "confidence_percent"),
        Column("alarm", Word("预警"), "alarm"),
    )
}  # fmt: skip
ALWAYS = "name"  # the link to the project: there in every list
DEFAULT_COLUMNS = (
    "name", "company", "grade", "stage", "since", "industry", "origin", "total", "foreign", "arrived", "lead", "contact",
    "alarm",
)  # fmt: skip
MOST_COLUMNS = 20
SORTABLE = tuple(key for key, column in COLUMNS.items() if column.sorts)
DEFAULT_SORT = "-total"
MOST_SORTS = 4
LAST = Key(Project.id, int, descending=True)  # the newest first among equals


@dataclass(frozen=True)
class Shown:
    """A column as a list shows it."""

    column: Column
    width: Width = Width.AUTO


def read_columns(text: str) -> tuple[Shown, ...]:
    """From `name,company~w,total`; unknown ones are left out, the project's name is always there."""
    found: dict[str, Shown] = {}
    for part in text.split(","):
        key, _, width = part.partition("~")
        if key in COLUMNS and len(found) < MOST_COLUMNS:
            found.setdefault(key, Shown(COLUMNS[key], Width.known(width) or Width.AUTO))
    if not found:
        return tuple(Shown(COLUMNS[key]) for key in DEFAULT_COLUMNS)
    return tuple(found.values()) if ALWAYS in found else (Shown(COLUMNS[ALWAYS]), *found.values())


def written_columns(shown: Sequence[Shown]) -> str:
    """As the address holds them; "" for the default."""
    if [item.column.key for item in shown] == list(DEFAULT_COLUMNS) and all(not item.width.value for item in shown):
        return ""
    return ",".join(item.column.key + (f"~{item.width.value}" if item.width.value else "") for item in shown)


def read_sort(text: str) -> tuple[str, ...]:
    """From `-total,name`: the known keys, each once; the default order for none."""
    found: dict[str, str] = {}
    for part in text.split(","):
        if part.removeprefix("-") in SORTABLE and len(found) < MOST_SORTS:
            found.setdefault(part.removeprefix("-"), part)
    return tuple(found.values()) or (DEFAULT_SORT,)


def order_of(sort: Sequence[str]) -> list[Key]:
    """The keys of an order, unique by the last one."""
    keys = []
    for part in sort:
        for key in COLUMNS[part.removeprefix("-")].sorts:
            keys.append(key.turned() if part.startswith("-") else key)
    return [*keys, LAST]


def sort_after_click(sort: Sequence[str], key: str, among_others: bool) -> str:
    """The order after a head is clicked: up, down, off; `among_others` (shift) leaves the other keys as they are."""
    now = next((part for part in sort if part.removeprefix("-") == key), None)
    then = f"-{key}" if now is None else key if now.startswith("-") else None
    if not among_others:
        return then or ""
    kept = [then if part == now else part for part in sort] if now else [*sort, then]
    return ",".join(part for part in kept if part)
