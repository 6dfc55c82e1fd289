"""What the check page shows of a ledger: its rows, cell by cell, with what is said of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from crm.choices import RowDecision
from crm.models import ImportBatch, ImportRow
from crm.queries import imports as queries
from crm.rules.importing.decision import OUT_OF_SIGHT
from crm.rules.ledger.cells import letter
from crm.rules.ledger.fields import DAY_FIELDS, MONEY_FIELDS, Field
from crm.views import web
from reports.marked_ledger import Mark, MarkedRow

_PART = re.compile(r"#\d+$")
Projects = Mapping[int, tuple[str, str]]
NUMBERS = MONEY_FIELDS | {Field.LAND_MU, Field.SERIAL}
WIDE = frozenset({Field.CONTENT, Field.PROGRESS_TEXT, Field.PROBLEMS, Field.NEXT_PLAN, Field.ANNUAL_GOAL, Field.NOTE})


@dataclass(frozen=True)
class Column:
    """A column of the table as it is read."""

    number: int
    field: Field
    label: str  # the ledger's own head
    unit: str

    @property
    def letter(self) -> str:
        """B."""
        return letter(self.number)

    @property
    def css(self) -> str:
        """How its cells are set."""
        if self.field in NUMBERS:
            return "num"
        return "wide-text" if self.field in WIDE else "nowrap-text" if self.field in DAY_FIELDS else ""


@dataclass(frozen=True)
class Said:
    """A finding as the reader may read it."""

    severity: str
    words: str
    suggestion: str = ""


@dataclass
class Cell:
    """A cell with its findings. `was`: the file's own text where somebody typed another."""

    column: Column
    text: str
    was: str | None
    said: list[Said] = field(default_factory=list)

    @property
    def css(self) -> str:
        """Its colour: an error, something to look at, or none."""
        worst = {said.severity for said in self.said}
        colour = "cell-bad" if "error" in worst else "cell-warn" if worst & {"warning", "change"} else ""
        return f"{colour} {self.column.css}".strip()

    @property
    def is_bad(self) -> bool:
        """It has to be mended."""
        return any(said.severity == "error" for said in self.said)


@dataclass(frozen=True)
class RowView:
    """A row as it is shown. `match`: (id, code, name) of the project it updates or may be, where the reader may see it."""

    row: ImportRow
    cells: Sequence[Cell]
    said: Sequence[Said]
    match: tuple[int, str, str] | None
    editing: bool

    @property
    def has_inputs(self) -> bool:
        """Something in it can be typed over."""
        return self.editing or any(cell.is_bad for cell in self.cells)

    @property
    def light(self) -> tuple[str, str]:
        """(colour, words) of the verdict."""
        row = self.row
        if row.decision is RowDecision.SKIP:
            return "none", _("跳过")
        if row.severity == "error":
            count = sum(1 for finding in row.content["findings"] if finding["severity"] == "error")
            return "red", _("错误 %(n)d", n=count)
        if row.content["unchanged"]:
            return "none", _("无变化")
        return {
            RowDecision.CREATE: ("green", _("新增")),
            RowDecision.UPDATE: ("blue", _("并入") if row.content["twin"] and row.match_id is None else _("更新")),
            RowDecision.ASK: ("yellow", _("待定")),
        }[row.decision]


def columns_of(batch: ImportBatch, sheet: str) -> list[Column]:
    """The columns that are read, in the order of the file; the serial is told by the row's number."""
    kept = batch.counts["sheets"][sheet]
    found = [
        Column(int(number), Field.parse(word), kept["labels"].get(number, ""), kept["units"].get(number, ""))
        for number, word in kept["mapping"].items()
    ]
    return sorted((column for column in found if column.field is not Field.SERIAL), key=lambda column: column.number)


def views_of(batch: ImportBatch, rows: Iterable[ImportRow], editing: int = 0) -> list[RowView]:
    """The rows as they are shown; `editing` is the row whose every cell can be typed over. One statement."""
    listed = list(rows)
    ids = {id_ for row in listed for id_ in _mentioned(row)}
    projects = queries.visible_projects(web.session(), web.actor(), ids)
    columns = {row.sheet: columns_of(batch, row.sheet) for row in listed}
    return [_view(row, columns[row.sheet], projects, row.id == editing) for row in listed]


def _mentioned(row: ImportRow) -> Iterator[int]:
    yield from (match["id"] for match in row.content["offered"])
    yield from (finding["project_id"] for finding in row.content["findings"] if finding.get("project_id"))
    if row.match_id is not None:
        yield row.match_id


def _view(row: ImportRow, columns: Sequence[Column], projects: Projects, editing: bool) -> RowView:
    texts = {**row.content["cells"], **row.corrections}
    cells = {
        column.number: Cell(
            column,
            texts.get(str(column.number), ""),
            row.content["cells"].get(str(column.number), "") if str(column.number) in row.corrections else None,
        )
        for column in columns
    }
    aside: list[Said] = []
    for place, said in _findings(row, projects):
        target = cells.get(place) if place is not None else None
        (target.said if target is not None else aside).append(said)
    for said, where in _changes(row, projects):
        at = next((cell for cell in cells.values() if cell.column.field is where), None)
        (at.said if at is not None else aside).append(said)
    found = projects.get(row.match_id or 0)
    match = (row.match_id or 0, *found) if found else None
    return RowView(row, list(cells.values()), aside, match, editing)


def _findings(row: ImportRow, projects: Projects) -> Iterator[tuple[int | None, Said]]:
    """Each finding with its column; what speaks of a project out of the reader's sight only says that there is one."""
    hidden = row.match_id is not None and row.match_id not in projects
    for finding in row.content["findings"]:
        about = finding.get("project_id")
        if finding["code"] == "undated" and finding["column"] is None:
            continue  # said once for the whole ledger
        if about and about not in projects:
            hidden = True
            continue
        words = finding["message"]
        if about:
            words = words.replace("{project}", " ".join(projects[about]))
        yield finding["column"], Said(finding["severity"], words, finding["suggestion"])
    if hidden:
        yield None, Said("warning", OUT_OF_SIGHT)


def _changes(row: ImportRow, projects: Projects) -> Iterator[tuple[Said, Field]]:
    """What becomes different in the register, where the reader may see the project."""
    if row.decision is not RowDecision.UPDATE or row.match_id not in projects:
        return
    for word, old, new in row.content["changes"]:
        where = Field.parse(word)
        text = _("库中 %(old)s，将改为 %(new)s", old=old, new=new) if old else _("补入 %(new)s", new=new)
        if where is Field.STAGE:
            text = _("阶段 %(old)s → %(new)s", old=old, new=new)
        yield Said("change", text), where


def marked_row(view: RowView) -> MarkedRow:
    """The row for the file that is given back."""
    said = [
        *((cell.column.number, one) for cell in view.cells for one in cell.said),
        *((None, one) for one in view.said),
    ]
    return MarkedRow(
        sheet=_PART.sub("", view.row.sheet),
        number=view.row.row_number,
        cells={cell.column.number: (cell.column.label or cell.column.field.label, cell.text) for cell in view.cells},
        findings=[Mark(column, one.words, one.severity == "error") for column, one in said if one.severity != "change"],
    )


@dataclass(frozen=True)
class ColumnShown:
    """A column on the page where columns are matched to fields."""

    number: str
    letter: str
    label: str
    field: str
    unit: str
    samples: Sequence[str]


def shown_columns(table: Mapping[str, Any]) -> list[ColumnShown]:
    """Every column of a table, read or not."""
    numbers = sorted({*table["labels"], *table["mapping"], *table["samples"]}, key=int)
    return [
        ColumnShown(
            number, letter(int(number)), table["labels"].get(number, ""), table["mapping"].get(number, ""),
            table["units"].get(number, ""), table["samples"].get(number, ()),
        )
        for number in numbers
    ]  # fmt: skip
