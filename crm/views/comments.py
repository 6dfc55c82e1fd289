"""Comments on a project: writing, correcting and taking away; whom one may name in one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm import policy
from crm.actions import comments as actions
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.forms.comments import CommentEditForm, CommentForm
from crm.models import Comment, Project
from crm.policy import Act
from crm.queries import audience, projects, timeline
from crm.rules.quotes import shortened
from crm.rules.trash import Kind
from crm.views import chrome, lists, web
from crm.views.trash import restoring

views = Blueprint("comments", __name__)


def _project(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))


@views.route("/projects/<int:project_id>/comments/new", methods=["GET", "POST"])
def new(project_id: int) -> Response:
    """Write a comment; with ?quoted_kind= and ?quoted_id= about an entry of the timeline."""
    project = _project(project_id)
    policy.ensure(web.actor(), Act.COMMENT, project)
    form = _new_form(project_id)
    if form.validate_on_submit():
        try:
            actions.write(web.session(), web.actor(), project, form.draft(), web.config().files_dir, web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _project(project_id)
        else:
            web.session().commit()
            flash(_("已发表评论。"))
            return _back(project_id)
    status, may_attach = 422 if form.is_submitted() else 200, policy.allows(web.actor(), Act.ATTACH, project)
    return web.page(
        "comments/new.html",
        status,
        form=form,
        project=project,
        may_attach=may_attach,
        **chrome.of_comment_box(project_id),
    )


def _new_form(project_id: int) -> CommentForm:
    """A form that quotes the whole entry of the address; one picks less by selecting it on the page."""
    kind, row_id = request.args.get("quoted_kind", ""), lists.number("quoted_id")
    if row_id is None or request.method != "GET":
        return CommentForm()
    words = timeline.words_of(web.session(), web.actor(), project_id, kind, row_id)
    return CommentForm(quote=shortened(words), quoted_kind=kind, quoted_id=row_id)


def _back(project_id: int, anchor: str | None = "timeline") -> Response:
    return web.see_other("projects.show", project_id=project_id, show=request.form.get("show") or None, _anchor=anchor)


@views.get("/projects/<int:project_id>/people")
def people(project_id: int) -> Response:
    """Whom one may name in a comment: for the picker that @ opens."""
    project = _project(project_id)
    policy.ensure(web.actor(), Act.COMMENT, project)
    named = audience.people_to_name(web.session(), project)
    names = [person.name for person in named]
    return jsonify(
        [
            {"name": person.name if names.count(person.name) == 1 else person.full, "unit": person.unit}
            for person in named
            if person.may_see
        ]
    )


# ----------------------------------------------------------------------------------------------------------------- one's own


def _own(comment_id: int) -> tuple[Comment, Project]:
    """A comment of a visible project; whether it is one's own is for the policy to say."""
    visible = policy.rows(web.actor(), Act.SEE_PROJECT, Comment)
    rows = select(Comment).where(Comment.id == comment_id, visible)
    comment = web.one(rows.options(joinedload(Comment.author), selectinload(Comment.mentions)))
    project = _project(comment.project_id)
    policy.ensure(web.actor(), Act.COMMENT, project)
    if comment.author_id != web.actor().id:
        raise NotAllowed("评论由写的人修改和删除。")
    return comment, project


@views.route("/comments/<int:comment_id>/edit", methods=["GET", "POST"])
def edit(comment_id: int) -> Response:
    """Correct one's own comment."""
    comment, project = _own(comment_id)
    form = CommentEditForm(obj=comment)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            version = form.version.data or 0
            actions.edit(web.session(), web.actor(), project, comment, form.body.data or "", version, web.now())
        except (RuleBroken, Clash) as refusal:
            web.session().rollback()
            status = _refused(form, refusal)
            comment, project = _own(comment_id)
        else:
            web.session().commit()
            flash(_("评论已修改。"))
            return _back(project.id)
    return web.page("comments/edit.html", status, form=form, comment=comment, project=project)


def _refused(form: CommentEditForm, refusal: RuleBroken | Clash) -> int:
    """Show why; of a clash with oneself in another window the next saving is meant."""
    if isinstance(refusal, RuleBroken):
        form.refuse(refusal)
        return 422
    form.refuse(RuleBroken(refusal.message))
    return 409


@views.post("/comments/<int:comment_id>/delete")
def delete(comment_id: int) -> Response:
    """Take one's own comment away; it can be taken back from the trash."""
    comment, project = _own(comment_id)
    actions.delete(web.session(), web.actor(), project, comment, web.now())
    web.session().commit()
    flash((_("评论已删除。"), restoring(Kind.COMMENT, comment_id)), "undo")  # type: ignore[arg-type]
    return _back(project.id, anchor=None)  # the way back is offered on top of the page
