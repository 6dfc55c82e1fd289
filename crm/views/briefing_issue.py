"""The steps of a month's briefing: check, back to draft, issue, and typed paragraphs; more routes of briefings.py."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import briefings as actions
from crm.actions import lights
from crm.choices import Word
from crm.errors import NotFound, RuleBroken
from crm.forms.briefings import CheckForm, RemarkForm
from crm.models import User
from crm.policy import Act
from crm.views import briefing_facts, web
from crm.views.briefings import issue_form, month_of, page, views
from reports.briefing import checks

__all__ = ["views"]


@views.post("/<month>/check")
def check(month: str) -> Response:
    """Freeze the month's facts as known now."""
    policy.ensure(web.actor(), Act.CHECK_BRIEFING)
    asked, form = month_of(month, web.today()), CheckForm()
    session = web.session()
    if not form.validate_on_submit():
        return page(asked, 422, check_form=form)
    try:
        facts = briefing_facts.at_this_moment(asked)
        if checks.findings(facts) and not form.confirmed.data:
            raise RuleBroken(Word("勾稽检查有问题，请核实后勾选确认。"), "confirmed")
        actions.check(session, web.actor(), asked, briefing_facts.frozen(facts), web.now())
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(refusal)
        return page(asked, 422, check_form=form)
    session.commit()
    flash(_("已核对，数据已冻结；等待签发。"))
    return web.see_other("briefings.show", month=month)


@views.post("/<month>/reopen")
def reopen(month: str) -> Response:
    """Back to draft."""
    policy.ensure(web.actor(), Act.CHECK_BRIEFING)
    actions.reopen(web.session(), web.actor(), month_of(month, web.today()), web.now())
    web.session().commit()
    flash(_("已退回草稿，数据随核定更新。"))
    return web.see_other("briefings.show", month=month)


@views.post("/<month>/issue")
def issue(month: str) -> Response:
    """Give the checked month its number and keep its bytes: by the signer, or by who enters the signature given on paper."""
    actor, session = web.actor(), web.session()
    if not (policy.can(actor, Act.ISSUE_BRIEFING) or policy.can(actor, Act.CHECK_BRIEFING)):
        policy.ensure(actor, Act.ISSUE_BRIEFING)
    asked, form = month_of(month, web.today()), issue_form()
    if not form.validate_on_submit():
        return page(asked, 422, issue_form=form)
    try:
        signer = session.get(User, form.signer.data)
        if signer is None:
            raise NotFound(_("没有这位签发人。"))
        row = actions.issue(session, actor, asked, signer, briefing_facts.bind, web.now(), form.number.data)
        lights.tell_lit(session, asked, briefing_facts.lit(row.facts), web.now())
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(refusal)
        return page(asked, 422, issue_form=form)
    session.commit()
    flash(_("已签发：%(year)d年第%(number)d期。", year=row.year, number=row.number))
    return web.see_other("briefings.show", month=month)


@views.post("/<month>/remarks")
def remark(month: str) -> Response:
    """Put a typed paragraph into a section of the draft."""
    policy.ensure(web.actor(), Act.CHECK_BRIEFING)
    asked, form = month_of(month, web.today()), RemarkForm()
    if not form.validate_on_submit():
        return page(asked, 422, remark_form=form)
    actions.remark(web.session(), web.actor(), asked, form.section.data, form.text.data or "", web.now())
    web.session().commit()
    flash(_("已保存补充文字。"))
    return web.see_other("briefings.show", month=month)
