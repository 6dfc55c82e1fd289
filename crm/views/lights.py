"""亮灯: the board of key projects by month, one project's history, a light set by hand, and letters about red ones.

The light of a month whose briefing is checked or issued is the one that was frozen, whatever is known since; where today's
figures would say another, the page says so. Open months are computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import undefer

from crm import policy
from crm.actions import letters as letter_actions
from crm.actions import lights as actions
from crm.choices import BriefingState, KeyList, Light
from crm.errors import Clash, NotAllowed, NotFound, RuleBroken
from crm.forms.lights import LightForm
from crm.language import translated
from crm.models import BriefingIssue, Project, SupervisionLetter
from crm.policy import Act
from crm.queries import lights as queries
from crm.queries import settings as office
from crm.queries.keyset import Key
from crm.queries.lights import Lit, Row
from crm.queries.projects import visible_to
from crm.queries.totals.basis import Basis
from crm.rules import lights as rules
from crm.rules.action_items import number_words
from crm.rules.days import FIRST_YEAR, LAST_YEAR, Month
from crm.rules.figures import percent, signed
from crm.rules.monthly import owes
from crm.rules.schedule import share
from crm.views import lists, web
from crm.views.briefings import month_of
from reports.briefing import codec
from reports.briefing.facts import KeyProject

views = Blueprint("lights", __name__)
PAGE = 100  # rows of the board at once
# The order of the board: how grave (0 the gravest), how far behind in tenths of a point, name, number.
ORDER = (Key(None, int), Key(None, int), Key(None, str), Key(None, int))


@dataclass(frozen=True)
class Cell:
    """A project's light of a month: what holds, what was computed, why. `live` is today's computation, None where the project
    stands on no list by today's knowledge; `by_hand` says why and by whom another light holds."""

    month: Month
    light: Light
    system: Light
    reasons: Sequence[str]
    deviation: Decimal | None
    plan_yuan: int | None
    done_yuan: int | None
    closed: BriefingState | None = None
    live: Lit | None = None
    by_hand: str = ""
    is_reported: bool = True
    letter: SupervisionLetter | None = None

    @property
    def words(self) -> str:
        """绿, or 系统绿→人工黄."""
        return rules.both(self.system, self.light) if self.is_set else rules.named(self.light)

    @property
    def short(self) -> str:
        """绿, or 绿→黄."""
        return f"{self.system.label}→{self.light.label}" if self.is_set else self.light.label

    @property
    def is_set(self) -> bool:
        """Somebody set another light than was computed."""
        return self.system is not self.light

    @property
    def now(self) -> Light | None:
        """What today's figures would say of a closed month, where that is another light."""
        if self.closed is None or self.live is None:
            return None
        return self.live.verdict.light if self.live.verdict.light is not self.system else None

    @property
    def completion(self) -> Fraction | None:
        """年度完成率."""
        return share(self.done_yuan, self.plan_yuan)

    @property
    def cause(self) -> str:
        """Why it is as it is, for a letter."""
        by_hand = "；".join((rules.both(self.system, self.light), self.by_hand)) if self.is_set else ""
        return rules.letter_cause(self.month, self.plan_yuan, self.done_yuan, self.reasons, by_hand)


@dataclass(frozen=True)
class Frozen:
    """What the briefing of a month says of its key projects, by number."""

    state: BriefingState
    rows: Mapping[int, KeyProject]


def _frozen(year: int) -> dict[Month, Frozen]:
    """The closed months of a year; one statement."""
    rows = select(BriefingIssue).where(BriefingIssue.year == year, BriefingIssue.state != BriefingState.DRAFT)
    found = web.session().scalars(rows.options(undefer(BriefingIssue.facts)))
    return {
        Month.of(issue.month): Frozen(issue.state, {row.key: row for row in codec.key_projects(issue.facts) if row.key})
        for issue in found
    }


def _cells(ids: Sequence[int], until: Month, basis: Basis) -> Mapping[int, list[Cell | None]]:
    """The lights of some projects, January to a month, as they are shown; nine statements."""
    session, values = web.session(), web.settings()
    live = queries.lit(session, basis, ids, until, values.thresholds)
    frozen, handed_in = _frozen(until.year), queries.reported(session, ids, until.year)
    sent = {(row.project_id, row.month): row for row in queries.letters(session, ids, until)}
    found: dict[int, list[Cell | None]] = {}
    for key in ids:
        row = live.get(key) or [None] * until.number
        found[key] = []
        for month, one in zip(queries.months_to(until), row, strict=True):
            closed = frozen.get(month)
            cell = (
                _kept(closed, closed.rows.get(key), month, one) if closed else _computed(one, (key, month) in handed_in)
            )
            found[key].append(replace(cell, letter=sent.get((key, month.first))) if cell else None)
    return found


def _kept(closed: Frozen, row: KeyProject | None, month: Month, live: Lit | None) -> Cell | None:
    if row is None:
        return None
    return Cell(
        month, row.light, row.system_light or row.light, row.light_reasons, row.deviation, row.plan_yuan, row.done_yuan,
        closed.state, live, "，".join(part for part in (row.light_note, row.light_by) if part), row.reported,
    )  # fmt: skip


def _computed(one: Lit | None, handed_in: bool) -> Cell | None:
    """Of a month that still runs nothing is owed yet."""
    if one is None:
        return None
    placed, standing, made = one.placed, one.placed.standing, one.override
    owed = one.month.last < web.today() and owes(standing.planned_start_on, standing.started_on, one.month)
    return Cell(
        one.month, one.light, one.verdict.light, one.verdict.reasons, standing.deviation_points,
        placed.plan.planned_yuan if placed.plan else None, placed.done_yuan, None, one,
        f"{made.reason}，{made.by.name}" if made else "", handed_in or not owed,
    )  # fmt: skip


def _year() -> int:
    """?year=, else the year of the last complete month."""
    asked = lists.number("year")
    if asked is None:
        return Month.of(web.today()).shifted(-1).year
    if not FIRST_YEAR <= asked <= LAST_YEAR:
        raise NotFound(_("没有这一年的亮灯。"))
    return asked


def _until(year: int) -> Month:
    """The month that runs, or December of a year gone by."""
    newest = Month.of(web.today())
    return newest if year == newest.year else Month(year, 12)


# ----------------------------------------------------------------------------------------------------------------- the board


@views.get("/lights")
@web.elsewhere
def board() -> Response:
    """Key projects by the months of a year, narrowed by list, unit, and the light of a month; always so many statements."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    session, actor, year = web.session(), web.actor(), _year()
    if year > web.today().year:
        return _ahead(year)
    until, basis = _until(year), office.basis(session, web.today(), web.settings())
    key_list, light = KeyList.known(request.args.get("list", "")), Light.known(request.args.get("light", ""))
    rows = queries.board(session, actor, year, key_list, lists.number("unit"))
    cells = _cells([row.id for row in rows], until, basis)
    months = queries.months_to(until)
    month = _month_asked(months)
    shown = [row for row in rows if any(cells[row.id])]
    counts = {one: Counter(cell.light for row in shown if (cell := cells[row.id][one.number - 1])) for one in months}
    found = [row for row in shown if light is None or _bears(cells[row.id], month, light)]
    listed, turn = lists.turned_whole(found, lambda row: _gravest_first(cells[row.id], month, row), ORDER, PAGE)
    return web.page(
        "lights/board.html",
        year=year,
        years=range(web.today().year, max(FIRST_YEAR, web.today().year - 5), -1),
        months=months,
        month=month,
        rows=listed,
        turn=turn,
        total=len(shown),
        cells=cells,
        counts=counts,
        lights=_lights_shown(counts),
        closed={cell.month: cell.closed for row in cells.values() for cell in row if cell and cell.closed},
        key_list=key_list,
        key_lists=list(KeyList),
        unit=lists.number("unit"),
        units=queries.units(session, actor, year),
        light=light,
        address=lists.address,
        signed=signed,
        named=rules.named,
    )


def _month_asked(months: Sequence[Month]) -> Month:
    """?month= of the year shown, else its last complete month."""
    asked = {str(month): month for month in months}.get(request.args.get("month", ""))
    complete = [month for month in months if month.last < web.today()]
    return asked or (complete or list(months))[-1]


def _bears(row: Sequence[Cell | None], month: Month, light: Light) -> bool:
    cell = row[month.number - 1]
    return cell is not None and cell.light is light


def _gravest_first(row: Sequence[Cell | None], month: Month, named: Row) -> tuple[int, int, str, int]:
    """By what ORDER is made of; who stands on no list in the month comes last."""
    cell, name = row[month.number - 1], "".join(filter(str.isprintable, named.name))
    if cell is None:
        return len(rules.GRAVITY), 0, name, named.id
    grave = len(rules.GRAVITY) - 1 - rules.GRAVITY.index(cell.light)
    return grave, int((cell.deviation or Decimal(0)) * 10), name, named.id


def _ahead(year: int, project: Project | None = None) -> Response:
    """A year that has not begun."""
    return web.page("lights/ahead.html", year=year, project=project, this_year=web.today().year, address=lists.address)


def _lights_shown(counts: Mapping[Month, Counter[Light]]) -> list[Light]:
    """The lights in use, and any other that a month of before bears; the gravest first, no light last."""
    used = {*web.settings().thresholds.lights, Light.NONE, *(light for count in counts.values() for light in count)}
    return [*sorted(used - {Light.NONE}, key=rules.GRAVITY.index, reverse=True), Light.NONE]


# --------------------------------------------------------------------------------------------------------------- one project


@views.get("/projects/<int:project_id>/lights")
@web.elsewhere
def history(project_id: int) -> Response:
    """A project's lights of a year, the newest month first, with reasons, what was set by hand and the letters."""
    project, year = _project(project_id), _year()
    return _history(project, year) if year <= web.today().year else _ahead(year, project)


def _project(project_id: int) -> Project:
    return web.one(visible_to(web.actor()).where(Project.id == project_id))


def _history(
    project: Project, year: int, refused: LightForm | None = None, at: Month | None = None, status: int = 200
) -> Response:
    session, actor, until = web.session(), web.actor(), _until(year)
    row = _cells([project.id], until, office.basis(session, web.today(), web.settings()))[project.id]
    cells = [cell for cell in reversed(row) if cell]
    may_set, may_lower = (policy.allows(actor, act, project) for act in (Act.SET_LIGHT, Act.LOWER_LIGHT))
    forms = {
        cell.month: refused
        if refused is not None and cell.month == at
        else LightForm.of(cell.month, offered, formdata=None, seen=cell.live.token if cell.live else "")
        for cell in cells
        if may_set and cell.closed is None and (offered := _offered(cell, may_lower))
    }
    if refused is not None and at is not None and (live := next((c.live for c in cells if c.month == at), None)):
        refused.seen.data = live.token  # the next saving means what is shown now
    past: dict[Month, list[Any]] = {}
    for made in queries.overrides_of(session, project.id, year):
        past.setdefault(Month.of(made.month), []).append(made)
    sent: dict[Month, list[SupervisionLetter]] = {}
    for letter in queries.letters(session, [project.id], Month(year, 12)):
        assert letter.month is not None  # asked by it
        sent.setdefault(Month.of(letter.month), []).append(letter)
    return web.page(
        "lights/history.html",
        status,
        project=project,
        year=year,
        this_year=web.today().year,
        cells=cells,
        forms=forms,
        refused=refused,
        refused_at=at if refused is not None else None,
        past=past,
        letters=sent,
        may_set=may_set,
        may_lower=may_lower,
        sendable=_sendable(cells, sent) if policy.allows(actor, Act.SEND_LETTER, project) else None,
        thresholds=web.settings().thresholds,
        address=lists.address,
        signed=signed,
        percent=percent,
        both=rules.both,
        named=rules.named,
        number_words=number_words,
    )


def _offered(cell: Cell, may_lower: bool) -> tuple[Light, ...]:
    """The lights that may be set in the place of the one that holds: graver ones, by leaders milder ones too."""
    lights = web.settings().thresholds.lights
    return tuple(one for one in lights if one is not cell.light and (may_lower or rules.is_graver(one, cell.light)))


def _sendable(cells: Sequence[Cell], sent: Mapping[Month, Sequence[SupervisionLetter]]) -> Month | None:
    """The month about whose light a letter can be sent today."""
    last = Month.of(web.today()).shifted(-1)
    light = next((cell.light for cell in cells if cell.month == last), Light.NONE)
    waiting = [letter.answer_by_on for found in sent.values() for letter in found if letter.answered_on is None]
    return None if rules.letter_problem(light, last, max(waiting, default=None), web.today()) else last


@views.post("/projects/<int:project_id>/lights/<month>")
def set_light(project_id: int, month: str) -> Response:
    """Set the light of a month by hand."""
    project, asked = _project(project_id), month_of(month, web.today())
    policy.ensure(web.actor(), Act.SET_LIGHT, project)
    form = LightForm.of(asked, web.settings().thresholds.lights)
    status = 422
    if form.validate_on_submit():
        try:
            actions.set_light(web.session(), web.actor(), project, asked, form.wanted(), web.today(), web.now())
        except (Clash, NotAllowed, RuleBroken) as refusal:
            web.session().rollback()
            form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
            status = {Clash: 409, NotAllowed: 403}.get(type(refusal), 422)
        else:
            web.session().commit()
            flash(_("已调整%(month)s的亮灯，系统结果和人工调整会一并列示。", month=asked.label))
            return web.see_other("lights.history", project_id=project_id, year=asked.year, _anchor=f"m{asked.number}")
    return _history(_project(project_id), asked.year, form, asked, status)


@views.post("/projects/<int:project_id>/lights/<month>/withdraw")
def withdraw(project_id: int, month: str) -> Response:
    """Take back what was set by hand."""
    project, asked = _project(project_id), month_of(month, web.today())
    seen = request.form.get("seen", "")
    actions.withdraw(web.session(), web.actor(), project, asked, seen, web.today(), web.now())
    web.session().commit()
    flash(_("已撤销%(month)s的人工调整，按系统结果亮灯。", month=asked.label))
    return web.see_other("lights.history", project_id=project_id, year=asked.year, _anchor=f"m{asked.number}")


@views.post("/projects/<int:project_id>/lights/<month>/letter")
def send_letter(project_id: int, month: str) -> Response:
    """Send a letter about the red light of a month."""
    project, asked = _project(project_id), month_of(month, web.today())
    policy.ensure(web.actor(), Act.SEND_LETTER, project)
    basis = office.basis(web.session(), web.today(), web.settings())
    cell = _cells([project.id], asked, basis)[project.id][-1]
    cause = letter_actions.Cause(asked, cell.light if cell else Light.NONE, cell.cause if cell else "")
    try:
        letter = letter_actions.send(web.session(), web.actor(), project, cause, web.today(), web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        flash(translated(refusal.message), "warning")
        return web.see_other("lights.history", project_id=project_id, year=asked.year, _anchor=f"m{asked.number}")
    web.session().commit()
    flash(_("已编号，可以打印。责任单位、负责人和挂钩领导已收到提醒。"))
    return web.see_other("supervision.letter", letter_id=letter.id)
