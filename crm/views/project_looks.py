"""How a row of the project list is printed, cell by cell.

A page has some 650 cells. A template macro for each cost most of the page's time, so what a look prints is decided once a
column and written straight; every text goes through `escape`. One cell changed in its place is printed by the same code.
What a row looks like follows from its values, the day and the office's limits alone, so the last rows printed
are kept: a page that is turned back to, or read by the next officer, is found instead of printed. The values are read each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from crm import formats, language
from crm.choices import Light, Stage, Status
from crm.queries.project_columns import ALWAYS, Column, Shown
from crm.queries.project_rows import Row
from crm.rules.limits import Limits

PHONE_COLUMNS = ("company", "stage", "total", "alarm")  # beside the name; the others need a wider screen


@dataclass(frozen=True)
class Beside:
    """What the cells need beside their rows: the day and the office's limits."""

    today: date
    limits: Limits


class Look(NamedTuple):
    """The inside of a cell as HTML, and what its element bears."""

    html: str
    more_classes: str = ""
    title: str = ""


Print = Callable[[Row, Any], Look]
FORMS_KEPT, ROWS_KEPT = 8, 400  # a form is a choice of columns on a day; some 1.5 kB a row
_printed: OrderedDict[Hashable, dict[Row, Markup]] = OrderedDict()
_MARK = "\x00"  # stands for a name in a sentence that is translated once


def rows_printer(
    columns: Sequence[Shown], beside: Beside, ticks: bool, state: Mapping[str, Any]
) -> Callable[[Row], Markup]:
    """Prints rows of these columns, each a `<tr>`; `ticks` gives a box before the name, `state` stays in the links."""
    link = url_for("projects.show", project_id=0, **state)
    print_row = _row_printer(columns, beside, ticks, link)
    shape = tuple((item.column.key, item.width) for item in columns)
    kept = _kept((shape, beside.today, repr(beside.limits), ticks, link, language.is_english()))

    def find_row(row: Row) -> Markup:
        known = kept.get(row)
        if known is None:
            if len(kept) >= ROWS_KEPT:
                kept.clear()
            known = kept[row] = print_row(row)
        return known

    return find_row


def _kept(form: Hashable) -> dict[Row, Markup]:
    """The rows printed in a form; those of the form that was not asked for longest make room."""
    found = _printed.setdefault(form, {})
    with suppress(KeyError):  # another thread was quicker
        _printed.move_to_end(form)
        while len(_printed) > FORMS_KEPT:
            _printed.popitem(last=False)
    return found


def _row_printer(columns: Sequence[Shown], beside: Beside, ticks: bool, link: str) -> Callable[[Row], Markup]:
    name = _name_printer(ticks, link)
    cells = [name if item.column.key == ALWAYS else cell_printer(item, beside) for item in columns]
    widths = {item.column.key: _width(item) for item in columns}

    def print_row(row: Row) -> Markup:
        inside = "".join([cell(row) for cell in cells])
        return Markup(f'<tr data-row="{row.id}">{inside}</tr>')  # noqa: S704 - the cells are escaped one by one

    def name_in_its_width(row: Row) -> str:
        return name(row).replace('class="clip"', f'class="clip {widths[ALWAYS]}"', 1)

    if widths[ALWAYS]:
        cells = [name_in_its_width if cell is name else cell for cell in cells]
    return print_row


def _width(item: Shown) -> str:
    return f"col-{item.width.value}" if item.width.value else ""


def _name_printer(ticks: bool, link: str) -> Callable[[Row], str]:
    before, _id, after = link.partition("/0")
    before, after = str(escape(before)), str(escape(after))
    choose, _there, choose_end = str(escape(_("选择%(name)s", name=_MARK))).partition(_MARK)
    secret, double = (f' <span class="chip">{escape(words)}</span>' for words in (_("涉密"), _("重复")))

    def print_name(row: Row) -> str:
        name = escape(row.name)
        box = (
            '<input class="form-check-input row-check hide-s" type="checkbox" form="chosen" name="ids" '
            f'value="{row.id}" aria-label="{choose}{name}{choose_end}"> '
            if ticks
            else ""
        )
        chips = (secret if row.is_secret else "") + (double if row.duplicate_of_id else "")
        link = f'<a class="main-link" href="{before}/{row.id}{after}">{name}</a>'
        return f'<th scope="row" class="clip" title="{name}">{box}{link}{chips}</th>'

    return print_name


def cell_printer(item: Shown, beside: Beside, fresh: bool = False) -> Callable[[Row], str]:
    """Prints the `<td>` of a column; where the reader may change it, lists.js sets a pencil (`fresh`: and goes there)."""
    column, value, look = item.column, attrgetter(item.column.value or item.column.key), _look(item.column, beside)
    classes = " ".join(filter(None, (_classes(column), _width(item))))
    edit = f' data-edit="{column.key}/{column.edits}"{" data-fresh" if fresh else ""}' if column.edits else ""

    def print_cell(row: Row) -> str:
        html, more, title = look(row, value(row))
        said = f' title="{title}"' if title else ""
        return f'<td class="{classes}{more}"{said}{edit if row.may_edit else ""}>{html}</td>'

    return print_cell


def _classes(column: Column) -> str:
    shape = (
        "num" if column.is_figure else {"long": "clip quiet wide", "middle": "clip clip-m"}.get(column.look, "nowrap")
    )
    return shape if column.key in PHONE_COLUMNS else f"{shape} hide-s"


# ------------------------------------------------------------------------------------------------------------- the looks


def _look(column: Column, beside: Beside) -> Print:
    today, limits = beside.today, beside.limits
    if column.key == "total":
        unit = f'<span class="only-s unit"> {escape(_("亿元"))}</span>'
        return lambda _row, found: Look("" if found is None else formats.yi(found) + unit)
    plain: Mapping[str, Callable[[Any], str]] = {
        "word": lambda found: _text(found.label) if found else "",
        "yi": formats.yi,
        "wan": formats.wan,
        "count": formats.count,
        "instant": language.day,
        "day": language.day,
    }
    made: Mapping[str, Callable[[], Print]] = {
        "stage": _stage,
        "stay": lambda: _stay(today, limits),
        "contact": lambda: _contact(today, limits),
        "alarm": lambda: _alarm(today, limits),
        "long": lambda: _long,
        "middle": lambda: _long,
    }
    if column.look in made:
        return made[column.look]()
    written = plain.get(column.look, lambda found: _text(found or ""))
    return lambda _row, found: Look(written(found))


def _text(words: Any) -> str:
    return str(escape(str(words)))


def _long(_row: Row, found: Any) -> Look:
    words = _text(found or "")
    return Look(words, title=words)


def _stage() -> Print:
    stages = {stage: f'<span class="{formats.stage_class(stage)}">{_text(stage.label)}</span>' for stage in Stage}
    others = {status: f'<span class="chip">{_text(status.label)}</span>' for status in Status}
    return lambda row, found: Look(stages[found] if row.status is Status.ACTIVE else others[row.status])


def _stay(today: date, limits: Limits) -> Print:
    before, _there, after = _text(_("%(n)s 天", n=_MARK)).partition(_MARK)

    def look(row: Row, _found: Any) -> Look:
        stay = row.stay(today, limits)
        return Look(f"{before}{stay.days}{after}", " down" if stay.light is Light.RED else "")

    return look


def _contact(today: date, limits: Limits) -> Print:
    never = _text(_("未联系"))

    def look(row: Row, found: date | None) -> Look:
        colour = " down" if row.is_idle(today, limits) else " quiet"
        return Look(_text(language.ago(found, today)), colour, found.isoformat()) if found else Look(never, colour)

    return look


def _alarm(today: date, limits: Limits) -> Print:
    def look(row: Row, _found: Any) -> Look:
        alarm = row.alarm(today, limits)
        return Look(f'<span class="light light-{alarm.light.value}">{_text(alarm.words)}</span>' if alarm else "")

    return look
