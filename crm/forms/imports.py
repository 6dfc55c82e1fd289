"""Uploading a ledger, and saying how it is to be read: sheets, header rows, columns, units, mode, key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import BooleanField, FileField, HiddenField
from wtforms.validators import Optional, ValidationError

from crm.errors import RuleBroken
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField, required
from crm.rules.importing.settings import ImportMode, ImportSettings
from crm.rules.ledger.fields import JOINABLE_FIELDS, Field
from crm.rules.ledger.units import unit_named
from crm.rules.matching import MatchKey

ACCEPT = ".xlsx,.xls,.ods,.csv"
MOST_HEADER_ROWS = 4
_HEADER = re.compile(r"(\d{1,6})(?:\s*[-—~至到,，、]\s*(\d{1,6}))?")


class UploadForm(HouseForm):
    """A ledger; `like` is a batch whose settings it takes over."""

    file = FileField(_l("台账文件"), render_kw={"accept": ACCEPT})
    like = HiddenField()

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen; what it is, is for the reader to say."""
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError(_l("请选择台账文件（Excel 或 CSV）。"))

    def upload(self) -> tuple[str, bytes]:
        """The name and the bytes."""
        return self.file.data.filename or "", self.file.data.read()


class SettingsForm(HouseForm):
    """How a batch is imported; the units and people offered are filled in by the view."""

    mode = ChoiceField(_l("库里已有的和没有的"), ImportMode)
    key = ChoiceField(_l("怎样算同一个项目"), MatchKey, blank=_l("按台账内容自动选"))
    as_of = DayField(_l("台账日期"), [required(_l("请填台账截至哪一天。"))])
    unit_id = RowField(_l("没写招商人的新项目归"), [Optional()], blank=_l("我所在的单位"))
    lead_id = RowField(_l("没写招商人的，主办记为"), [Optional()], blank=_l("暂不指定"))
    verified = BooleanField(_l("台账是已核定的历史：签约、开工等直接计入（以本文件为据）"))

    def settings(self, undated: bool) -> ImportSettings:
        """The typed value; whether moves may stand on the ledger's day is agreed elsewhere."""
        assert self.as_of.data is not None, "the form is valid"
        return ImportSettings(
            as_of=self.as_of.data,
            mode=self.mode.data,
            key=self.key.data,
            verified=bool(self.verified and self.verified.data),
            undated=undated,
            unit_id=self.unit_id.data,
            lead_id=self.lead_id.data,
        )


def hints_from(posted: MultiDict[str, str], kept: Mapping[str, Any], sheets: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of the tables, as import_batch.options keeps it; only what differs from what was shown is kept anew.

    `sheets`: the tables as they were shown (import_batch.counts). Raises RuleBroken for what cannot be meant.
    """
    tables = dict(kept.get("tables", {}))
    for place, (key, shown) in enumerate(sheets.items()):
        told = _table(posted, place, shown, dict(tables.get(key, {})))
        if told:
            tables[key] = told
        else:
            tables.pop(key, None)
    return {"sheets": _sheets(posted, kept, sheets), "tables": tables}


def _sheets(posted: MultiDict[str, str], kept: Mapping[str, Any], sheets: Mapping[str, Any]) -> list[str] | None:
    """The sheets ticked, or None where they are the ones the reader chose."""
    ticked = list(dict.fromkeys(posted.getlist("sheet")))
    if not ticked:
        raise RuleBroken(_("至少选一张工作表。"), "sheet")
    shown = {str(table["name"]) for table in sheets.values()}
    return None if set(ticked) == shown and kept.get("sheets") is None else ticked


def _table(posted: MultiDict[str, str], place: int, shown: Mapping[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    header = _header_rows(posted.get(f"header-{place}", ""), str(shown["name"]))
    if header is not None and header != shown["header_rows"]:
        # Other header rows make other columns: what was said of the old ones is forgotten.
        return {"header_rows": header}
    columns = {column: posted.get(f"column-{place}-{column}", "") for column in _columns(shown)}
    _refuse_twice(columns, shown)
    if columns != {column: shown["mapping"].get(column, "") for column in columns}:
        told["mapping"] = {column: word or None for column, word in columns.items()}
    unit = posted.get(f"unit-{place}", "")
    if unit != shown["unit"] and unit_named(unit) is not None:
        told["unit"] = unit
    return told


def _columns(shown: Mapping[str, Any]) -> Sequence[str]:
    return sorted({*shown["labels"], *shown["mapping"], *shown["samples"]}, key=int)


def _header_rows(text: str, sheet: str) -> list[int] | None:
    """3, or 3-4; empty for what the reader finds."""
    if not text.strip():
        return None
    found = _HEADER.fullmatch(text.strip())
    if found is None:
        raise RuleBroken(_("“%(sheet)s”的表头行请写成 4 或 4-5。", sheet=sheet), "header")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last < first + MOST_HEADER_ROWS:
        raise RuleBroken(_("“%(sheet)s”的表头最多 %(n)d 行，请核对。", sheet=sheet, n=MOST_HEADER_ROWS), "header")
    return list(range(first, last + 1))


def _refuse_twice(columns: Mapping[str, str], shown: Mapping[str, Any]) -> None:
    """A field that cannot be joined stands in one column."""
    joinable = {field.value for field in JOINABLE_FIELDS}
    for word in {word for word in columns.values() if word and word not in joinable}:
        both = [shown["labels"].get(column, column) for column, mapped in columns.items() if mapped == word]
        if len(both) > 1:
            raise RuleBroken(
                _("“%(field)s”对应了 %(n)d 列（%(columns)s），请只留一列。",
                  field=Field.parse(word).label, n=len(both), columns="、".join(both)),
                "column",
            )  # fmt: skip


def field_choices() -> Iterable[tuple[str, str]]:
    """The fields a column may stand for, in the order of the register."""
    return [("", str(_l("不读这一列"))), *Field.pairs()]
