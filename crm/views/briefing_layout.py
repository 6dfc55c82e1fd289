"""简报版式: the tables of the briefing and their columns as the office wants them, in versions that are never overwritten.

Every page is one form that carries its own draft: buttons that move or add something answer with the draft changed and nothing
saved, so all of it works without scripts. Saving makes a version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import briefing_layouts as actions
from crm.errors import Clash, CrmError, NotFound, RuleBroken
from crm.forms.briefing_layout import ArrangeForm, OwnSheetForm, typed_from
from crm.language import translated
from crm.models import BriefingLayout
from crm.policy import Act
from crm.queries import briefings as queries
from crm.rules.days import Month
from crm.views import briefing_facts, web
from reports import preview
from reports.briefing import changes, drafting, render
from reports.briefing.default_layout import DEFAULT
from reports.briefing.drafting import MOST_CUSTOM, Typed
from reports.briefing.facts import Briefing, Office
from reports.briefing.layout import SMALLEST_POINTS, SheetLayout, plain_head, unbroken
from reports.briefing.selection import FILTERS, Filter

views = Blueprint("briefing_layout", __name__, url_prefix="/settings/briefing-layout")

MONTHS_OFFERED = 13
VERSIONS_SHOWN = 30


@views.before_request
def _only_those_who_may() -> None:
    policy.ensure(web.actor(), Act.ARRANGE_BRIEFING)


@dataclass(frozen=True, slots=True)
class Line:
    """One column in the form."""

    key: str
    name: str  # what the release calls it
    group: str
    head: str
    twin: str | None
    width: str
    visible: bool
    locked: bool
    stays: bool
    optional: bool
    blank: bool


def _stored() -> tuple[dict[str, Any], BriefingLayout | None]:
    """What is in force."""
    newest = queries.layout_in_force(web.session())
    return (dict(newest.changes) if newest else {}), newest


def _number(newest: BriefingLayout | None) -> int:
    return newest.number if newest else 0


# --------------------------------------------------------------------------------------------------------------- tables


@views.get("")
def index() -> Response:
    """The tables in order, the versions, a table of the office's own."""
    document, _newest = _stored()
    layout = changes.layout_of(document)
    return _index([s.key for s in layout.sheets], {s.key for s in layout.sheets if not s.visible})


def _index(
    order: list[str],
    hidden: set[str],
    status: int = 200,
    form: ArrangeForm | None = None,
    own: OwnSheetForm | None = None,
) -> Response:
    document, newest = _stored()
    layout = changes.layout_of(document)
    form, own = form or ArrangeForm(formdata=None), own or OwnSheetForm(formdata=None)
    form.base.data = own.base.data = str(_number(newest))
    own.offer([DEFAULT.sheet(key) for key in FILTERS])
    versions = web.session().scalars(queries.layouts().limit(VERSIONS_SHOWN)).all()
    known = {sheet.key: sheet for sheet in layout.sheets}
    return web.page(
        "briefing_layout/index.html",
        status,
        form=form,
        own=own,
        sheets=[known[key] for key in order if key in known],
        hidden=hidden,
        points={key: drafting.points(sheet) for key, sheet in known.items()},
        smallest=SMALLEST_POINTS,
        drafting=drafting,
        newest=newest,
        versions=versions,
        is_full=len(changes.custom(document)) >= MOST_CUSTOM,
        ignored=changes.ignored(document),
        unsaved=changes.differences(document, changes.with_order(document, order, hidden)),
        workbook=queries.template_in_force(web.session()),
    )


@views.post("")
def arrange() -> Response:
    """Move a table in the draft, or keep the order and what is hidden."""
    form = ArrangeForm()
    document, newest = _stored()
    known = changes.sheet_order(document)
    order = changes.ordered(known, request.form.getlist("order"))
    hidden = set(known) - set(request.form.getlist("visible"))
    if not form.validate_on_submit():
        return _index(order, hidden, 422, form)
    move, _colon, key = request.form.get("do", "").partition(":")
    if move in ("up", "down"):
        return _index(_moved(order, key, -1 if move == "up" else 1), hidden, form=form)
    if move == "place":
        return _index(_placed(order, *key.partition(":")[::2]), hidden, form=form)
    try:
        actions.ensure_newest(newest, form.shown)
        made = changes.with_order(document, order, hidden)
        _keep(document, made, form.note.data or "", form.shown)
    except (Clash, RuleBroken) as refusal:
        web.session().rollback()
        form.form_errors.append(translated(refusal.message))
        return _index(order, hidden, 409 if isinstance(refusal, Clash) else 422, form)
    flash(_("已保存，下一次生成的简报按新的版式。"))
    return web.see_other("briefing_layout.index")


def _moved(order: list[str], key: str, step: int) -> list[str]:
    if key not in order[1:-1]:
        return order
    place = order.index(key)
    beside = place + step
    if 1 <= beside <= len(order) - 2:
        order[place], order[beside] = order[beside], order[place]
    return order


def _placed(order: list[str], key: str, onto: str) -> list[str]:
    """The table where another stands, which makes room; the first and the last stay."""
    if key in order[1:-1] and onto in order[1:-1]:
        place = order.index(onto)
        order.remove(key)
        order.insert(place, key)
    return order


def _keep(before: Mapping[str, Any], after: Mapping[str, Any], words: str, shown: int) -> BriefingLayout:
    said = "；".join(changes.differences(before, after))
    row = actions.keep(web.session(), web.actor(), after, words, said, shown, web.now())
    web.session().commit()
    return row


@views.post("/sheets")
def add_sheet() -> Response:
    """A table of the office's own."""
    own = OwnSheetForm()
    document, newest = _stored()
    own.offer([DEFAULT.sheet(key) for key in FILTERS])
    layout = changes.layout_of(document)
    order, hidden = [s.key for s in layout.sheets], {s.key for s in layout.sheets if not s.visible}
    if not own.validate_on_submit():
        return _index(order, hidden, 422, own=own)
    try:
        actions.ensure_newest(newest, own.shown)
        if len(changes.custom(document)) >= MOST_CUSTOM:
            raise RuleBroken(_("自选表最多 %(n)d 张，请先删去不用的。", n=MOST_CUSTOM))
        tab = own.tab.data or ""
        made, key = changes.with_custom(document, own.source.data, {"tab": tab, "title": f"{tab}（{{月份}}）"})
        _ensure_sheet(made, key)
        _keep(document, made, "", own.shown)
    except (Clash, RuleBroken) as refusal:
        web.session().rollback()
        own.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
        return _index(order, hidden, 409 if isinstance(refusal, Clash) else 422, own=own)
    flash(_("已新增“%(tab)s”，请选列和取数条件。", tab=tab))
    return web.see_other("briefing_layout.sheet", sheet=key)


def _ensure_sheet(document: Mapping[str, Any], key: str) -> None:
    """Raise RuleBroken, at its field, for a table that cannot be."""
    layout, base = changes.layout_of(document), changes.base(document, key)
    made = layout.sheet(key)
    _told, problems = drafting.told_of(base, drafting.typed_of(made, base))
    problems = problems | drafting.sheet_problems(layout.sheets, made)
    for name, message in problems.items():
        raise RuleBroken(message, name or None)


# -------------------------------------------------------------------------------------------------------------- columns


@dataclass(slots=True)
class Draft:
    """One table as it is being arranged."""

    document: dict[str, Any]  # in force
    newest: BriefingLayout | None
    base: SheetLayout
    typed: Typed
    problems: dict[str, str]

    @property
    def after(self) -> dict[str, Any]:
        """The document with the draft in it."""
        hidden = self.document.get("sheets", {}).get(self.base.key, {}).get("visible") is False
        told, _problems = drafting.told_of(self.base, self.typed, hidden=hidden)
        made = changes.with_sheet(self.document, self.base.key, told)
        return changes.with_filters(made, self.base.key, self.typed.filters) if self.base.source else made

    @property
    def sheet(self) -> SheetLayout:
        """The table as the draft lays it out."""
        return changes.layout_of(self.after).sheet(self.base.key)


def _draft(sheet: str) -> Draft:
    document, newest = _stored()
    try:
        base = changes.base(document, sheet)
    except KeyError as unknown:
        raise NotFound(_("没有这张表，可能已被删去。")) from unknown
    if request.method == "POST":
        typed = typed_from(request.form, base)
    else:
        typed = drafting.typed_of(changes.layout_of(document).sheet(sheet), base)
    return Draft(document, newest, base, typed, {})


@views.route("/<sheet>", methods=["GET", "POST"])
def sheet(sheet: str) -> Response:
    """One table: its name, its heads, its columns; moved, hidden, previewed, kept."""
    draft, form = _draft(sheet), ArrangeForm()
    if request.method == "GET":
        return _sheet(draft, form)
    do, _colon, key = request.form.get("do", "").partition(":")
    if do == "default":
        draft.typed = replace(
            drafting.typed_of(draft.base, draft.base), tab=draft.typed.tab, filters=draft.typed.filters
        )
        return _sheet(draft, form)
    _told, draft.problems = drafting.told_of(draft.base, draft.typed)
    if not form.validate_on_submit():
        return _sheet(draft, form, 422)
    if do in ("up", "down", "place", "free", "drop", "preview"):
        _change(draft, do, key)
        return _sheet(draft, form)
    return _save(draft, form)


def _change(draft: Draft, do: str, key: str) -> None:
    """Move a column, add or drop a blank one; in the draft alone."""
    typed, columns = draft.typed, changes.with_free(draft.base, {"free": draft.typed.free}).columns
    order = changes.ordered([column.key for column in columns], typed.order)
    if do in ("up", "down"):
        order = changes.moved(columns, order, key, -1 if do == "up" else 1)
    elif do == "place":
        order = changes.placed(columns, order, *key.partition(":")[::2])
    elif do == "free" and (new := drafting.next_free(typed)):
        typed = replace(typed, visible=typed.visible | {new})
        order.append(new)
    elif do == "drop" and key in typed.free:
        order.remove(key)
    draft.typed = replace(typed, order=tuple(order))


def _save(draft: Draft, form: ArrangeForm) -> Response:
    after = draft.after
    found = drafting.sheet_problems(changes.layout_of(after).sheets, draft.sheet)
    if not draft.problems:
        draft.problems = found
    elif "tab" in found:  # what else is wrong may come of what is typed wrong
        draft.problems.setdefault("tab", found["tab"])
    if draft.problems:
        return _sheet(draft, form, 422)
    try:
        actions.ensure_newest(draft.newest, form.shown)
        row = _keep(draft.document, after, form.note.data or "", form.shown)
    except (Clash, RuleBroken) as refusal:
        web.session().rollback()
        form.form_errors.append(translated(refusal.message))
        return _sheet(draft, form, 409 if isinstance(refusal, Clash) else 422)
    flash(_("已保存为第 %(n)d 版，下一次生成的简报按新的版式。", n=row.number))
    return web.see_other("briefing_layout.sheet", sheet=draft.base.key)


def _sheet(draft: Draft, form: ArrangeForm, status: int = 200) -> Response:
    form.base.data = str(_number(draft.newest))
    laid = draft.sheet
    month, previewed = _previewed()
    return web.page(
        "briefing_layout/sheet.html",
        status,
        form=form,
        draft=draft,
        sheet=laid,
        lines=_lines(draft),
        groups=[("/".join(path), unbroken(path[-1])) for path in changes.groups(draft.base.columns)],
        filters=_filters(draft),
        unsaved=changes.sheet_differences(changes.layout_of(draft.document).sheet(laid.key), laid),
        is_fixed=drafting.is_fixed(draft.base),
        is_own=drafting.is_own(draft.base),
        points=drafting.points(laid),
        smallest=SMALLEST_POINTS,
        more_free=bool(drafting.next_free(draft.typed)),
        sheets=changes.layout_of(draft.document).sheets,
        month=month,
        months=_months(),
        sees=policy.can(web.actor(), Act.SEE_BRIEFING),
        table=_table(draft, month) if previewed else None,
        findings=drafting.sheet_problems(changes.layout_of(draft.after).sheets, laid),
        drafting=drafting,
        by_name=_shown,
        source=DEFAULT.sheet(draft.base.source).tab if draft.base.source else "",
    )


def _lines(draft: Draft) -> list[Line]:
    typed = draft.typed
    whole = changes.with_free(draft.base, {"free": typed.free})
    known, twins = {c.key: c for c in whole.columns}, {c.key: c for c in whole.twin}
    front = changes.pinned(whole.columns)
    order = [*front, *(k for k in changes.ordered(list(known), typed.order) if k not in front)]
    return [
        Line(
            key,
            plain_head(column),
            "／".join(
                unbroken(typed.groups.get("/".join(column.head[: n + 1]), head))
                for n, head in enumerate(column.head[:-1])
            ),
            _shown(typed.heads.get(key, column.head[-1])),
            _shown(typed.twins.get(key, twins[key].head[-1])) if key in twins and not column.locked else None,
            typed.widths.get(key, f"{column.width:g}"),
            column.locked or key in typed.visible,
            column.locked,
            key in front,
            column.optional and not column.blank,
            column.blank,
        )
        for key in order
        for column in (known[key],)
    ]


def _shown(head: str) -> str:
    """A head with what is put into it called as an office calls it; line breaks stay."""
    return "\n".join(unbroken(part) for part in head.split("\n"))


def _filters(draft: Draft) -> list[tuple[Filter, tuple[str, ...]]]:
    return [(one, tuple(draft.typed.filters.get(one.name, ()))) for one in FILTERS.get(draft.base.source, ())]


# -------------------------------------------------------------------------------------------------------------- preview


def _months() -> list[Month]:
    newest = Month.of(web.today())
    return [newest.shifted(-n) for n in range(MONTHS_OFFERED)]


def _previewed() -> tuple[Month, bool]:
    """The month to show the draft on, and whether it is asked for."""
    text = request.values.get("month", "")
    asked = request.form.get("do") == "preview" or bool(request.values.get("preview"))
    months = _months()
    return next((month for month in months if str(month) == text), months[1]), asked


def _table(draft: Draft, month: Month) -> list[list[preview.Shown]]:
    """The table as it would be printed; for one who may not read the briefing with its heads alone."""
    sheet = draft.sheet
    if sheet.rows_of not in render.BUILDERS:
        return []
    if policy.can(web.actor(), Act.SEE_BRIEFING):
        briefing = briefing_facts.facts(month)
    else:
        briefing = Briefing(month=month, frozen_at=web.now(), office=Office(web.config().zone_name, ""))
    return preview.table(render.built(briefing, sheet, changes.layout_of(draft.after)))


# ------------------------------------------------------------------------------------------------------------- versions


@views.post("/<sheet>/remove")
def remove_sheet(sheet: str) -> Response:
    """Take out a table of the office's own."""
    document, newest = _stored()
    if sheet not in {one["key"] for one in document.get("custom", ())}:
        raise NotFound(_("没有这张表，可能已被删去。"))
    _keep(document, changes.without_custom(document, sheet), "", _number(newest))
    flash(_("已删去这张表；要找回，可以回到以前的版本。"))
    return web.see_other("briefing_layout.index")


@views.get("/versions/<int:number>")
def version(number: int) -> Response:
    """What a version changed against the one before, and against what is in force."""
    row, before = _version(number), _version(number - 1) if number > 1 else None
    document, newest = _stored()
    return web.page(
        "briefing_layout/version.html",
        version=row,
        newest=newest,
        against_before=changes.differences(before.changes if before else {}, row.changes),
        against_now=changes.differences(document, row.changes),
        sheets=(sheets := changes.layout_of(row.changes).sheets),
        printed={one.key: "、".join(plain_head(c) for c in one.columns if c.visible) for one in sheets},
        points=drafting.points,
    )


@views.post("/versions/<int:number>/restore")
def restore(number: int) -> Response:
    """Go back to a version, or with 0 to the default: as one more version."""
    document, newest = _stored()
    after = dict(_version(number).changes) if number else {}
    words = f"恢复第{number}版" if number else "恢复默认版式"
    try:
        row = _keep(document, after, words, _number(newest))
    except CrmError as refusal:
        web.session().rollback()
        flash(translated(refusal.message), "warning")
        return web.see_other("briefing_layout.index")
    flash(_("已恢复，存为第 %(n)d 版。", n=row.number))
    return web.see_other("briefing_layout.index")


def _version(number: int) -> BriefingLayout:
    row = web.session().scalars(queries.layouts().where(BriefingLayout.number == number)).one_or_none()
    if row is None:
        raise NotFound(_("没有这一版。"))
    return row
