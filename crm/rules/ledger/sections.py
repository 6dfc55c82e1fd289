"""The tree of section rows: which projects stand under which heading, and whether what it declares is there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, islice

from crm.rules.ledger.amounts import yuan_text
from crm.rules.ledger.cells import Cell, is_number, show
from crm.rules.ledger.facts import Facts
from crm.rules.ledger.findings import Remark, hint
from crm.rules.ledger.headings import Heading, count_in, heading_of, is_organisation
from crm.rules.ledger.model import Section
from crm.rules.ledger.rows import RowKind, Verdict
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a row stands: the names of its sections from the outermost, and their kinds of numbering."""

    path: tuple[str, ...]
    styles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A project for counting: its position among the rows and its sure yuan, if it has."""

    position: int
    yuan: int | None


def heading_for(row: Facts) -> Heading:
    """The heading of a section row: by its look, else by who it names."""
    text = row.typed_name or row.lead
    found = heading_of(text)
    if found is not None:
        return found
    style = (
        f"serial:{_serial_style(row.serial)}"
        if row.serial
        else "organisation"
        if is_organisation(row.lead)
        else "plain"
    )
    return Heading(style, " ".join(text.split()), True)


def _serial_style(serial: str) -> str:
    if serial.startswith("("):
        return "bracket"
    return "latin" if serial.isascii() else "chinese"


def standings(rows: Sequence[Facts], verdicts: Sequence[Verdict]) -> list[Standing]:
    """Where each row stands. Headings numbered alike are of one level; a new numbering goes one level down."""
    stack: list[tuple[str, str]] = []
    places = []
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict.kind is RowKind.SECTION:
            heading = heading_for(row)
            level = next((depth for depth, (style, _) in enumerate(stack) if style == heading.style), len(stack))
            stack = [*stack[:level], (heading.style, heading.name)]
        places.append(Standing(tuple(name for _, name in stack), tuple(style for style, _ in stack)))
    return places


def count_sections(
    rows: Sequence[Facts],
    verdicts: Sequence[Verdict],
    places: Sequence[Standing],
    projects: Sequence[Counted],
    declared_cell: Callable[[Facts], Cell],
    unit: Unit | None,
) -> tuple[tuple[Section, ...], dict[int, Remark]]:
    """Every heading and sum with what is under it; remarks by position where the two differ.

    `declared_cell` gives a row's cell in the total investment column.
    """
    tally = _Tally(projects)
    sections, remarks = [], {}
    for position, (row, verdict) in enumerate(zip(rows, verdicts, strict=True)):
        if verdict.kind not in (RowKind.SECTION, RowKind.SUBTOTAL, RowKind.TOTAL):
            continue
        heading = heading_for(row) if verdict.kind is RowKind.SECTION else None
        count = row.count if heading is None or heading.count is None else heading.count
        if heading is None:
            count = count_in(row.lead) if row.count is None else row.count
        cell = declared_cell(row)
        yuan, slack = _declared(cell, unit)
        if yuan is None and heading is not None:
            yuan = heading.yuan
        under = _best_scope(_scopes(position, verdicts, places), tally, count, yuan, slack)
        section = _section(row, verdict, heading, places[position], count, yuan, under, slack)
        sections.append(section)
        if not section.agrees and not _is_share(row):
            remarks[position] = _difference(section)
    return tuple(sections), remarks


def _is_share(row: Facts) -> bool:
    """其中：… sums up some projects, and does not say which."""
    return squeeze(row.lead).startswith("其中")


def _declared(cell: Cell, unit: Unit | None) -> tuple[int | None, int]:
    """The declared amount in yuan, and half of its last decimal place as slack."""
    if unit is None or not is_number(cell):
        text = squeeze(show(cell)).replace(",", "")
        if unit is None or not text.replace(".", "", 1).isdecimal():
            return None, 0
        cell = Decimal(text)
    number = Decimal(str(cell))
    exponent = number.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return int(number * unit.factor), int(Decimal(unit.factor).scaleb(-places) / 2) + 1


def _scopes(position: int, verdicts: Sequence[Verdict], places: Sequence[Standing]) -> list[range]:
    """Which rows a heading or sum may speak of, the likeliest first."""
    kind = verdicts[position].kind
    everything = range(len(verdicts))
    if kind is RowKind.SECTION:
        depth = len(places[position].path)
        end = next(
            (
                later
                for later in range(position + 1, len(verdicts))
                if verdicts[later].kind is RowKind.SECTION and len(places[later].path) <= depth
            ),
            len(verdicts),
        )
        return [range(position + 1, end)]
    back = [range(begin, position) for begin in islice(_begins(position, verdicts), 8)]
    if kind is RowKind.TOTAL:
        return [everything, range(position + 1, len(verdicts)), range(position), *back]
    return [*back, range(position), *islice(_forward(position, verdicts), 4), range(position + 1, len(verdicts))]


_HEADS_OR_SUMS = (RowKind.SECTION, RowKind.SUBTOTAL, RowKind.TOTAL)


def _begins(position: int, verdicts: Sequence[Verdict]) -> Iterator[int]:
    """Where the rows a sum below them speaks of may begin: after each heading or sum above, the nearest first."""
    return (earlier + 1 for earlier in range(position - 1, -1, -1) if verdicts[earlier].kind in _HEADS_OR_SUMS)


def _forward(position: int, verdicts: Sequence[Verdict]) -> Iterator[range]:
    """A sum that stands above its rows."""
    after = range(position + 1, len(verdicts))
    return (range(position + 1, later) for later in after if verdicts[later].kind in _HEADS_OR_SUMS)


@dataclass(frozen=True, slots=True)
class _Under:
    count: int
    yuan: int
    unsure: int


class _Tally:
    """Counts and sums over any run of rows, from running totals."""

    def __init__(self, projects: Sequence[Counted]) -> None:
        self._positions = [project.position for project in projects]
        self._yuan = [0, *accumulate(project.yuan or 0 for project in projects)]
        self._unsure = [0, *accumulate(int(project.yuan is None) for project in projects)]

    def under(self, scope: range) -> _Under:
        """What stands in a run of rows."""
        first, last = bisect_left(self._positions, scope.start), bisect_left(self._positions, scope.stop)
        return _Under(last - first, self._yuan[last] - self._yuan[first], self._unsure[last] - self._unsure[first])


def _best_scope(scopes: Sequence[range], tally: _Tally, count: int | None, yuan: int | None, slack: int) -> _Under:
    """The first scope that agrees with what is declared, else the likeliest."""
    found = [tally.under(scope) for scope in scopes]
    return next((under for under in found if under.count and _agree(under, count, yuan, slack)), found[0])


def _agree(under: _Under, count: int | None, yuan: int | None, slack: int) -> bool:
    same_count = count is None or count == under.count
    return same_count and (yuan is None or abs(yuan - under.yuan) <= slack)


def _section(
    row: Facts,
    verdict: Verdict,
    heading: Heading | None,
    place: Standing,
    count: int | None,
    yuan: int | None,
    under: _Under,
    slack: int,
) -> Section:
    return Section(
        row=row.index + 1,
        kind=verdict.kind,
        name=heading.name if heading else row.lead,
        level=len(place.path) if heading else 0,
        declared_count=count,
        declared_yuan=yuan,
        actual_count=under.count,
        actual_yuan=under.yuan,
        unsure=under.unsure,
        agrees=_agree(under, count, yuan, slack),
    )


def describe(section: Section, reason: str) -> str:
    """Why a heading or sum is no project, with what it declares: 是分组小计，写 64 项、83.94 亿元，与各行相符，不是项目."""
    written = _written(section)
    if not written:
        return reason
    sums_up = section.kind is RowKind.SECTION and section.declared_yuan is not None
    what = "是分组小计" if sums_up else reason.partition("，")[0]
    return f"{what}，写 {written}，{'与各行相符' if section.agrees else '与各行不符'}，不是项目"


def _written(section: Section) -> str:
    parts = [] if section.declared_count is None else [f"{section.declared_count} 项"]
    if section.declared_yuan is not None:
        parts.append(yuan_text(section.declared_yuan))
    return "、".join(parts)


def _difference(section: Section) -> Remark:
    """“（二）能源”写 11 项、230.0685 亿元，表中有 11 项、230.00 亿元，少 685 万元。"""
    found, apart = [], []
    if section.declared_count is not None:
        found.append(f"{section.actual_count} 项")
        if section.declared_count != section.actual_count:
            apart.append(
                _by(
                    section.actual_count - section.declared_count,
                    f"{abs(section.actual_count - section.declared_count)} 项",
                )
            )
    if section.declared_yuan is not None:
        found.append(yuan_text(section.actual_yuan))
        gap = section.actual_yuan - section.declared_yuan
        if gap:
            apart.append(_by(gap, yuan_text(abs(gap))))
    rest = f"（其中 {section.unsure} 项没有确定的金额）" if section.unsure and section.declared_yuan is not None else ""
    return hint(
        "sum_differs",
        f"“{section.name}”写 {_written(section)}，表中有 {'、'.join(found)}{rest}，{'、'.join(apart)}，请核对是否缺行",
    )


def _by(difference: int, size: str) -> str:
    return f"{'多' if difference > 0 else '少'} {size}"
