"""月度填报: one page for all of one's key projects, and the page of those who check and verify them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import files
from crm.actions import monthly as actions
from crm.choices import ReportState
from crm.errors import Clash, CrmError, NotAllowed, NotFound, RuleBroken
from crm.forms.monthly import EntryForm, ReturnForm, values_of
from crm.models import MonthlyReport
from crm.policy import Act
from crm.queries import monthly as queries
from crm.queries import settings as office
from crm.queries.monthly import Line
from crm.queries.totals.basis import Basis
from crm.rules import monthly as rules
from crm.rules.days import Month
from crm.rules.figures import percent, signed, yi
from crm.rules.monthly import EDITABLE
from crm.rules.schedule import schedule_share
from crm.views import lists, months, web

views = Blueprint("monthly", __name__, url_prefix="/monthly")
SUBMIT, CHECK, VERIFY = "submit", "check", "verify"


@dataclass
class Row:
    """A line of the page: what is known of the project, and the form of what may still be filled in."""

    line: Line
    form: EntryForm
    is_open: bool

    @property
    def completion(self) -> str:
        """1—n月 with what was filled in, of the year's plan."""
        return percent(self.line.completion)

    @property
    def faults(self) -> int:
        """How many fields are to be mended."""
        return len(self.form.error_links()) + len(self.form.form_errors)


def asked(basis: Basis) -> Month:
    """?month=, else the month that is to be filled in now."""
    if request.args.get("month"):
        return months.asked()
    return rules.running(web.today(), web.settings(), basis.calendar)


def _basis() -> Basis:
    return office.basis(web.session(), web.today())


def _lines(act: Act, month: Month, basis: Basis) -> list[Line]:
    return queries.lines(web.session(), web.actor(), act, month, basis)


# --------------------------------------------------------------------------------------------------------------- filling


@views.get("")
def fill() -> Response:
    """My key projects of the month with last month's values beside; `?carry=1` begins with last month's words."""
    policy.ensure(web.actor(), Act.FILE_MONTH)
    basis = _basis()
    month = asked(basis)
    lock = queries.lock_of(web.session(), month)
    carry = request.args.get("carry") == "1"
    rows = [_row(line, lock is None, carry) for line in _lines(Act.FILE_MONTH, month, basis)]
    return _fill_page(month, basis, rows, lock)


def _row(line: Line, unlocked: bool, carry: bool = False) -> Row:
    is_open = unlocked and (line.state is None or line.state in EDITABLE)
    values = values_of(line.report, line.last if carry and is_open else None)
    return Row(line, EntryForm.of(line.project.id, formdata=None, **values), is_open)


def _fill_page(month: Month, basis: Basis, rows: Sequence[Row], lock: Any, status: int = 200) -> Response:
    settings = web.settings()
    owed = [row for row in rows if row.line.owed]
    return web.page(
        "monthly/fill.html",
        status,
        month=month,
        months=months.offered(month),
        rows=rows,
        lock=lock,
        opens_on=rules.opens_on(month, settings),
        due_on=rules.due_on(month, settings, basis.calendar),
        due_share=percent(schedule_share(month.number)),
        handed_in=sum(row.line.state not in (None, *EDITABLE) for row in owed),
        owed=len(owed),
        faulty=sum(bool(row.faults) for row in rows),
        sums=queries.sums([row.line for row in rows if not row.faults]),
        percent=percent,
        signed=signed,
        deviation=lambda row: signed(row.line.deviation),
        yi=yi,
        may_check=policy.can(web.actor(), Act.CHECK_MONTH),
        previous=month.shifted(-1),
        following=month.shifted(1),
    )


@views.post("")
def keep() -> Response:
    """Keep every row that can be read; with `deed=submit` hand in those that are whole. Each row stands for itself."""
    policy.ensure(web.actor(), Act.FILE_MONTH)
    basis = _basis()
    month, session = asked(basis), web.session()
    wants = request.form.get("deed") == SUBMIT
    lock = queries.lock_of(session, month)
    rows, kept, handed_in = [], 0, 0
    for line in _lines(Act.FILE_MONTH, month, basis):
        if lock is not None or line.state not in (None, *EDITABLE):
            rows.append(_row(line, lock is None))
            continue
        form = EntryForm.of(line.project.id)
        is_kept, is_in = _take(line, form, month, wants) if form.validate() else (False, False)
        kept, handed_in = kept + is_kept, handed_in + is_in
        rows.append(Row(line, form, True))
    session.commit()
    if lock is None and any(row.faults for row in rows):
        if kept:
            flash(_("已保存 %(n)d 个，其中提交 %(m)d 个；其余的请按提示修改。", n=kept, m=handed_in), "warning")
        fresh = {line.project.id: line for line in _lines(Act.FILE_MONTH, month, basis)}
        return _fill_page(month, basis, [_anew(row, fresh) for row in rows], lock, 422)
    if lock is not None:
        flash(_("%(month)s的填报已锁定，没有保存。", month=month.label), "warning")
    elif wants:
        flash(_("已提交 %(n)d 个，等待审核；核定前不计入统计。", n=handed_in))
    else:
        flash(_("草稿已保存，还没有提交。"))
    return web.see_other("monthly.fill", month=str(month))


def _anew(row: Row, fresh: dict[int, Line]) -> Row:
    """The row as it now stands: faulty ones keep what was typed, sound ones show what was kept."""
    line = fresh.get(row.line.project.id, row.line)
    if row.faults:
        row.line = line
        row.form.version.raw_data, row.form.version.data = None, str(line.report.version) if line.report else ""
        return row
    return _row(line, True)


def _take(line: Line, form: EntryForm, month: Month, wants: bool) -> tuple[bool, bool]:
    """(kept, handed in): a row left blank that was blank is passed over; a refusal goes to its field."""
    session, actor, now = web.session(), web.actor(), web.now()
    entry, photos = form.entry(), form.photos()
    if entry.is_blank and line.report is None and not photos:
        return False, False
    try:
        with session.begin_nested():
            for upload in photos:
                files.attach(session, actor, line.project, upload, web.config().files_dir, now)
            report = actions.save(session, actor, line.project, month, entry, form.seen(), web.settings(), now)
    except (RuleBroken, Clash, NotAllowed) as refusal:
        _refuse(form, refusal)
        return False, False
    if not wants:
        return True, False
    known = replace(line.known, photos=line.known.photos + len(photos))
    try:
        with session.begin_nested():
            actions.submit(session, actor, report, known, bool(form.confirmed.data), now)
    except (RuleBroken, Clash, NotAllowed) as refusal:
        _refuse(form, refusal)
        return True, False
    return True, True


def _refuse(form: EntryForm, refusal: CrmError) -> None:
    form.refuse(refusal if isinstance(refusal, RuleBroken) else RuleBroken(refusal.message))


# -------------------------------------------------------------------------------------------------- checking, verifying


@views.get("/review")
def review() -> Response:
    """What was filled in, for those who check and verify; what was not, by name."""
    policy.ensure(web.actor(), Act.CHECK_MONTH)
    return _review(ReturnForm(formdata=None))


def _review(form: ReturnForm, returning: int | None = None, status: int = 200) -> Response:
    basis = _basis()
    month = asked(basis)
    found = _lines(Act.CHECK_MONTH, month, basis)
    owed = [line for line in found if line.owed or line.report]
    wanted = lists.word("state", ReportState)
    missing = [line for line in owed if line.state in (None, *EDITABLE)]
    lines = [line for line in owed if line.state not in (None, *EDITABLE) and wanted in (None, line.state)]
    lines.sort(key=lambda line: line.state is ReportState.VERIFIED)  # what waits comes first
    lock, may_verify = queries.lock_of(web.session(), month), policy.can(web.actor(), Act.VERIFY)
    waiting = (ReportState.REPORTED, ReportState.CHECKED) if may_verify else (ReportState.REPORTED,)
    return web.page(
        "monthly/review.html",
        status,
        month=month,
        months=months.offered(month),
        lock=lock,
        due_on=rules.due_on(month, web.settings(), basis.calendar),
        counts=[(state, sum(line.state is state for line in owed)) for state in ReportState if state not in EDITABLE],
        wanted=wanted,
        lines=lines,
        missing=missing,
        may_verify=may_verify,
        open_ids=set() if lock else {line.report.id for line in lines if line.report and line.state in waiting},
        yi=yi,
        sums=queries.sums(lines),
        completion=lambda line: percent(line.completion),
        deviation=lambda line: signed(line.deviation),
        doubts=lambda line: [sentence for _field, sentence in rules.doubts(_entry(line.report), line.known)],
        form=form,
        returning=returning,
    )


def _entry(report: MonthlyReport) -> rules.Entry:
    return rules.Entry(**{field: getattr(report, field) for field in actions.FIELDS})


@views.post("/review")
def decide() -> Response:
    """Check or verify what was ticked: those that can be, the others stay and say why."""
    deed = request.form.get("deed", "")
    act = Act.VERIFY if deed == VERIFY else Act.CHECK_MONTH
    policy.ensure(web.actor(), act)
    session, done, left = web.session(), 0, dict[str, int]()
    work = actions.verify if deed == VERIFY else actions.check
    for report in queries.reports_by_id(session, web.actor(), act, _ticked()):
        try:
            with session.begin_nested():
                work(session, web.actor(), report, web.now())
            done += 1
        except (Clash, RuleBroken, NotAllowed) as refusal:
            left[str(refusal.message)] = left.get(str(refusal.message), 0) + 1
    session.commit()
    if done:
        flash(_("已核定 %(n)d 份。", n=done) if deed == VERIFY else _("已审核 %(n)d 份，转综合统计核定。", n=done))
    for sentence, count in left.items():
        flash(_("%(n)d 份没有办：%(why)s", n=count, why=sentence), "warning")
    if not (done or left):
        flash(_("请先勾选要办的填报。"), "warning")
    return web.see_other("monthly.review", month=request.args.get("month"), state=request.args.get("state"))


def _ticked() -> list[int]:
    return [key for typed in request.form.getlist("ids") if (key := lists.key(typed)) is not None]


@views.post("/<int:report_id>/return")
def give_back(report_id: int) -> Response:
    """Return one with a reason."""
    policy.ensure(web.actor(), Act.CHECK_MONTH)
    session, form = web.session(), ReturnForm()
    found = queries.reports_by_id(session, web.actor(), Act.CHECK_MONTH, [report_id])
    if not found:
        raise NotFound
    if not form.validate():
        return _review(form, report_id, 422)
    try:
        actions.give_back(session, web.actor(), found[0], form.reason.data or "", web.now())
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(refusal)
        return _review(form, report_id, 422)
    session.commit()
    flash(_("已退回“%(name)s”的填报。", name=found[0].project.name))
    return web.see_other("monthly.review", month=request.args.get("month"), state=request.args.get("state"))
