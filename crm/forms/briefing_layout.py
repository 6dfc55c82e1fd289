"""The layout of the briefing as it is typed: columns, the order of the tables, a table of the office's own, a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import FileField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import ValidationError

from crm.actions.briefing_layouts import LONGEST_NOTE
from crm.forms.base import HouseForm, line, required, text_filter
from reports.briefing.drafting import LONGEST_TAB, Typed, words_of
from reports.briefing.layout import SheetLayout
from reports.briefing.selection import FILTERS

LONGEST_TYPED = 200
ACCEPT = ".xlsx"


class ArrangeForm(HouseForm):
    """What every save says: the version it was made from, and why. The fields of tables are read by `typed_from`."""

    base = HiddenField()
    note = line(_l("改动说明"), length=LONGEST_NOTE, description=_l("可空着，空着时由系统写明改了什么。"))

    @property
    def shown(self) -> int:
        """The number of the version the page was made from."""
        text = self.base.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


class OwnSheetForm(HouseForm):
    """A table of the office's own: whose rows, and what it is called."""

    base = HiddenField()
    source = SelectField(_l("取哪张表的行"), [required(_l("请选择取哪张表的行。"))])
    tab = line(_l("表名"), required(_l("请填表名。")), length=LONGEST_TAB)

    def offer(self, sheets: Sequence[SheetLayout]) -> None:
        """The tables it may select from."""
        self.source.choices = [SelectChoice(value=sheet.key, label=sheet.tab) for sheet in sheets]

    @property
    def shown(self) -> int:
        """The number of the version the page was made from."""
        text = self.base.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


class TemplateForm(HouseForm):
    """The office's own workbook."""

    file = FileField(_l("模板文件"), render_kw={"accept": ACCEPT})
    note = line(_l("改动说明"), length=LONGEST_NOTE)

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen; what it is, is for the reader to say."""
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError(_l("请选择模板文件（.xlsx）。"))

    def upload(self) -> tuple[str, bytes]:
        """The name and the bytes."""
        return self.file.data.filename or "", self.file.data.read()


def typed_from(posted: MultiDict[str, str], base: SheetLayout) -> Typed:
    """The fields of one table, as shape: who reads them decides what may be."""

    def under(prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): _text(posted[name]) for name in posted if name.startswith(prefix)}

    asked = FILTERS.get(base.source, ()) if base.source else ()
    return Typed(
        tab=_text(posted.get("tab", "")),
        title=_text(posted.get("title", "")),
        order=tuple(dict.fromkeys(posted.getlist("order"))),
        heads=under("head."),
        twins=under("twin."),
        widths=under("width."),
        visible=frozenset(posted.getlist("visible")),
        groups=under("group."),
        filters={one.name: _wanted(posted, one) for one in asked},
    )


def _wanted(posted: MultiDict[str, str], one: Any) -> tuple[str, ...]:
    told = posted.getlist(f"filter.{one.name}")
    if one.choices:
        known = {value for value, _label in one.choices}
        return tuple(value for value in dict.fromkeys(told) if value in known)
    return words_of(_text(told[0]) if told else "")


def _text(value: str) -> str:
    return str(text_filter(value.replace("\r\n", "\n").replace("\r", "\n")))[:LONGEST_TYPED]
