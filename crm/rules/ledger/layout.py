"""Which column of a table is which field, and in which unit its amounts stand: proposed, to be confirmed by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from crm.rules.ledger.cells import Row, cell_at, show
from crm.rules.ledger.columnunits import ColumnRemark, Overrides, find_unit_column, fixed_columns, units_of
from crm.rules.ledger.fields import JOINABLE_FIELDS, MONEY_FIELDS, Field
from crm.rules.ledger.findings import hint
from crm.rules.ledger.headers import Candidate, assign, match_header
from crm.rules.ledger.tables import Table
from crm.rules.ledger.text import is_nothing, squeeze
from crm.rules.ledger.units import Unit
from crm.rules.ledger.wording import is_no, is_tick, read_stage

SAMPLE = 400
"""So many rows of a table are looked at to learn what its columns hold."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a column holds in a sample of rows."""

    filled: int
    texts: int
    distinct: int
    mean_length: float
    counts_up: bool


@dataclass(frozen=True)
class Layout:
    """A table with its columns understood.

    `mapping`: column -> field. `names`: where a row's name may stand, the main column first. `units`: money column ->
    unit, None where none was found. `remarks`: (column or None, what to say).
    """

    table: Table
    mapping: Mapping[int, Field]
    names: tuple[int, ...]
    units: Mapping[int, Unit | None]
    year: int | None
    remarks: tuple[ColumnRemark, ...] = ()
    columns_of: Mapping[Field, tuple[int, ...]] = field(default_factory=dict)
    unit_column: int | None = None
    """A column that gives each row's unit (万元, 亿元) where the amounts' own head does not."""
    fixed_units: frozenset[int] = frozenset()
    """Money columns whose unit stands in their own header or was told; a unit row further down does not change it."""

    def column(self, wanted: Field) -> int | None:
        """The (first) column of a field."""
        columns = self.columns_of.get(wanted)
        return columns[0] if columns else None

    def label(self, column: int) -> str:
        """What stands above a column, on one line."""
        return " ".join(" ".join(self.table.labels.get(column, ())).split())


def lay_out(
    table: Table, rows: Sequence[Row], year: int | None, outer_units: Sequence[Unit] = (), told: Overrides | None = None
) -> Layout:
    """Understand the columns of a table whose data are `rows`. `outer_units`: declared for the whole workbook or sheet."""
    told = told or Overrides()
    year = told.year or year
    sample = _sample(rows)
    profiles = {column: _profile(sample, column) for column in range(table.left, table.right)}
    chosen, remarks = _propose(table, profiles, sample, year)
    if told.mapping is not None:
        chosen = _overridden(chosen, told.mapping)
        remarks = [(column, remark) for column, remark in remarks if column not in told.mapping]
    columns_of = _by_field(chosen)
    names = _name_columns(table, chosen, profiles)
    units, unit_remarks = units_of(table, chosen, sample, outer_units, told)
    fixed = fixed_columns(table, units, told)
    unit_column = find_unit_column(table, chosen, sample)
    if unit_column is not None:
        unit_remarks = [(column, remark) for column, remark in unit_remarks if remark.code != "no_unit"]
    return Layout(table, chosen, names, units, year, (*remarks, *unit_remarks), columns_of, unit_column, fixed)


def _sample(rows: Sequence[Row]) -> Sequence[Row]:
    step = max(1, len(rows) // SAMPLE)
    return rows[::step][:SAMPLE]


def _profile(rows: Sequence[Row], column: int) -> Profile:
    cells = [cell for row in rows if (cell := cell_at(row, column)) is not None and not is_nothing(show(cell))]
    texts = [squeeze(cell) for cell in cells if isinstance(cell, str)]
    serials = [int(text) for text in map(show, cells) if text.isdecimal() and len(text) <= 5]
    counting = sum(1 for low, high in pairwise(serials) if high - low == 1 or high == 1)
    words = [text for text in texts if not text.replace(".", "").isdecimal()]
    return Profile(
        len(cells),
        len(words),
        len(set(words)),
        sum(map(len, words)) / len(words) if words else 0,
        len(serials) >= max(2, 0.4 * len(cells)) and counting >= 0.8 * (len(serials) - 1),
    )


def _propose(
    table: Table, profiles: Mapping[int, Profile], sample: Sequence[Row], year: int | None
) -> tuple[dict[int, Field], list[ColumnRemark]]:
    remarks: list[ColumnRemark] = []
    candidates = {column: match_header(*path) for column, path in table.labels.items()}
    candidates = {column: _for_year(found, year, candidates) for column, found in candidates.items()}
    weighed = [(column, _weighed(found, profiles[column])) for column, found in candidates.items()]
    surely = assign(weighed, JOINABLE_FIELDS)
    chosen = {column: candidate.field for column, candidate in surely.items()}
    _serial(table, profiles, chosen)
    _ticked(table, profiles, sample, chosen)
    _stage_words(sample, chosen)
    _total_from_plan(candidates, chosen, remarks)
    _name(table, profiles, chosen, remarks)
    for column, candidate in surely.items():
        if candidate.score < 0.7 and chosen.get(column) is candidate.field:
            label = squeeze("".join(table.labels[column]))
            remarks.append((column, hint("guessed_column", f"“{label}”按“{candidate.field.label}”读，请核对")))
    return dict(sorted(chosen.items())), remarks


def _weighed(found: tuple[Candidate, ...], profile: Profile) -> tuple[Candidate, ...]:
    """Of two columns headed alike, the one that holds something."""
    bonus = 0.01 if profile.filled else 0
    if found and found[0].field is Field.PROJECT_NAME:
        bonus = 0.02 * profile.texts / max(1, profile.filled) + 0.02 * min(1, profile.texts / 50)
    return tuple(replace(candidate, score=candidate.score + bonus) for candidate in found)


def _for_year(
    found: tuple[Candidate, ...], year: int | None, everything: Mapping[int, tuple[Candidate, ...]]
) -> tuple[Candidate, ...]:
    """Annual columns of other years than the ledger's own are no annual columns of ours."""
    annual = (Field.ANNUAL_INVESTMENT, Field.ANNUAL_GOAL, Field.ANNUAL_COMPLETED)
    own = year or max(
        (c.year for columns in everything.values() for c in columns if c.year and c.field in annual), default=None
    )
    return tuple(
        c for c in found if not (c.field in annual and c.year is not None and own is not None and c.year != own)
    )


def _serial(table: Table, profiles: Mapping[int, Profile], chosen: dict[int, Field]) -> None:
    """A first column that counts up without a header, or under 编号."""
    first = table.left
    free = chosen.get(first) in (None, Field.CODE) and Field.SERIAL not in chosen.values()
    if free and first in profiles and profiles[first].counts_up:
        chosen[first] = Field.SERIAL


_STAGE_HEADERS = re.compile(r"在谈|洽谈|拟?签约|注册|落地|落户|前期|开工|在建|竣工|投产|达产|线索|储备|续建|新建")


def _ticked(table: Table, profiles: Mapping[int, Profile], sample: Sequence[Row], chosen: dict[int, Field]) -> None:
    """Columns headed 在谈 | 签约 | 开工 that hold ticks tell the stage between them."""
    for column, path in table.labels.items():
        if not _STAGE_HEADERS.fullmatch(squeeze(path[-1])):
            continue
        marks = [show(cell) for row in sample if (cell := cell_at(row, column)) is not None]
        spoken = [mark for mark in marks if not is_nothing(mark)]
        if spoken and all(is_tick(mark) or is_no(mark) for mark in spoken):
            chosen[column] = Field.STAGE
    ticked = [
        column for column, mapped in chosen.items() if mapped is Field.STAGE and len(table.labels.get(column, ())) > 1
    ]
    for column, path in table.labels.items():
        if any(path[:-1] == table.labels[other][:-1] for other in ticked) and profiles[column].filled == 0:
            chosen[column] = Field.STAGE


def _stage_words(sample: Sequence[Row], chosen: dict[int, Field]) -> None:
    """项目进展 may hold 在谈, 签约, 开工 and nothing more: then it is the stage."""
    if Field.STAGE in chosen.values():
        return
    for column, mapped in chosen.items():
        if mapped not in (Field.PROGRESS_TEXT, Field.CATEGORY):
            continue
        words = [
            squeeze(show(cell)) for row in sample if (cell := cell_at(row, column)) is not None and show(cell).strip()
        ]
        if len(words) >= 3 or len(set(words)) >= 2:
            known = all(len(word) <= 8 and read_stage(word)[0] for word in words)
            if known:
                chosen[column] = Field.STAGE
                return


def _total_from_plan(
    candidates: Mapping[int, tuple[Candidate, ...]], chosen: dict[int, Field], remarks: list[ColumnRemark]
) -> None:
    """A lone 计划投资 without a year is the total, not a year's share."""
    if Field.TOTAL_INVESTMENT in chosen.values():
        return
    for column, mapped in chosen.items():
        either = {candidate.field for candidate in candidates.get(column, ()) if candidate.year is None}
        if mapped is Field.ANNUAL_INVESTMENT and Field.TOTAL_INVESTMENT in either:
            chosen[column] = Field.TOTAL_INVESTMENT
            remarks.append((column, hint("plan_as_total", "没有总投资列，这一列按总投资读，请核对")))
            return


def _name(table: Table, profiles: Mapping[int, Profile], chosen: dict[int, Field], remarks: list[ColumnRemark]) -> None:
    """A table needs names: the column right of an empty or counting name column, an unknown column, the investors."""
    column = next((c for c, mapped in chosen.items() if mapped is Field.PROJECT_NAME), None)
    if column is not None:
        moved = _moved(column, table, profiles, chosen)
        if moved is not None:
            del chosen[column]
            chosen[moved] = Field.PROJECT_NAME
            if profiles[column].counts_up and Field.SERIAL not in chosen.values():
                chosen[column] = Field.SERIAL
        return
    guessed = _name_like(table, profiles, chosen)
    if guessed is not None:
        chosen[guessed] = Field.PROJECT_NAME
        remarks.append((guessed, hint("guessed_name", "没有“项目名称”列，按内容猜测这一列是项目名称，请核对")))


def _moved(column: int, table: Table, profiles: Mapping[int, Profile], chosen: Mapping[int, Field]) -> int | None:
    """项目名称 merged over two columns with the names in the second."""
    here, right = profiles[column], profiles.get(column + 1)
    if right is None or column + 1 in chosen or here.texts >= 0.5 * max(1, right.texts) or right.texts < 2:
        return None
    same_head = table.labels.get(column + 1) in (None, table.labels.get(column))
    return column + 1 if same_head and right.mean_length >= 3 else None


def _name_like(table: Table, profiles: Mapping[int, Profile], chosen: Mapping[int, Field]) -> int | None:
    """An unmapped column of long, differing texts, far left, whose head at least does not speak against it."""
    for column in range(table.left, min(table.left + 4, table.right)):
        profile, head = profiles[column], "".join(table.labels.get(column, ()))
        differing = profile.texts >= 2 and profile.mean_length >= 4 and profile.distinct >= 0.8 * profile.texts
        if column not in chosen and differing and (not head or re.search(r"项\s*目|工程|名|事项|标的", head)):
            return column
    return None


def _overridden(chosen: Mapping[int, Field], told: Mapping[int, Field | None]) -> dict[int, Field]:
    """A person's choice for a column also takes the field away from any other column."""
    given = {mapped for mapped in told.values() if mapped is not None and mapped not in JOINABLE_FIELDS}
    kept = {column: mapped for column, mapped in chosen.items() if column not in told and mapped not in given}
    kept.update({column: mapped for column, mapped in told.items() if mapped is not None})
    return dict(sorted(kept.items()))


def _by_field(chosen: Mapping[int, Field]) -> dict[Field, tuple[int, ...]]:
    columns: dict[Field, tuple[int, ...]] = {}
    for column, mapped in chosen.items():
        columns[mapped] = (*columns.get(mapped, ()), column)
    return columns


def _name_columns(table: Table, chosen: Mapping[int, Field], profiles: Mapping[int, Profile]) -> tuple[int, ...]:
    """The name's column, and its unmapped neighbour under the same head: in some rows the name stands there."""
    column = next((c for c, mapped in chosen.items() if mapped is Field.PROJECT_NAME), None)
    if column is None:
        column = next((c for c, mapped in chosen.items() if mapped is Field.INVESTOR), None)
        return () if column is None else (column,)
    beside = [
        other
        for other in (column - 1, column + 1)
        if other in table.labels and other not in chosen and table.labels[other] == table.labels.get(column)
    ]
    return (column, *(other for other in beside if profiles[other].texts))


def describes(mapped: Field) -> bool:
    """A field whose text tells of a project: section and total rows leave it empty."""
    return mapped not in MONEY_FIELDS and mapped not in (Field.SERIAL, Field.PROJECT_NAME, Field.CATEGORY, Field.NOTE)
