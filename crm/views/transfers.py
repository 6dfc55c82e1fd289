"""流转: what is offered to me and by me, one offer with its answer, and making one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import transfers as actions
from crm.choices import TransferState
from crm.errors import NotFound, RuleBroken
from crm.forms.ownership import AnswerForm, TransferForm
from crm.models import Project, Transfer
from crm.policy import Act
from crm.queries import projects
from crm.queries import settings as office
from crm.queries import transfers as queries
from crm.rules.pool import Band, band, shown_name
from crm.rules.transfers import Receiver, may_answer
from crm.views import web
from crm.views.pool import views

__all__ = ["views"]


@dataclass(frozen=True)
class Offer:
    """A transfer as its reader may see it: the whole project, or as little as the pool would show."""

    row: Transfer
    is_visible: bool

    @property
    def name(self) -> str:
        """What the project is called."""
        project = self.row.project
        if self.is_visible:
            return project.name
        industry = project.industry.name if project.industry and not project.is_secret else None
        return shown_name(project.name, project.alias, industry, shows_names=False)

    @property
    def reason(self) -> str:
        """Why it is offered; of a secret project only for those who may see it."""
        return self.row.reason if self.is_visible or not self.row.project.is_secret else ""

    @property
    def band(self) -> Band | None:
        """How large it is."""
        return band(self.row.project.total_yuan) if self.is_visible or not self.row.project.is_secret else None

    @property
    def is_open(self) -> bool:
        """It waits for an answer."""
        return self.row.state is TransferState.PROPOSED and self.row.due_on >= web.today()

    @property
    def may_answer(self) -> bool:
        """The reader may answer it now."""
        actor, row = web.actor(), self.row
        to = Receiver(row.to_unit_id, row.to_user_id, row.project.is_secret)
        return self.is_open and may_answer(actor.id, actor.role, actor.unit_ids, to)

    @property
    def may_withdraw(self) -> bool:
        """The reader may take it back."""
        return self.row.state is TransferState.PROPOSED and self.row.proposed_by_id == web.actor().id


@views.get("/transfers")
def transfers() -> Response:
    """转给我的 and 我转出的; the open ones first."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    sent = request.args.get("show") == "sent"
    found = (queries.sent if sent else queries.received)(web.session(), web.actor())
    offers = [Offer(row, bool(visible)) for row, visible in found]
    return web.page(
        "pool/transfers.html", offers=offers, sent=sent, waiting=queries.waiting(web.session(), web.actor())
    )


@views.get("/transfers/<int:transfer_id>")
def transfer(transfer_id: int) -> Response:
    """One offer, with the answer for those who may give it."""
    return _offer_page(_offer(transfer_id), AnswerForm(formdata=None), 200)


def _offer(transfer_id: int) -> Offer:
    found = queries.find(web.session(), web.actor(), transfer_id)
    if found is None:
        raise NotFound
    return Offer(*found)


def _offer_page(offer: Offer, form: AnswerForm, status: int) -> Response:
    if offer.may_answer:
        staff = queries.staff_of(web.session(), offer.row.to_unit_id)
        form.to_user.fill((person.id, person.name) for person in staff)
        if not form.is_submitted():
            form.to_user.data = offer.row.to_user_id
    return web.page("pool/transfer.html", status, offer=offer, transfer=offer.row, form=form)


@views.post("/transfers/<int:transfer_id>/accept")
def accept(transfer_id: int) -> Response:
    """Take the project over."""
    return _answer(transfer_id, accepts=True)


@views.post("/transfers/<int:transfer_id>/refuse")
def refuse(transfer_id: int) -> Response:
    """Say no."""
    return _answer(transfer_id, accepts=False)


def _answer(transfer_id: int, *, accepts: bool) -> Response:
    offer, form = _offer(transfer_id), AnswerForm()
    form.to_user.fill((person.id, person.name) for person in queries.staff_of(web.session(), offer.row.to_unit_id))
    if not form.validate_on_submit():
        return _offer_page(offer, form, 422)
    words, args = form.answer.data or "", (web.session(), web.actor(), offer.row)
    try:
        if accepts:
            actions.accept(*args, form.to_user.data, words, web.now())
        else:
            actions.refuse(*args, words, web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _offer_page(_offer(transfer_id), form, 422)
    web.session().commit()
    flash(_("已接收，主办已更换。") if accepts else _("已答复不接收，发起方会看到原因。"))
    return web.see_other("pool.transfers")


@views.post("/transfers/<int:transfer_id>/withdraw")
def withdraw(transfer_id: int) -> Response:
    """Take an offer back."""
    offer = _offer(transfer_id)
    actions.withdraw(web.session(), web.actor(), offer.row, web.now())
    web.session().commit()
    flash(_("已撤回流转。"))
    return web.see_other("pool.transfers", show="sent")


@views.route("/projects/<int:project_id>/transfer", methods=["GET", "POST"])
def propose(project_id: int) -> Response:
    """Offer a project to another team or person."""
    project, settings = _one(project_id), web.settings()
    policy.ensure(web.actor(), Act.TRANSFER, project)
    form = TransferForm(from_percent=settings.transfer_from_percent)
    _fill(form)
    if form.validate_on_submit():
        calendar = office.calendar(web.session())
        try:
            made = actions.propose(
                web.session(), web.actor(), project, form.draft(), calendar, settings.transfer_days, web.now()
            )
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _one(project_id)
        else:
            due = made.due_on
            web.session().commit()
            flash(_("已发起流转，对方应在 %(month)d月%(day)d日前答复。", month=due.month, day=due.day))
            return web.see_other("projects.show", project_id=project_id)
    return web.page(
        "pool/propose.html",
        422 if form.is_submitted() else 200,
        form=form,
        project=project,
        days=settings.transfer_days,
        open=queries.open_of(web.session(), project.id),
    )


def _one(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))


def _fill(form: TransferForm) -> None:
    teams = {unit.id: unit.short_name for unit in web.session().scalars(queries.teams())}
    form.to_unit.fill(teams.items())
    staff = projects.officers(web.session())
    form.to_user.fill((person.id, f"{person.name} · {person.unit.short_name}") for person in staff)
