"""口径与目标: what the office sets for itself, its targets, rates and calendar, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import settings as actions
from crm.choices import Currency, Indicator
from crm.errors import NotFound, RuleBroken
from crm.forms.base import HouseForm
from crm.forms.settings import DayForm, NoticeForm, RateForm, settings_form, targets_form
from crm.models import Unit
from crm.policy import Act
from crm.queries import settings as queries
from crm.rules.holidays import read_notice
from crm.rules.targets import Aim, Check, check, said
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
    """The targets of a year: of the zone and its teams or (`unit`) of a team and its people."""
    year, session = _year(), web.session()
    units = session.scalars(queries.units_with_targets()).all()
    team = next((unit for unit in units if unit.id == lists.number("unit")), None)
    whose = _whose(units, team, year)
    stored = {aim: row.value for aim, row in queries.targets(session, year).items()}
    form = targets_form([(unit_id, officer_id) for unit_id, officer_id, _name in whose], stored)
    if form.validate_on_submit():
        try:
            changed = actions.set_targets(session, web.actor(), year, form.draft(), form.reason.data or "", web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            session.commit()
            flash(_("已保存 %(year)d 年目标，改动 %(n)d 项。", year=year, n=changed) if changed else _("没有改动。"))
            return web.see_other("settings.targets", year=year, unit=team.id if team else None)
    return _page(
        "targets",
        form,
        year=year,
        team=team,
        units=units,
        whose=whose,
        indicators=list(Indicator),
        checks=_checks(whose, stored) if len(whose) > 1 else [],
        said=said,
        changes=session.execute(queries.target_changes(year)).all(),
    )


def _whose(units: Sequence[Unit], team: Unit | None, year: int) -> list[tuple[int, int | None, str]]:
    """(unit, person, name) of every line of the page, the whole before its parts."""
    if team is None:
        return [(unit.id, None, unit.name) for unit in sorted(units, key=lambda unit: unit.parent_id is not None)]
    people = queries.officers(web.session(), team.id, year) if team.parent_id is not None else []
    return [(team.id, None, team.name), *((team.id, person.id, person.name) for person in people)]


def _checks(whose: Sequence[tuple[int, int | None, str]], stored: Mapping[Aim, int]) -> list[Check]:
    """The sums of the parts beside the whole, as they are kept."""
    first, *rest = [(unit_id, officer_id) for unit_id, officer_id, _name in whose]

    def of(one: tuple[int, int | None], indicator: Indicator) -> int | None:
        return stored.get(Aim(one[0], indicator, one[1]))

    return [check(indicator, of(first, indicator), [of(one, indicator) for one in rest]) for indicator in Indicator]


@views.post("/targets/copy")
def copy_targets() -> Response:
    """Last year's targets for everybody who has none of this year yet."""
    year = _year()
    copied = actions.copy_targets(web.session(), web.actor(), year, web.now())
    web.session().commit()
    if copied:
        flash(_("已沿用 %(last)d 年的目标 %(n)d 项；%(year)d 年已设的没有动。", last=year - 1, year=year, n=copied))
    else:
        flash(_("没有可沿用的目标：%(last)d 年没有设，或者 %(year)d 年都已设好。", last=year - 1, year=year), "warning")
    return web.see_other("settings.targets", year=year)


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
