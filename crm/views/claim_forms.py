"""Reporting what somebody else verifies: the writing half of the claims' blueprint."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import claims as actions
from crm.choices import ClaimKind, ClaimState, ContractKind, Currency
from crm.errors import NotFound, RuleBroken
from crm.forms.claims import AgreementForm, AmountForm, ContractForm, MoneyForm, ReportForm, StageForm
from crm.models import Claim, Project
from crm.policy import Act
from crm.queries import claims as queries
from crm.queries import projects, rates
from crm.queries.claims import Statement
from crm.queries.gate import facts_of
from crm.rules import lifecycle
from crm.rules.claims import CLAIMED_STAGES
from crm.rules.lifecycle import Way
from crm.views import lists, web
from crm.views.claims import views

__all__ = ["views"]

REPORTABLE = tuple(kind for kind in ClaimKind if kind is not ClaimKind.STATUS)
AGREEMENTS = [kind for kind in ContractKind if kind is not ContractKind.FORMAL]


@views.get("/claims/rate")
def rate() -> Response:
    """The rate field for the currency and the day chosen, filled with the rate on record: for htmx."""
    currency = lists.word("currency", Currency)
    on = lists.day("signed_on") or lists.day("happened_on") or web.today()
    known = rates.find_rate(web.session(), currency, on) if currency and currency is not Currency.CNY else None
    form = MoneyForm(formdata=None, rate=known.rate if known else None)
    return web.page("claims/_rate.html", form=form, known=known, abroad=currency not in (None, Currency.CNY), on=on)


@views.route("/projects/<int:project_id>/claims/new", methods=["GET", "POST"])
def new(project_id: int) -> Response:
    """Report something of a project: ?kind= says what, ?instead= which returned claim or draft it replaces."""
    kind = _kind()
    project = _project(project_id)
    policy.ensure(web.actor(), Act.REPORT, project)
    instead = _instead(project_id)
    form = _form(kind, project, instead)
    if form.validate_on_submit():
        try:
            claim = _report(kind, project, form, instead)
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            draft = claim.state is ClaimState.DRAFT
            flash(_("草稿已保存，还没有提交。") if draft else _("已提交，等待核定；核定前不计入统计。"))
            return web.see_other("claims.show" if draft else "projects.show", **_target(claim, draft))
    return _form_page(kind, _project(project_id), form, _instead(project_id))


def _target(claim: Claim, draft: bool) -> dict[str, int]:
    return {"claim_id": claim.id} if draft else {"project_id": claim.project_id}


def _kind() -> ClaimKind:
    kind = lists.word("kind", ClaimKind)
    if kind not in REPORTABLE or kind is None:
        raise NotFound
    return kind


def _project(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))


def _instead(project_id: int) -> Claim | None:
    key = lists.number("instead")
    found = queries.visible_to(web.actor()).where(Claim.id == (key or 0), Claim.project_id == project_id)
    return web.one(found) if key else None


def _report(kind: ClaimKind, project: Project, form: Any, instead: Claim | None) -> Claim:
    session, actor, now = web.session(), web.actor(), web.now()
    report = form.report(web.config().files_dir, instead)
    match kind:
        case ClaimKind.SIGNING:
            return actions.report_signing(session, actor, project, form.draft(), report, now)
        case ClaimKind.CONTRACT:
            return actions.report_contract(session, actor, project, form.draft(), report, now)
        case ClaimKind.ARRIVAL:
            return actions.report_arrival(session, actor, project, form.draft(), report, now)
        case ClaimKind.COMPLETION:
            return actions.report_completion(session, actor, project, form.draft(), report, now)
        case _:
            return actions.report_stage(session, actor, project, kind, form.happened_on.data, report, now)


def _form(kind: ClaimKind, project: Project, instead: Claim | None) -> ReportForm:
    statement = queries.statement(web.session(), instead) if instead else None
    form: ReportForm
    if kind in (ClaimKind.SIGNING, ClaimKind.CONTRACT):
        form = _contract_form(kind, project, statement)
    elif kind in (ClaimKind.ARRIVAL, ClaimKind.COMPLETION):
        form = MoneyForm(**_stated(statement))
        form.contract_id.fill((row.id, f"{row.kind.label} {row.signed_on}") for row in _contracts(project))
    else:
        form = StageForm(**_stated(statement))
    form.expect(kind)
    return form


def _contract_form(kind: ClaimKind, project: Project, statement: Statement | None) -> ContractForm:
    contract = statement.contract if statement else None
    form = (ContractForm if kind is ClaimKind.SIGNING else AgreementForm)(obj=contract, **_stated(statement))
    if kind is ClaimKind.SIGNING:
        form.converted_from_id.fill(
            (row.id, f"{row.kind.label} {row.signed_on}") for row in queries.open_agreements(web.session(), project.id)
        )
    if isinstance(form, AgreementForm):
        form.offer(AGREEMENTS)
    return form


def _contracts(project: Project) -> Any:
    return queries.contracts_of(web.session(), project.id)


def _stated(statement: Statement | None) -> dict[str, Any]:
    """What a claim that is corrected had said, for the fields of its form."""
    if statement is None:
        return {}
    found: dict[str, Any] = {"note": statement.claim.note, "happened_on": statement.claim.happened_on}
    if statement.move:
        found["reason"] = statement.move.reason
    money = statement.money
    if money is None:
        return found
    found |= {"currency": money.currency, "contract_id": money.contract_id}
    if money.currency is Currency.CNY:
        return found | {"amount": money.amount}
    return found | {"foreign_amount": money.amount, "rate": money.rate}


def _form_page(kind: ClaimKind, project: Project, form: ReportForm, instead: Claim | None) -> Response:
    session, today = web.session(), web.today()
    to = CLAIMED_STAGES.get(kind)
    facts = facts_of(session, project)
    skips = to is not None and lifecycle.way(project.stage, to) is Way.SKIP
    return web.page(
        "claims/new.html",
        422 if form.is_submitted() else 200,
        kind=kind,
        project=project,
        form=form,
        instead=instead,
        standing=queries.find_live(session, project.id, kind) if to else None,
        missing=lifecycle.missing_for(facts, to) if to and not skips else [],
        skips=skips,
        may_skip=policy.allows(web.actor(), Act.MOVE_BACK, project),
        rates=rates.rates_in_force(session, today) if isinstance(form, AmountForm) else [],
        files_lost=form.is_submitted() and any(file.filename for file in request.files.getlist("file")),
    )
