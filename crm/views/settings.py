"""口径与目标: what the office sets for itself, its targets, rates and calendar, and who changed what."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import settings as actions
from crm.choices import Currency
from crm.errors import NotFound, RuleBroken
from crm.forms.base import HouseForm
from crm.forms.settings import DayForm, NoticeForm, RateForm, settings_form, target_cells, targets_form
from crm.policy import Act
from crm.queries import settings as queries
from crm.rules.holidays import read_notice
from crm.views import lists, web

views = Blueprint("settings", __name__, url_prefix="/settings")
YEARS = range(2000, 2101)


def _page(template: str, form: HouseForm, **context: Any) -> Response:
    return web.page(f"settings/{template}.html", 422 if form.is_submitted() else 200, form=form, **context)


@views.before_request
def _only_those_who_may() -> None:
    policy.ensure(web.actor(), Act.MANAGE_SETTINGS)


@views.route("", methods=["GET", "POST"])
def index() -> Response:
    """Thresholds, what counts, the office's names."""
    form = settings_form(queries.current(web.session()))
    if form.validate_on_submit():
        try:
            changed = actions.change(web.session(), web.actor(), form.draft(), web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已保存，改动 %(n)d 项。", n=len(changed)) if changed else _("没有改动。"))
            return web.see_other("settings.index")
    return _page("index", form)


def _year() -> int:
    text = request.args.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() else web.today().year
    if year not in YEARS:
        raise NotFound(_("没有这一年的设置。"))
    return year


@views.route("/targets", methods=["GET", "POST"])
def targets() -> Response:
    """The targets of a year, of the zone and of its teams."""
    year, session = _year(), web.session()
    units = session.scalars(queries.units_with_targets()).all()
    stored = {(row.unit_id, row.indicator): row.value for row in queries.targets(session, year)}
    form = targets_form(target_cells(units), stored)
    if form.validate_on_submit():
        changed = actions.set_targets(session, web.actor(), year, form.draft(), web.now())
        session.commit()
        flash(_("已保存 %(year)d 年目标，改动 %(n)d 项。", year=year, n=changed) if changed else _("没有改动。"))
        return web.see_other("settings.targets", year=year)
    return _page("targets", form, year=year, units=units)


@views.route("/rates", methods=["GET", "POST"])
def rates() -> Response:
    """Exchange rates: the list, and another one."""
    form = RateForm(data={"rate_on": web.today(), "currency": Currency.USD})
    if form.validate_on_submit():
        try:
            actions.set_rate(web.session(), web.actor(), form.draft(), web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已登记汇率。"))
            return web.see_other("settings.rates")
    rows, turn = lists.turned(queries.rates(), queries.RATES)
    return _page("rates", form, rates=rows, turn=turn, address=lists.address)


@views.route("/calendar", methods=["GET", "POST"])
def calendar() -> Response:
    """Holidays and weekends worked."""
    year, form = _year(), DayForm()
    if form.validate_on_submit():
        draft = form.draft()
        try:
            actions.set_day(web.session(), web.actor(), draft, web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已登记 %(day)s。", day=draft.day.isoformat()))
            return web.see_other("settings.calendar", year=draft.day.year)
    return _calendar(year, form, NoticeForm(formdata=None))


def _calendar(year: int, form: DayForm, notice: NoticeForm) -> Response:
    days = web.session().scalars(queries.holidays(year)).all()
    status = 422 if form.is_submitted() else 200
    return web.page("settings/calendar.html", status, form=form, notice=notice, year=year, days=days)


@views.post("/calendar/paste")
def paste_calendar() -> Response:
    """The days of a whole notice at once."""
    year, form = _year(), NoticeForm()
    if form.validate_on_submit():
        try:
            days = read_notice(form.text.data or "", year)
            changed = actions.set_days(web.session(), web.actor(), days, web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("读出 %(n)d 天，改动 %(changed)d 天。", n=len(days), changed=changed))
            return web.see_other("settings.calendar", year=days[-1].day.year)
    return _calendar(year, DayForm(formdata=None), form)


@views.post("/calendar/<day>/clear")
def clear_day(day: str) -> Response:
    """Take a day back to the ordinary week."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound(_("“%(text)s”不是日期。", text=day)) from error
    actions.clear_day(web.session(), web.actor(), wanted, web.now())
    web.session().commit()
    flash(_("已取消 %(day)s 的登记。", day=day))
    return web.see_other("settings.calendar", year=wanted.year)


@views.get("/changes")
def changes() -> Response:
    """Who changed what, the newest first."""
    return web.page("settings/changes.html", changes=web.session().execute(queries.changes()).all())
