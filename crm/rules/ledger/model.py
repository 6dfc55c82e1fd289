"""What reading a ledger yields: frozen values, for a preview, for an import, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from crm.choices import CapitalKind, CompanyClass, ContractKind, Currency, KeyList
from crm.rules.ledger.amounts import Amount
from crm.rules.ledger.cells import Sheet
from crm.rules.ledger.dates import DayRange
from crm.rules.ledger.facts import Facts, Style
from crm.rules.ledger.fields import Field
from crm.rules.ledger.findings import Finding
from crm.rules.ledger.layout import Layout
from crm.rules.ledger.rows import RowKind, Verdict
from crm.rules.ledger.times import Day
from crm.rules.ledger.units import Unit
from crm.rules.ledger.wording import StageReading

Value: TypeAlias = (
    str
    | Amount
    | Day
    | DayRange
    | Decimal
    | StageReading
    | CapitalKind
    | ContractKind
    | Currency
    | tuple[KeyList, ...]
    | tuple[CompanyClass, ...]
    | tuple[str, ...]
)


@dataclass(frozen=True)
class RowReading:
    """One physical row. `number` counts from 1 as in the file; `raw` and findings name columns from 0.

    For anything but a project, `values` is empty and `reason` says in words why it is none.
    """

    number: int
    kind: RowKind
    values: Mapping[Field, Value]
    raw: Mapping[int, str]
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    path: tuple[str, ...] = ()
    """The names of the sections it stands in, from the outermost."""
    marks: tuple[str, ...] = ()
    """What was taken off the name: ▲, （暂定名）."""

    @property
    def is_project(self) -> bool:
        """Whether the row is one of the ledger's projects."""
        return self.kind is RowKind.PROJECT

    @property
    def has_errors(self) -> bool:
        """Whether any cell of it keeps a value out."""
        return any(finding.is_error for finding in self.findings)

    @property
    def name(self) -> str:
        """The project's name; empty if it is missing."""
        return self.text(Field.PROJECT_NAME)

    def text(self, wanted: Field) -> str:
        """A field's text; empty for none."""
        value = self.values.get(wanted)
        return value if isinstance(value, str) else ""

    def amount(self, wanted: Field) -> Amount | None:
        """A money field's amount, sure or not."""
        value = self.values.get(wanted)
        return value if isinstance(value, Amount) else None

    def day(self, wanted: Field) -> Day | None:
        """A date field's day."""
        value = self.values.get(wanted)
        return value if isinstance(value, Day) else None

    @property
    def total(self) -> Amount | None:
        """The total investment, sure or not."""
        return self.amount(Field.TOTAL_INVESTMENT)

    @property
    def stage(self) -> StageReading | None:
        """How far the ledger says the project is: by the row, its heading, the title or the sheet's name."""
        value = self.values.get(Field.STAGE)
        return value if isinstance(value, StageReading) else None


@dataclass(frozen=True)
class Section:
    """A heading, subtotal or total row, and what is really under it. Amounts are whole yuan of total investment.

    `unsure`: projects under it without a sure amount in CNY; they are not in `actual_yuan`.
    """

    row: int
    kind: RowKind
    name: str
    level: int
    declared_count: int | None
    declared_yuan: int | None
    actual_count: int
    actual_yuan: int
    unsure: int
    agrees: bool


@dataclass(frozen=True)
class SheetReading:
    """One table of a sheet; `part` tells the tables of one sheet apart, from 1.

    Rows and `header_rows` count from 1, columns from 0. `unit` is that of the total investment; None: found nowhere.
    """

    name: str
    part: int
    header_rows: tuple[int, ...]
    labels: Mapping[int, str]
    mapping: Mapping[int, Field]
    unit: Unit | None
    units: Mapping[int, Unit | None]
    year: int | None
    rows: tuple[RowReading, ...]
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    """About the sheet and its columns; the rows keep their own."""
    hidden: bool = False
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def key(self) -> str:
        """Tells this table from every other of the file: 在谈, or 在谈#2 for a second table of that sheet."""
        return self.name if self.part == 1 else f"{self.name}#{self.part}"

    @cached_property
    def projects(self) -> tuple[RowReading, ...]:
        """The rows that are projects, in the file's order."""
        return tuple(row for row in self.rows if row.is_project)

    @cached_property
    def skipped(self) -> tuple[RowReading, ...]:
        """The rows that are no projects, each with its reason; empty rows are not mentioned."""
        return tuple(row for row in self.rows if not row.is_project and row.reason)

    @cached_property
    def total_yuan(self) -> int:
        """The projects' sure total investments in CNY."""
        return sum(row.total.yuan or 0 for row in self.projects if row.total)

    @cached_property
    def foreign_totals(self) -> dict[Currency, int]:
        """The projects' sure total investments in other currencies, each by itself."""
        totals: dict[Currency, int] = {}
        for row in self.projects:
            amount = row.total
            if amount and amount.sure and amount.currency not in (None, Currency.CNY) and amount.value is not None:
                totals[amount.currency] = totals.get(amount.currency, 0) + amount.value
        return totals

    @cached_property
    def left_out(self) -> tuple[tuple[RowReading, str], ...]:
        """The projects that are not in `total_yuan`, each with the reason."""
        if Field.TOTAL_INVESTMENT not in self.mapping.values():
            return ()
        return tuple(
            (row, _why_left_out(row.total)) for row in self.projects if not row.total or row.total.yuan is None
        )

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The sheet's own and every row's, in order of rows."""
        return (*self.findings, *(finding for row in self.rows for finding in row.findings))

    def row(self, number: int) -> RowReading:
        """The row by its number in the file; raises KeyError if the table has no such row."""
        position = number - self.rows[0].number if self.rows else -1
        if not 0 <= position < len(self.rows):
            raise KeyError(number)
        return self.rows[position]


def _why_left_out(amount: Amount | None) -> str:
    if amount is None:
        return "总投资为空"
    if amount.sure and amount.currency is not None:
        return f"是{amount.currency.label}（{amount.reading}），不并入人民币"
    return amount.why_not


@dataclass(frozen=True)
class Source:
    """What a reading was made from, kept so that one row can be read again."""

    sheet: Sheet
    layout: Layout
    style: Style
    facts: tuple[Facts, ...]
    verdicts: tuple[Verdict, ...]
    filename: str = ""
    category: str = ""
    """What the sheet's name says of all its projects."""
    told: Mapping[int, RowKind] = field(default_factory=dict)
    """Row number -> what a person said the row is."""


@dataclass(frozen=True, slots=True)
class SkippedSheet:
    """A sheet that was not read as a list of projects, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Ledger:
    """A whole file."""

    filename: str
    sheets: tuple[SheetReading, ...]
    skipped: tuple[SkippedSheet, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def projects(self) -> tuple[tuple[SheetReading, RowReading], ...]:
        """Every project with the table it stands in."""
        return tuple((sheet, row) for sheet in self.sheets for row in sheet.projects)

    @property
    def total_yuan(self) -> int:
        """The sure total investments in CNY of all sheets read."""
        return sum(sheet.total_yuan for sheet in self.sheets)

    def sheet(self, key: str) -> SheetReading:
        """A table by its key; raises KeyError."""
        for sheet in self.sheets:
            if sheet.key == key:
                return sheet
        raise KeyError(key)


@dataclass(frozen=True)
class SheetHints:
    """What a person decided for one table; whatever is left None is found by the reader.

    `header_rows` count from 1; an empty tuple says there is no header. `mapping`: column from 0 -> field, None for
    "leave this column out"; columns not named keep the proposal. `unit` is for all CNY columns, `units` for single ones.
    `kinds`: row number -> what the row is. `corrections`: (row number, column) -> what the person typed.
    """

    header_rows: tuple[int, ...] | None = None
    mapping: Mapping[int, Field | None] | None = None
    unit: Unit | None = None
    units: Mapping[int, Unit] | None = None
    year: int | None = None
    kinds: Mapping[int, RowKind] = field(default_factory=dict)
    corrections: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hints:
    """What a person decided for a file. `sheets`: the sheets to read, by name; None lets the reader choose.

    `tables`: by the key of the table (`SheetReading.key`). Corrections belong to the sheet: give them under its name.
    """

    sheets: tuple[str, ...] | None = None
    tables: Mapping[str, SheetHints] = field(default_factory=dict)
    year: int | None = None


NO_HINTS = Hints()
