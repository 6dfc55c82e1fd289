"""业绩榜: teams and people by verified results, and beside it their work; every cell leads to what it is the sum of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flask import Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.choices import Labelled
from crm.errors import NotFound
from crm.models import Project, Unit, User
from crm.policy import Act, Scope
from crm.queries import settings
from crm.queries.totals import FIGURES, Figure
from crm.queries.totals import Unit as Measure
from crm.queries.totals.basis import Basis
from crm.queries.totals.credits import EFFORTS, RESULTS, Earned, Ranked, Standing, boards, earned, may_see_person
from crm.queries.totals.rates import rated
from crm.rules.days import Month, Period
from crm.rules.figures import percent, printed, wan, yi
from crm.views import lists, months, web
from crm.views.figures import XLSX, Cell, totals_of
from crm.views.left_out import views
from reports.catalogue import build

__all__ = ["views"]


class Span(Labelled):
    """The days a leaderboard speaks of; the word stands in the address."""

    MONTH = "month", "本月"
    QUARTER = "quarter", "本季度"
    YEAR = "year", "今年累计"


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    month: Month
    span: Span
    by: str  # the figure that ranks

    @property
    def period(self) -> Period:
        """The days up to the month's end."""
        if self.span is Span.QUARTER:
            return Period(Month(self.month.year, (self.month.number - 1) // 3 * 3 + 1).first, self.month.last)
        return Period.month(self.month) if self.span is Span.MONTH else Period.year_to(self.month)

    @property
    def words(self) -> str:
        """2022年9月, 2022年7—9月."""
        first, last = self.period.first, self.period.last
        if first.month == last.month:
            return self.month.label
        return str(_("%(year)d年%(first)d—%(last)d月", year=last.year, first=first.month, last=last.month))


def asked() -> Asked:
    """What the address asks; the year's standing by signed total unless it says otherwise."""
    by = request.args.get("by", "signed_total_yuan")
    return Asked(months.asked(), lists.word("span", Span) or Span.YEAR, by if by in RESULTS else "signed_total_yuan")


def basis() -> Basis:
    """What counts, as known today."""
    return settings.basis(web.session(), web.today())


def said(figure: Figure, value: Fraction | int) -> str:
    """A part of a figure as it is printed: 亿元 and 万美元, a number with the tenths a shared project leaves."""
    exact = Fraction(value)
    if figure.unit is Measure.YUAN:
        return yi(round(exact))
    if figure.unit is Measure.USD:
        return wan(round(exact))
    return printed(exact, 0 if exact.denominator == 1 else 1)


@views.get("/standings")
@web.elsewhere
def standing() -> Response:
    """The board of teams for every reader of figures, of people as far as he may see them."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    question = asked()
    teams, people = _boards(question)
    return web.page(
        "figures/standings.html",
        asked=question,
        month=question.month,
        months=months.offered(question.month),
        Span=Span,
        figures=[FIGURES[key] for key in RESULTS],
        kinds=EFFORTS,
        boards=(("unit", _("招商组"), teams), ("person", _("个人"), people)),
        cell=lambda figure, line, what: _cell(question, figure, line.standing, what),
        percent=percent,
        said=said,
        ranked_by=FIGURES[question.by],
        printed=printed,
        own_only=policy.scope(web.actor(), Act.SEE_STANDING) is Scope.OWN,
        mine={"unit": web.actor().unit_id, "person": web.actor().id},
    )


def _boards(question: Asked) -> tuple[list[Ranked], list[Ranked]]:
    """(teams, people); a person keeps the rank among all, whoever looks."""
    year = question.month.year if question.span is Span.YEAR else None
    teams, people = boards(web.session(), basis(), question.period, question.by, year)
    return teams, [line for line in people if may_see_person(web.actor(), line.standing)]


def _cell(question: Asked, figure: Figure, one: Standing, what: str) -> Cell:
    value = one.results[figure.key]
    if not value:
        return Cell(said(figure, 0))
    address = url_for(
        "figures.standing_rows",
        of=figure.key,
        month=str(question.month),
        span=question.span,
        unit=one.id if what == "unit" else None,
        person=one.id if what == "person" else None,
    )
    return Cell(said(figure, value), address)


# --------------------------------------------------------------------------------------------------- the rows behind a cell


@views.get("/standings/rows")
@web.elsewhere
def standing_rows() -> Response:
    """What a team or a person was credited with: the projects the reader may see, the sum of those he may not."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    question, figure = asked(), FIGURES.get(request.args.get("of", ""))
    if figure is None or figure.key not in RESULTS:
        raise NotFound(_("没有这个指标。"))
    whose, mine = _whose()
    found = [one for one in earned(web.session(), basis(), question.period, (figure.key,)) if mine(one)]
    visible = _visible({one.project_id for one in found})
    shown = [one for one in found if one.project_id in visible]
    hidden = [one for one in found if one.project_id not in visible]
    return web.page(
        "figures/standing_rows.html",
        asked=question,
        month=question.month,
        months=months.offered(question.month),
        figure=figure,
        whose=whose,
        rows=[(visible[one.project_id], one, percent(one.credit, 0), said(figure, one.amount), said(figure, one.worth))
              for one in shown],
        total=said(figure, sum((one.worth for one in found), Fraction(0))),
        hidden=len({one.row_id for one in hidden}),
        hidden_total=said(figure, sum((one.worth for one in hidden), Fraction(0))),
    )  # fmt: skip


def _whose() -> tuple[str, Callable[[Earned], bool]]:
    """(name, which earnings are meant); a person whose standing is not the reader's to see is not found."""
    unit, person = lists.key(request.args.get("unit", "")), lists.key(request.args.get("person", ""))
    session = web.session()
    if person is not None and (user := session.get(User, person)) is not None:
        if may_see_person(web.actor(), Standing(user.id, user.name, user.unit_id)):
            return user.name, lambda one: one.user_id == user.id
    elif unit is not None and (team := session.get(Unit, unit)) is not None:
        return team.short_name, lambda one: one.unit_id == team.id
    raise NotFound(_("没有找到，或者不在你的可见范围。"))


def _visible(ids: set[int]) -> dict[int, Project]:
    """The projects among them that the reader may see; one statement."""
    rows = select(Project).where(Project.id.in_(sorted(ids)), policy.project_rows(web.actor(), Act.SEE_PROJECT))
    return {project.id: project for project in web.session().scalars(rows)} if ids else {}


# ---------------------------------------------------------------------------------------------------------------- 通报


@views.get("/standings/notice.xlsx")
@web.elsewhere
def standing_notice() -> Response:
    """通报 as a workbook: the rates, the teams, and the people as far as the reader may see them."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    question, zone = asked(), web.config().zone_name
    teams, people = _boards(question)
    rates = rated(totals_of(question.month))
    by, last = FIGURES[question.by], question.period.last
    data = build("notice", question.words, last, by, teams, people, rates, zone, web.now())
    name = _("%(zone)s招商业绩通报（%(month)s）.xlsx", zone=zone, month=question.words)
    return web.download(data, name, XLSX)
