"""How rows are grouped for print, and the sums of groups: one definition for tables and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from crm.choices import IndustryGroup, KeyList
from crm.rules.days import Month
from crm.rules.schedule import change
from reports.briefing.facts import Briefing, KeyProject, Negotiation, Signed

LARGE_YUAN = 500_000_000  # 在谈 5亿元以上
SUBGROUPS_FROM = 5  # groups smaller than this are not divided further
GROUP_NAMES = {KeyList.ZONE: "经开区重点推进项目"}


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """A list's group: the projects printed in it, and those of the list that a higher group already shows."""

    key_list: KeyList
    rows: tuple[KeyProject, ...]
    elsewhere: tuple[KeyProject, ...]

    @property
    def name(self) -> str:
        """市重点项目."""
        return GROUP_NAMES.get(self.key_list, f"{self.key_list.label}项目")

    @property
    def listed_count(self) -> int:
        """All projects on the list, wherever they are printed."""
        return len(self.rows) + len(self.elsewhere)

    @property
    def homes(self) -> tuple[KeyList, ...]:
        """The groups that show the others."""
        return tuple(key_list for key_list in KeyList if any(home(row) is key_list for row in self.elsewhere))

    def subgroups(self) -> list[tuple[IndustryGroup, tuple[KeyProject, ...]]]:
        """By industry group, in the order of the 2+3+X system; none in a small group or one of a single kind."""
        if len(self.rows) < SUBGROUPS_FROM:
            return []
        parts = [(kind, tuple(r for r in self.rows if r.industry_group is kind)) for kind in IndustryGroup]
        return [(kind, rows) for kind, rows in parts if rows]


def home(row: KeyProject) -> KeyList:
    """The group a project is printed in: the highest of its lists (crm.choices.KeyList is in order of rank)."""
    return next((key_list for key_list in KeyList if key_list in row.lists), KeyList.ZONE)


def key_groups(briefing: Briefing) -> list[KeyGroup]:
    """The groups of the key project table, highest list first; a list nobody stands on is left out."""
    groups = []
    for key_list in KeyList:
        rows = tuple(row for row in briefing.key_projects if home(row) is key_list)
        elsewhere = tuple(r for r in briefing.key_projects if key_list in r.lists and home(r) is not key_list)
        if rows or elsewhere:
            groups.append(KeyGroup(key_list, rows, elsewhere))
    return groups


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is there; None when nothing is."""
    present = [value for value in values if value is not None]
    return sum(present) if present else None


def group_change(rows: Sequence[KeyProject]) -> Fraction | None:
    """同比 of a group: only projects with a base count, above and below."""
    based = [row for row in rows if row.last_year_yuan]
    return change(total(row.done_yuan for row in based), total(row.last_year_yuan for row in based))


def new_starts(rows: Iterable[KeyProject], month: Month) -> list[KeyProject]:
    """新开工: started in the year, up to the cut-off."""
    return [r for r in rows if r.started_on and r.started_on.year == month.year and r.started_on <= month.last]


def has_not_begun(row: KeyProject, month: Month) -> bool:
    """The month of the planned start has not come and the project has not started: its figures stay blank."""
    return row.started_on is None and row.planned_start_on is not None and Month.of(row.planned_start_on) > month


def by_industry(rows: Sequence[Signed], order: Sequence[str]) -> list[tuple[str, list[Signed]]]:
    """Signed projects by industry in the given order (others after it), amounts descending."""
    labels = [*order, *sorted({row.industry for row in rows} - set(order))]
    groups = [(label, [row for row in rows if row.industry == label]) for label in labels]
    return [(label, sorted(found, key=lambda row: -(row.total_yuan or 0))) for label, found in groups if found]


def project_count(rows: Iterable[Signed]) -> int:
    """How many projects the rows make: a supplement adds money, not a project."""
    return sum(1 for row in rows if row.counts)


def large_negotiations(rows: Iterable[Negotiation]) -> list[Negotiation]:
    """固定资产投资5亿元以上."""
    return [row for row in rows if (row.fixed_yuan or 0) >= LARGE_YUAN]
