"""Companies and the people at them: the list, one with all that belongs to it, and the forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import companies as actions
from crm.actions.two_editors import EditClash
from crm.choices import CompanyClass, Origin
from crm.errors import NotFound, RuleBroken
from crm.forms.activities import SHORT_KINDS
from crm.forms.companies import CompanyForm, ContactForm
from crm.models import Company, Contact
from crm.policy import Act
from crm.queries import activities, changes, merge_log, trash
from crm.queries import companies as queries
from crm.queries.row_history import last_change_id
from crm.rules.places import COUNTRIES, PROVINCES
from crm.views import clashes, lists, web

views = Blueprint("companies", __name__, url_prefix="/companies")
RECENT = 10


@views.get("")
def index() -> Response:
    """The companies one may see, narrowed by the address."""
    policy.ensure(web.actor(), Act.SEE_COMPANY)
    session, actor = web.session(), web.actor()
    filters = queries.Filters(
        words=request.args.get("q", "").strip()[:60],
        origin=lists.word("origin", Origin),
        company_class=lists.word("class", CompanyClass),
        place=request.args.get("place", "").strip(),
    )
    found, turn = lists.turned(queries.matching(actor, filters), queries.NEWEST)
    provinces, _cities, countries = queries.places(session, actor)
    return web.page(
        "companies/index.html",
        rows=found,
        turn=turn,
        filters=filters,
        counts=queries.counts(session, actor, [row.id for row in found]),
        classes=list(CompanyClass),
        origins=list(Origin),
        provinces=provinces,
        countries=countries,
        address=lists.address,
    )


def _merged_into(company_id: int) -> Response:
    """A company that was merged into another one leads there; raises NotFound for any other."""
    heir = merge_log.heir(web.session(), web.actor(), company_id)
    if heir is None:
        raise NotFound
    flash(_("这家企业已并入“%(name)s”。", name=heir.name))
    return web.see_other("companies.show", company_id=heir.id)


def _company(company_id: int) -> Company:
    return web.one(queries.visible_to(web.actor()).where(Company.id == company_id))


@views.get("/<int:company_id>")
def show(company_id: int) -> Response:
    """A company: facts, group, people, projects, what was talked."""
    session, actor = web.session(), web.actor()
    try:
        company = _company(company_id)
    except NotFound:
        return _merged_into(company_id)
    talks = activities.of_company(actor, company.id).limit(RECENT + 1)
    found = session.scalars(talks).unique().all()
    return web.page(
        "companies/show.html",
        company=company,
        group=session.scalars(queries.of_group(actor, company)).all(),
        contacts=session.scalars(queries.contacts_of(company.id)).all(),
        projects=session.scalars(queries.projects_of(actor, company.id)).all(),
        activities=found[:RECENT],
        more=len(found) > RECENT,
        history=changes.of_row(session, actor, "company", company.id),
        editable=queries.may(session, actor, Act.EDIT_COMPANY, company.id),
        deletable=trash.deletable(session, actor, company),
        phones=queries.may(session, actor, Act.SEE_PHONE, company.id),
        mergeable=queries.may(session, actor, Act.MERGE, company.id),
        short_kinds=SHORT_KINDS,
    )


@views.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Register a company; one that is there already is shown instead."""
    policy.ensure(web.actor(), Act.EDIT_COMPANY)
    form = CompanyForm(name=request.args.get("name", ""))
    _offer(form)
    known = None
    if form.validate_on_submit():
        try:
            company = actions.create(web.session(), web.actor(), form.draft(), web.now())
        except RuleBroken as refusal:
            known = _refuse(form, refusal)
        else:
            web.session().commit()
            flash(_("已登记“%(name)s”。接着登记联系人。", name=company.name))
            return web.see_other("companies.show", company_id=company.id)
    return _edit_page(form, None, 422 if form.is_submitted() else 200, known=known)


def _edit_page(form: CompanyForm, company: Company | None, status: int, **more: Any) -> Response:
    asked = {"known": None, "questions": (), "told": 0, **more}
    return web.page("companies/edit.html", status, form=form, company=company, **asked)


def _offer(form: CompanyForm) -> None:
    session, actor = web.session(), web.actor()
    provinces, cities, countries = queries.places(session, actor)
    form.province.suggestions = list(dict.fromkeys([*provinces, *PROVINCES]))
    form.city.suggestions = cities
    form.country.suggestions = list(dict.fromkeys([*countries, *COUNTRIES]))
    form.parent.find = lambda text: queries.named(session, actor, text)
    form.parent.suggestions = queries.suggestions(session, actor)


def _refuse(form: CompanyForm, refusal: RuleBroken) -> Company | None:
    """Show the refusal at its field; the company that is there already, if it may be seen."""
    web.session().rollback()
    form.refuse(refusal)
    known_id = getattr(refusal, "company_id", None)
    return None if known_id is None else _company(known_id)


@views.route("/<int:company_id>/edit", methods=["GET", "POST"])
def edit(company_id: int) -> Response:
    """Correct a company. Two who change different things both keep theirs; of the same thing one value is chosen."""
    company = _company(company_id)
    policy.ensure_row(web.session(), web.actor(), Act.EDIT_COMPANY, company)
    form = CompanyForm(data=_values(company))
    _offer(form)
    if not form.validate_on_submit():
        return _edit_page(form, company, 422 if form.is_submitted() else 200)
    shown = frozenset(form.shown.data or ())
    try:
        actions.edit(web.session(), web.actor(), company, form.draft(), form.seen.data or 0, clashes.answers(), shown)
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        return _edit_page(form, company, 409, questions=clashes.questions(clash), told=clash.told)
    except RuleBroken as refusal:
        known = _refuse(form, refusal)
        return _edit_page(form, _company(company_id), 422, known=known)
    web.session().commit()
    flash(_("已保存“%(name)s”。", name=company.name))
    return web.see_other("companies.show", company_id=company.id)


def _values(company: Company) -> dict[str, Any]:
    """The company as the form begins with it; a group that may not be seen is not named."""
    names = (
        "name", "short_name", "credit_code", "origin", "country", "province", "city", "registered_yuan", "intro",
    )  # fmt: skip
    group = queries.of_group(web.actor(), company).where(Company.id == company.parent_id)
    parent = web.session().scalars(group).one_or_none()
    classes = [mark.company_class for mark in company.class_marks]
    return {
        **{name: getattr(company, name) for name in names},
        "classes": classes,
        "shown": classes,
        "seen": last_change_id(web.session(), company),
        "parent": parent.name if parent else "",
    }


# --------------------------------------------------------------------------------------------------------------- contacts


def _contact(company_id: int, contact_id: int) -> Contact:
    return web.one(queries.contact_of(web.actor(), company_id, contact_id))


@views.route("/<int:company_id>/contacts/new", methods=["GET", "POST"])
def new_contact(company_id: int) -> Response:
    """Somebody at the company."""
    company = _company(company_id)
    policy.ensure_row(web.session(), web.actor(), Act.EDIT_COMPANY, company)
    form = ContactForm()
    if form.validate_on_submit():
        try:
            contact = actions.add_contact(web.session(), web.actor(), company, form.draft(), web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已登记联系人%(name)s。", name=contact.name))
            return web.see_other("companies.show", company_id=company.id)
    return web.page(
        "companies/contact.html", 422 if form.is_submitted() else 200, form=form, company=company, contact=None, questions=(),
    )  # fmt: skip


@views.route("/<int:company_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
def edit_contact(company_id: int, contact_id: int) -> Response:
    """Correct somebody at the company."""
    contact = _contact(company_id, contact_id)
    policy.ensure_row(web.session(), web.actor(), Act.EDIT_COMPANY, contact.company)
    form = ContactForm(obj=contact, seen=last_change_id(web.session(), contact))
    if not form.validate_on_submit():
        return _contact_page(form, contact, 422 if form.is_submitted() else 200)
    try:
        answers = clashes.answers()
        actions.edit_contact(web.session(), web.actor(), contact, form.draft(), form.seen.data or 0, answers)
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        return _contact_page(form, contact, 409, questions=clashes.questions(clash), told=clash.told)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _contact_page(form, _contact(company_id, contact_id), 422)
    web.session().commit()
    flash(_("已保存联系人%(name)s。", name=contact.name))
    return web.see_other("companies.show", company_id=company_id)


def _contact_page(form: ContactForm, contact: Contact, status: int, **more: Any) -> Response:
    deletable = trash.deletable(web.session(), web.actor(), contact)
    asked = {"questions": (), "told": 0, **more}
    return web.page(
        "companies/contact.html",
        status,
        form=form,
        company=contact.company,
        contact=contact,
        deletable=deletable,
        **asked,
    )


@views.post("/<int:company_id>/contacts/<int:contact_id>/active/<int:active>")
def set_contact_active(company_id: int, contact_id: int, active: int) -> Response:
    """Somebody left the company, or is back."""
    contact = _contact(company_id, contact_id)
    actions.set_contact_active(web.session(), web.actor(), contact, bool(active))
    web.session().commit()
    words = _("%(name)s已恢复为在用。", name=contact.name) if active else _("%(name)s已标为离任。", name=contact.name)
    flash(words)
    return web.see_other("companies.show", company_id=company_id)
