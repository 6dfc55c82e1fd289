"""Facts to sheets to bytes: the one way a briefing becomes a workbook, for the page, the command and the archive."""

from __future__ import annotations

import re

from reports import workbook
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing
from reports.briefing.layout import Audience, Layout, SheetLayout
from reports.briefing.selection import narrowed
from reports.briefing.sheets import (
    adjustments,
    assignments,
    cover,
    key_projects,
    negotiations,
    notes,
    outings,
    signed,
    statistics,
    waiting,
)
from reports.briefing.sheets.frame import filled
from reports.sheet import Sheet

_NO_NAME = re.compile(r'[\\/:*?"<>|\s]')  # what no file may be called
BUILDERS = {
    "key_projects": key_projects.build,
    "signed": signed.build,
    "negotiations": negotiations.build,
    "waiting": waiting.build,
    "statistics": statistics.build,
    "assignments": assignments.build,
    "outings": outings.build,
    "adjustments": adjustments.build,
    "notes": notes.build,
}


def tables(layout: Layout = DEFAULT) -> list[SheetLayout]:
    """The tables of the workbook behind its cover, in order; those the office hides are left out."""
    return [sheet for sheet in layout.sheets if sheet.visible and sheet.rows_of in BUILDERS]


def built(briefing: Briefing, sheet: SheetLayout, whole: Layout = DEFAULT, audience: Audience = Audience.ALL) -> Sheet:
    """One table of the workbook: its rows, where it selects some, by the builder of the table they come from."""
    return BUILDERS[sheet.rows_of](narrowed(briefing, sheet), sheet, audience, whole)


def table(briefing: Briefing, tab: str, layout: Layout = DEFAULT, audience: Audience = Audience.ALL) -> Sheet | None:
    """The table of that name alone, as a preview shows it; None where the workbook has none."""
    wanted = next((sheet for sheet in tables(layout) if sheet.tab == tab), None)
    return built(briefing, wanted, layout, audience) if wanted else None


def sheets(briefing: Briefing, layout: Layout = DEFAULT, audience: Audience = Audience.ALL) -> tuple[Sheet, ...]:
    """The described sheets, cover first; what the workbook prints."""
    behind = tables(layout)
    first = cover.build(briefing, layout, [sheet.tab for sheet in behind])
    return (first, *(built(briefing, sheet, layout, audience) for sheet in behind))


def render(briefing: Briefing, layout: Layout = DEFAULT, audience: Audience = Audience.ALL) -> bytes:
    """The .xlsx of the briefing: the same facts, layout and audience give the same bytes."""
    office = briefing.office
    properties = workbook.Properties(
        title=title(briefing, layout),
        creator="演示数据" if briefing.is_demo else f"{office.zone}{office.bureau}",
        moment=briefing.frozen_at,
    )
    return workbook.render(sheets(briefing, layout, audience), properties, layout.faces)


def file_name(briefing: Briefing, layout: Layout = DEFAULT, *, own: bool = False) -> str:
    """相城经开区重点项目推进月度工作简报（2022年9月）.xlsx; filled into the office's own template it says so."""
    kind = "·本单位模板" if own else ""
    return f"{_NO_NAME.sub('', title(briefing, layout))}{kind}.xlsx"


def headline(briefing: Briefing, layout: Layout = DEFAULT) -> str:
    """The title on its cover."""
    return filled(layout.sheet("cover").title, briefing)


def title(briefing: Briefing, layout: Layout = DEFAULT) -> str:
    """What the briefing is called: the zone, the title of the cover, the month."""
    cover, zone, month = headline(briefing, layout), briefing.office.zone, briefing.month.label
    return f"{'' if zone in cover else zone}{cover}{'' if month in cover else f'（{month}）'}"
