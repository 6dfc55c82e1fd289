"""Which rows of a table a sheet of the office's own takes: by list, light, industry, unit ... For page and workbook alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm.choices import CapitalKind, IssueClass, KeyList, Labelled, Light
from reports.briefing.facts import Briefing, Outlook
from reports.briefing.layout import SheetLayout

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One question to a row. With `choices` any of those ticked; without, any of the words typed stands in the text."""

    name: str
    label: str
    texts: Callable[[Any], Sequence[str]]
    choices: Choices = ()

    def passes(self, row: Any, wanted: Sequence[str]) -> bool:
        """Whether the row is among those wanted; nothing wanted wants all."""
        said = self.texts(row)
        if self.choices:
            return any(value in said for value in wanted)
        return any(word in text for word in wanted for text in said)


def _pairs(vocabulary: type[Labelled]) -> Choices:
    return tuple((member.value, member.label) for member in vocabulary)


def _late(row: Any) -> Sequence[str]:
    return ("done",) if row.is_done else ("open", "overdue") if row.is_overdue else ("open",)


INDUSTRY = Filter("industry", "产业", lambda row: (row.industry,))
AREA = Filter("area", "片区", lambda row: (row.area,))
UNIT = Filter("unit", "责任单位", lambda row: (row.unit,))
OFFICER = Filter("officer", "主办人", lambda row: (row.officer,))
FILTERS: Mapping[str, tuple[Filter, ...]] = {
    "key_projects": (
        Filter("list", "项目级别", lambda row: [one.value for one in row.lists], _pairs(KeyList)),
        Filter("light", "亮灯", lambda row: (row.light.value,), _pairs(Light)),
        INDUSTRY,
        AREA,
        UNIT,
        Filter("person", "责任人", lambda row: (row.person,)),
    ),
    "signed": (
        Filter("capital", "内外资", lambda row: (row.capital.value,), _pairs(CapitalKind)),
        INDUSTRY,
        AREA,
        UNIT,
        OFFICER,
    ),
    "negotiations": (
        Filter("outlook", "研判结果", lambda row: (row.outlook.value,), _pairs(Outlook)),
        INDUSTRY,
        AREA,
        UNIT,
        OFFICER,
    ),
    "assignments": (
        Filter("kind", "类别", lambda row: (row.kind.value,), _pairs(IssueClass)),
        Filter("state", "办理", _late, (("open", "未办结"), ("overdue", "超期"), ("done", "已办结"))),
        Filter("lead", "牵头单位", lambda row: (row.lead_unit,)),
    ),
}
"""The tables a sheet can select from. What waits is left out: its facts hold the largest alone."""
_ROWS = {
    "key_projects": ("key_projects",),
    "signed": ("signed", "frameworks"),
    "negotiations": ("negotiations",),
    "assignments": ("assignments",),
}


def narrowed(briefing: Briefing, sheet: SheetLayout) -> Briefing:
    """The facts with the rows that the sheet selects; of a sheet that selects none, as they are."""
    if not sheet.source:
        return briefing
    wanted = dict(sheet.filters)
    asked = [one for one in FILTERS[sheet.source] if wanted.get(one.name)]

    def kept(rows: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row for row in rows if all(one.passes(row, wanted[one.name]) for one in asked))

    changed: dict[str, Any] = {name: kept(getattr(briefing, name)) for name in _ROWS[sheet.source]}
    if sheet.source == "assignments":
        changed["decisions"] = ()  # they stand on the whole list
    return replace(briefing, **changed)
