"""The one module that knows the shape of rules/ledger: a row as read -> an entry in the register's terms, and its findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from crm.choices import CapitalKind, ContractKind
from crm.rules.importing.entry import Dated, Entry, Money
from crm.rules.importing.remarks import ERROR, WARNING, Note
from crm.rules.ledger.amounts import Amount
from crm.rules.ledger.dates import Day, DayRange
from crm.rules.ledger.fields import Field
from crm.rules.ledger.findings import Finding, Severity
from crm.rules.ledger.model import RowReading, SheetReading

T = TypeVar("T")

_MEANT = re.compile(r"计划|拟|预计|预期|约定|目标")
_NOBODY = re.compile(r"待定|未定|待招商|暂无|待确定|无|/|[-—]+")
_SHARE = re.compile(r"\s*[\[（(]\s*\d+(\.\d+)?\s*%\s*[\])）]\s*$")


def entry_of(row: RowReading, sheet: SheetReading) -> Entry:
    """A project row in the register's terms; what is not sure is left out, its finding says why."""
    stage = row.stage
    started, finished = _span(row, sheet)
    return Entry(
        name=_name(row),
        code=row.text(Field.CODE)[:64],
        company=_investor(row.text(Field.INVESTOR)),
        credit_code=row.text(Field.CREDIT_CODE),
        company_classes=_several(row, Field.COMPANY_CLASS),
        origin=row.text(Field.ORIGIN),
        registered=_money(row.amount(Field.REGISTERED_CAPITAL)),
        capital_kind=_typed(row, Field.CAPITAL_KIND, CapitalKind),
        industry=row.text(Field.INDUSTRY),
        category=row.text(Field.CATEGORY),
        levels=_several(row, Field.LEVEL),
        listing_class=stage.listing if stage else None,
        year=sheet.year,
        location=row.text(Field.LOCATION),
        land_mu=_typed(row, Field.LAND_MU, Decimal),
        content=row.text(Field.CONTENT),
        total=_money(row.total),
        fixed=_money(row.amount(Field.FIXED_ASSETS)),
        foreign=_money(row.amount(Field.FOREIGN_CAPITAL)),
        annual=_money(row.amount(Field.ANNUAL_INVESTMENT)),
        annual_done=_money(row.amount(Field.ANNUAL_COMPLETED)),
        done=_money(row.amount(Field.COMPLETED)),
        arrived=_money(row.amount(Field.ARRIVED)),
        stage=stage.stage if stage else None,
        status=stage.status if stage else None,
        stage_words=stage.wording if stage else "",
        contract_kind=_typed(row, Field.CONTRACT_KIND, ContractKind),
        first_contact=_dated(row, sheet, Field.FIRST_CONTACT_ON),
        signed=_dated(row, sheet, Field.SIGNED_ON),
        registered_on=_dated(row, sheet, Field.REGISTERED_ON),
        started=_dated(row, sheet, Field.START_ON) or started,
        finished=_dated(row, sheet, Field.END_ON) or finished,
        producing=_dated(row, sheet, Field.PRODUCING_ON),
        annual_goal=row.text(Field.ANNUAL_GOAL),
        progress=row.text(Field.PROGRESS_TEXT),
        problems=row.text(Field.PROBLEMS),
        next_plan=row.text(Field.NEXT_PLAN),
        channel=row.text(Field.CHANNEL),
        responsible_unit=row.text(Field.RESPONSIBLE_UNIT),
        leader=row.text(Field.LEADER),
        officer=row.text(Field.OFFICER),
        contact=row.text(Field.CONTACT_NAME)[:200],
        phones=_several(row, Field.CONTACT_PHONE),
    )


def _name(row: RowReading) -> str:
    """The project, and the part of it the row speaks of: many segments may stand under one name."""
    segment = row.text(Field.SEGMENT)
    return f"{row.name}（{segment}）" if row.name and segment and segment not in row.name else row.name


def _investor(text: str) -> str:
    """A name; 待定 is nobody's, a share behind the name is no part of it."""
    return "" if _NOBODY.fullmatch(text.strip()) else _SHARE.sub("", text).replace("\n", "、")


def _money(amount: Amount | None) -> Money | None:
    if amount is None or not amount.sure or amount.value is None or amount.currency is None:
        return None
    return Money(amount.value, amount.currency)


def _typed(row: RowReading, field: Field, kind: type[T]) -> T | None:
    value = row.values.get(field)
    return value if isinstance(value, kind) else None


def _several(row: RowReading, field: Field) -> tuple[Any, ...]:
    value = row.values.get(field)
    return value if isinstance(value, tuple) else ()


def _dated(row: RowReading, sheet: SheetReading, field: Field) -> Dated | None:
    day = row.day(field)
    return _as_dated(day, _is_meant(sheet, field)) if day is not None else None


def _span(row: RowReading, sheet: SheetReading) -> tuple[Dated | None, Dated | None]:
    """建设起止年限: when it begins and when it ends."""
    span = row.values.get(Field.YEAR_RANGE)
    if not isinstance(span, DayRange):
        return None, None
    meant = _is_meant(sheet, Field.YEAR_RANGE)
    start, end = ((_as_dated(day, meant) if day else None) for day in (span.start, span.end))
    return start, end


def _as_dated(day: Day, meant: bool) -> Dated:
    return Dated(day.first, day.last, day.planned or meant)


def _is_meant(sheet: SheetReading, field: Field) -> bool:
    """The column's head says that its days are intentions."""
    heads = [sheet.labels.get(column, "") for column, mapped in sheet.mapping.items() if mapped is field]
    return any(_MEANT.search(head) for head in heads)


# --------------------------------------------------------------------------------------------------------- what is kept


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding of the reader, as it is kept with its row."""
    return {
        "column": finding.column,
        "field": finding.field.value if finding.field else None,
        "severity": ERROR if finding.severity is Severity.ERROR else WARNING,
        "code": finding.code,
        "message": finding.message,
        "suggestion": finding.suggestion,
    }


def note_json(note: Note, mapping: Mapping[int, Field], project_id: int | None = None) -> dict[str, Any]:
    """A finding of the importer, at the column its field stands in, if any. `project_id`: what it rests on, if it names none."""
    column = next((place for place, mapped in mapping.items() if mapped is note.field), None)
    return {
        "column": column,
        "field": note.field.value if note.field else None,
        "severity": note.severity,
        "code": note.code,
        "message": note.message,
        "suggestion": "",
        "project_id": note.project_id or project_id,
    }


def worst(findings: Iterable[Mapping[str, Any]]) -> str:
    """The worst severity among findings; "" where there is neither an error nor a warning."""
    words = {finding["severity"] for finding in findings}
    return ERROR if ERROR in words else WARNING if WARNING in words else ""
