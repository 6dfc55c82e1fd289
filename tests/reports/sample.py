"""Months to render: a full one (stored facts, invented and marked demo), an empty one, a huge one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from crm.choices import KeyList
from crm.rules.days import Month
from reports.briefing.codec import from_json
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing, KeyProject, MonthSigned, Office, Signed
from reports.briefing.layout import Audience, prepared
from reports.briefing.render import sheets
from reports.sheet import Sheet, Value

STORED = Path(__file__).with_name("september.json")
LONG = "厂房主体结构已完成，设备采购合同陆续签订，正在同步办理施工许可与供电增容手续；" * 40


@cache
def september() -> Briefing:
    """September 2022 with 18 key projects, 62 signings, 20 negotiations, every kind of cell."""
    return from_json(STORED.read_text(encoding="utf-8"))


def empty(month: Month = Month(2023, 1)) -> Briefing:
    """A month of a new office: no projects, no targets, no base, not issued."""
    return Briefing(
        month=month,
        frozen_at=datetime(2023, 2, 1, 1, 30, tzinfo=UTC),
        office=Office("测试开发区", "招商局"),
        months=tuple(MonthSigned(number, 0, 0) for number in range(1, month.number + 1)),
    )


def huge(key_projects: int = 220, signings: int = 600) -> Briefing:
    """Many rows with names told apart, some with texts far too long for print."""
    base = september()
    return replace(
        base,
        key_projects=tuple(_key(base.key_projects[i % 18], i) for i in range(key_projects)),
        signed=tuple(_signed(base.signed[i % 62], i) for i in range(signings)),
    )


def key_project(**changes: object) -> KeyProject:
    """A plain key project, changed as told."""
    plain = next(row for row in september().key_projects if row.name == "景阙国际商贸服务中心")
    return replace(plain, **changes)  # type: ignore[arg-type]


def signed(**changes: object) -> Signed:
    """A plain signing, changed as told."""
    return replace(september().signed[0], **changes)  # type: ignore[arg-type]


def with_projects(*rows: KeyProject) -> Briefing:
    """September with these key projects only."""
    return replace(september(), key_projects=rows)


def sheet(briefing: Briefing, name: str, audience: Audience = Audience.ALL) -> Sheet:
    """The described sheet with this tab."""
    return next(found for found in sheets(briefing, audience=audience) if found.name == name)


def rows(found: Sheet) -> list[dict[int, Value]]:
    """The values of each row by column number."""
    table: dict[int, dict[int, Value]] = {}
    for (row, column), cell in found.canvas.cells.items():
        table.setdefault(row, {})[column] = cell.value
    return [table[row] for row in sorted(table)]


def row_of(found: Sheet, name: str) -> dict[int, Value]:
    """The row whose second column says this."""
    return next(row for row in rows(found) if row.get(2) == name)


def column(key: str, layout_key: str = "key_projects") -> int:
    """Where a column stands in the default layout."""
    keys = [column.key for column in prepared(DEFAULT.sheet(layout_key))]
    return keys.index(key) + 1


def _key(row: KeyProject, number: int) -> KeyProject:
    lists = (KeyList.PROVINCE,) if number % 7 == 0 else row.lists
    text = LONG if number % 11 == 0 else row.problem
    return replace(row, name=f"{row.name}{number:03d}", lists=lists, problem=text, content=text or row.content)


def _signed(row: Signed, number: int) -> Signed:
    day = date(2022, number % 9 + 1, number % 28 + 1)
    return replace(row, name=f"{row.name}{number:03d}", signed_on=day)
