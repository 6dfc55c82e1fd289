"""Merging: choose the other record, look at what would happen, do it; the list of merges, and undoing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import merging as actions
from crm.actions.company_merging import merge_companies
from crm.errors import NotFound, RuleBroken
from crm.forms.ownership import MergeForm
from crm.models import Company, Merge, Project
from crm.policy import Act
from crm.queries import companies, likeness, projects
from crm.queries import merge_log as queries
from crm.rules.merging import COMPANY_COLUMNS, PROJECT_COLUMNS
from crm.rules.names import project_key
from crm.views import lists, web
from crm.views.merge_preview import Pair, address_of, company_pair, preview_address, project_pair

views = Blueprint("merges", __name__)
MOST_OFFERED = 8


# ------------------------------------------------------------------------------------------------------------- projects


@views.route("/projects/<int:project_id>/merge", methods=["GET", "POST"], endpoint="projects")
def merge_projects(project_id: int) -> Response:
    """Merge another project into this one: without `gone` in the address, ask which; then the preview; then do it."""
    kept, gone_id = _project(project_id), lists.number("gone")
    policy.ensure(web.actor(), Act.MERGE, kept)
    if gone_id is None:
        return _choose("project", kept, _find_projects(kept))
    gone = _project(gone_id)
    policy.ensure(web.actor(), Act.MERGE, gone)

    def act(form: MergeForm, chosen: Sequence[str]) -> Merge:
        return actions.merge_projects(web.session(), web.actor(), kept, gone, form.reason.data or "", web.now(), chosen)

    return _merge(act, lambda: project_pair(_project(project_id), _project(gone_id)))


def _project(project_id: int) -> Project:
    return web.one(projects.whole(web.actor()).where(Project.id == project_id))


def _find_projects(kept: Project) -> Sequence[Project]:
    """What the words of the address mean, else what looks alike; only what the actor may merge."""
    session, actor, words = web.session(), web.actor(), request.args.get("q", "").strip()[:60]
    mine = policy.rows(actor, Act.MERGE, Project)
    rows = projects.visible_to(actor).where(mine, Project.id != kept.id, Project.duplicate_of_id.is_(None))
    if words:
        meant = (Project.code == words) | Project.name_key.contains(project_key(words), autoescape=True)
        return session.scalars(rows.where(meant).order_by(Project.id.desc()).limit(MOST_OFFERED)).all()
    found = likeness.likes(session, actor, likeness.asked_of(kept), besides=kept.id)
    alike = [hit.project.id for hit in found.seen]
    return session.scalars(rows.where(Project.id.in_(alike)).order_by(Project.id)).all()


# ------------------------------------------------------------------------------------------------------------ companies


@views.route("/companies/<int:company_id>/merge", methods=["GET", "POST"], endpoint="companies")
def merge_two_companies(company_id: int) -> Response:
    """Merge another company into this one: without `gone` in the address, ask which; then the preview; then do it."""
    kept, gone_id = _company(company_id), lists.number("gone")
    policy.ensure_row(web.session(), web.actor(), Act.MERGE, kept)
    if gone_id is None:
        return _choose("company", kept, _find_companies(kept))
    gone = _company(gone_id)
    policy.ensure_row(web.session(), web.actor(), Act.MERGE, gone)

    def act(form: MergeForm, chosen: Sequence[str]) -> Merge:
        return merge_companies(web.session(), web.actor(), kept, gone, form.reason.data or "", web.now(), chosen)

    return _merge(act, lambda: company_pair(_company(company_id), _company(gone_id)))


def _company(company_id: int) -> Company:
    return web.one(companies.visible_to(web.actor()).where(Company.id == company_id))


def _find_companies(kept: Company) -> Sequence[Company]:
    words = request.args.get("q", "").strip()[:60]
    mine = policy.rows(web.actor(), Act.MERGE, Company)
    rows = companies.matching(web.actor(), companies.Filters(words=words or kept.name[:4]))
    return web.session().scalars(rows.where(mine, Company.id != kept.id).limit(MOST_OFFERED)).unique().all()


# --------------------------------------------------------------------------------------------------------------- both


def _choose(table: str, kept: Any, found: Sequence[Any]) -> Response:
    return web.page(
        "merges/choose.html",
        table=table,
        kept=kept,
        found=found,
        words=request.args.get("q", "").strip()[:60],
        back=address_of(table, kept.id),
        preview=lambda other: preview_address(table, kept.id, other.id),
    )


def _merge(act: Callable[[MergeForm, Sequence[str]], Merge], pair: Callable[[], Pair]) -> Response:
    """The preview, and the deed: whatever is refused is said above the preview, with the boxes as they were."""
    form = MergeForm()
    if not form.validate_on_submit():
        return web.page("merges/preview.html", 422 if form.is_submitted() else 200, form=form, pair=pair())
    chosen = [name for name in request.form.getlist("take") if name in PROJECT_COLUMNS + COMPANY_COLUMNS]
    try:
        merge = act(form, chosen)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return web.page("merges/preview.html", 422, form=form, pair=pair())
    table, kept_id = merge.table_name, merge.kept_id
    web.session().commit()
    flash(_("已合并。可在“合并记录”里撤销。"))
    return _see(table, kept_id)


@views.get("/merges")
def index() -> Response:
    """What was merged, as far as one may merge it oneself."""
    policy.ensure(web.actor(), Act.MERGE)
    found, turn = lists.turned(queries.history(web.actor()), queries.HISTORY)
    return web.page("merges/index.html", lines=queries.named(web.session(), found), turn=turn, address=lists.address)


@views.get("/merges/<int:merge_id>")
def show(merge_id: int) -> Response:
    """One merge: what went where, and the way back."""
    policy.ensure(web.actor(), Act.MERGE)
    return _merge_page(merge_id, 200)


def _merge_page(merge_id: int, status: int, problem: str = "") -> Response:
    merge = _merge_of(merge_id)
    line = queries.named(web.session(), [merge])[0]
    return web.page("merges/show.html", status, line=line, merge=merge, problem=problem, address=address_of)


def _merge_of(merge_id: int) -> Merge:
    merge = web.session().scalars(queries.history(web.actor()).where(Merge.id == merge_id)).one_or_none()
    if merge is None:
        raise NotFound
    return merge


@views.post("/merges/<int:merge_id>/undo")
def undo(merge_id: int) -> Response:
    """Put the two records back as they were."""
    policy.ensure(web.actor(), Act.MERGE)
    merge = _merge_of(merge_id)
    table, gone_id = merge.table_name, merge.gone_id
    try:
        actions.undo(web.session(), web.actor(), merge, web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        return _merge_page(merge_id, 422, refusal.message)
    web.session().commit()
    flash(_("已撤销合并，两条记录恢复为合并前的样子；合并之后新增的内容留在保留方。"))
    return _see(table, gone_id)


def _see(table: str, key: int) -> Response:
    return cast(Response, redirect(address_of(table, key), 303))
