"""The trash read: what lies in it, what hangs on a record that is to be deleted, and what went together with one that was.

Who could delete a record may see it here and restore it (`Act.DELETE`), and the author his own comment; what was deleted with a
project is part of it: it bears the same instant and is not listed by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, exists, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import Word
from crm.columns import Base
from crm.models import (
    ActionItem,
    Activity,
    ActivityProject,
    AgendaItem,
    Attachment,
    Comment,
    Company,
    Contact,
    Meeting,
    Merge,
    Project,
    User,
)
from crm.policy import Act, Actor
from crm.queries.keyset import Key, Page, Place, page, stretch
from crm.rules.trash import Kind
from crm.trash import WITH_DELETED

PAGE_SIZE = 50
MODELS: Mapping[Kind, type[Any]] = {
    Kind.PROJECT: Project,
    Kind.COMPANY: Company,
    Kind.CONTACT: Contact,
    Kind.ACTIVITY: Activity,
    Kind.MEETING: Meeting,
    Kind.FILE: Attachment,
    Kind.COMMENT: Comment,
}
_SEEN: Mapping[Kind, Act] = {
    Kind.PROJECT: Act.SEE_PROJECT,
    Kind.COMPANY: Act.SEE_COMPANY,
    Kind.CONTACT: Act.SEE_COMPANY,
    Kind.ACTIVITY: Act.SEE_PROJECT,
    Kind.MEETING: Act.SEE_MEETING,
    Kind.FILE: Act.SEE_PROJECT,
    Kind.COMMENT: Act.SEE_PROJECT,
}
_NAMES: Mapping[Kind, Any] = {
    Kind.PROJECT: Project.name,
    Kind.COMPANY: Company.name,
    Kind.CONTACT: Contact.name,
    Kind.ACTIVITY: func.coalesce(func.nullif(Activity.title, ""), func.substr(Activity.summary, 1, 40)),
    Kind.MEETING: Meeting.title,
    Kind.FILE: Attachment.filename,
    Kind.COMMENT: func.substr(Comment.body, 1, 40),
}
_PLACES: Mapping[Kind, Any] = {  # the name of what it belongs to: many a comment says nothing by itself
    Kind.CONTACT: select(Company.name).where(Company.id == Contact.company_id).correlate(Contact).scalar_subquery(),
    Kind.FILE: select(Project.name).where(Project.id == Attachment.project_id).correlate(Attachment).scalar_subquery(),
    Kind.COMMENT: select(Project.name).where(Project.id == Comment.project_id).correlate(Comment).scalar_subquery(),
}


def opening(actor: Actor, kind: Kind | None = None) -> Act:
    """The right that opens the trash, or a kind in it: who may delete nothing else may still have deleted a comment."""
    only_own = not policy.can(actor, Act.DELETE) and policy.can(actor, Act.COMMENT)
    return Act.COMMENT if only_own and kind in (None, Kind.COMMENT) else Act.DELETE


def living(actor: Actor, kind: Kind, row_id: int) -> Select[Any]:
    """A record that the actor may see."""
    model = MODELS[kind]
    return select(model).where(model.id == row_id, policy.rows(actor, _SEEN[kind], model))


def buried(actor: Actor, kind: Kind, row_id: int) -> Select[Any]:
    """A deleted record that the actor may restore."""
    model = MODELS[kind]
    return _lying(actor, kind, select(model)).where(model.id == row_id).execution_options(**WITH_DELETED)


def _lying(actor: Actor, kind: Kind, rows: Select[Any]) -> Select[Any]:
    model = MODELS[kind]
    return rows.where(model.deleted_at.is_not(None), policy.rows(actor, Act.DELETE, model), ~_merged(kind))


def _merged(kind: Kind) -> ColumnElement[bool]:
    """It is gone because it was merged into another, or into one of another's: undoing the merge brings it back."""
    standing = select(Merge.id).where(Merge.table_name == "company", Merge.undone_at.is_(None))
    match kind:
        case Kind.COMPANY:
            return exists(standing.where(Merge.gone_id == Company.id).correlate(Company))
        case Kind.CONTACT:
            return exists(standing.where(Merge.merged_at == Contact.deleted_at).correlate(Contact))
        case _:
            return false()


def deletable(session: Session, actor: Actor, row: Any) -> bool:
    """Whether the actor may delete the record: no statement for who may delete nothing at all."""
    model = type(row)
    mine = select(model.id).where(model.id == row.id, policy.rows(actor, Act.DELETE, model))
    return policy.can(actor, Act.DELETE) and session.scalar(mine) is not None


def name_of(session: Session, kind: Kind, row_id: int) -> str:
    """What a record is called, deleted or not."""
    name = select(_NAMES[kind]).where(MODELS[kind].id == row_id).execution_options(**WITH_DELETED)
    return session.scalar(name) or ""


# ----------------------------------------------------------------------------------------------------------------- the list


@dataclass(frozen=True)
class Filters:
    """What the trash is narrowed to; None means everything."""

    kind: Kind | None = None
    person_id: int | None = None


class Line(NamedTuple):
    """A record in the trash."""

    kind: Kind
    id: int
    name: str
    place: str | None
    deleted_at: datetime
    person_id: int | None
    person: str | None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.kind.value}-{self.id}"


def _order(deleted_at: Any, kind: Any, row_id: Any) -> tuple[Key, ...]:
    """The latest first; what went in the same instant by its kind and key."""
    return (Key(deleted_at, datetime, True), Key(kind, str, True), Key(row_id, int, True))


def _kind(kind: Kind) -> Any:
    return literal(kind.value, String)


ORDER = _order(Project.deleted_at, _kind(Kind.PROJECT), Project.id)


def lines(session: Session, actor: Actor, filters: Filters, at: Place = Place()) -> Page[Line]:  # noqa: B008 - it is frozen
    """A page of what was deleted, the latest first; one statement, which reads no more than a page of each kind."""
    kinds = [kind for kind in Kind if filters.kind in (None, kind)]
    found = union_all(*(select(_of_kind(actor, kind, filters, at).subquery()) for kind in kinds)).subquery()
    rows = (
        select(*(found.c[name] for name in ("kind", "id", "name", "place", "deleted_at", "person_id")), User.name)
        .outerjoin(User, User.id == found.c.person_id)
        .execution_options(**WITH_DELETED)
    )
    order = _order(found.c.deleted_at, found.c.kind, found.c.id)
    return page(session, rows, order, at, PAGE_SIZE, lambda row: Line(Kind.parse(row[0]), *row[1:]))


def _of_kind(actor: Actor, kind: Kind, filters: Filters, at: Place) -> Select[Any]:
    model = MODELS[kind]
    columns = (
        _kind(kind).label("kind"), model.id.label("id"), _NAMES[kind].label("name"),
        _PLACES.get(kind, null()).label("place"), model.deleted_at.label("deleted_at"), model.deleted_by_id.label("person_id"),
    )  # fmt: skip
    rows = _lying(actor, kind, select(*columns)).where(~_part_of_another(kind))
    if filters.person_id:
        rows = rows.where(model.deleted_by_id == filters.person_id)
    return stretch(rows, _order(model.deleted_at, _kind(kind), model.id), at, PAGE_SIZE + 1)


def _part_of_another(kind: Kind) -> ColumnElement[bool]:
    """It was deleted with what it belongs to."""
    match kind:
        case Kind.CONTACT:
            company = select(Company.id).where(Company.id == Contact.company_id)
            return exists(company.where(Company.deleted_at == Contact.deleted_at).correlate(Contact))
        case Kind.ACTIVITY:
            return _went_with_a_project(Activity, ActivityProject, ActivityProject.activity_id)
        case Kind.MEETING:
            return _went_with_a_project(Meeting, AgendaItem, AgendaItem.meeting_id)
        case Kind.FILE:
            comment = select(Comment.id).where(Comment.id == Attachment.comment_id)
            return or_(
                _went_with_its_project(Attachment),
                exists(comment.where(Comment.deleted_at == Attachment.deleted_at).correlate(Attachment)),
            )
        case Kind.COMMENT:
            return _went_with_its_project(Comment)
        case _:
            return false()


def _went_with_its_project(model: Any) -> ColumnElement[bool]:
    project = select(Project.id).where(Project.id == model.project_id, Project.deleted_at == model.deleted_at)
    return exists(project.correlate(model))


def _went_with_a_project(model: Any, link: Any, column: Any) -> ColumnElement[bool]:
    return exists(
        select(link.project_id)
        .join(Project, Project.id == link.project_id)
        .where(column == model.id, Project.deleted_at == model.deleted_at)
        .correlate(model)
    )


# ---------------------------------------------------------------------------------------------- what hangs on a record


def hanging_only_on(kind: Kind, row_id: int) -> list[Select[Any]]:
    """The living rows that go when a record goes, because nothing else holds them."""
    if kind is Kind.COMPANY:
        return [select(Contact).where(Contact.company_id == row_id)]
    if kind is not Kind.PROJECT:
        return []
    return [
        select(Activity).where(_touches(row_id), ~_touches_another(row_id)),
        select(Meeting).where(_treats(row_id), ~_treats_another(row_id)),
        select(Attachment).where(Attachment.project_id == row_id),
        select(Comment).where(Comment.project_id == row_id),
    ]


def _touches(project_id: int) -> ColumnElement[bool]:
    return Activity.id.in_(select(ActivityProject.activity_id).where(ActivityProject.project_id == project_id))


def _touches_another(project_id: int) -> ColumnElement[bool]:
    return exists(
        select(ActivityProject.project_id)
        .join(Project, Project.id == ActivityProject.project_id)
        .where(ActivityProject.activity_id == Activity.id, Project.id != project_id)
        .correlate(Activity)
    )


def _treats(project_id: int) -> ColumnElement[bool]:
    return Meeting.id.in_(select(AgendaItem.meeting_id).where(AgendaItem.project_id == project_id))


def _treats_another(project_id: int) -> ColumnElement[bool]:
    return exists(
        select(AgendaItem.id)
        .join(Project, Project.id == AgendaItem.project_id)
        .where(AgendaItem.meeting_id == Meeting.id, Project.id != project_id)
        .correlate(Meeting)
    )


def gone_with(kind: Kind, row: Base) -> list[Select[Any]]:
    """The deleted rows that come back when a record comes back; what was deleted by itself stays deleted."""
    key, at = row.id, row.deleted_at  # type: ignore[attr-defined]
    found: list[Select[Any]] = []
    if kind is Kind.COMPANY:
        found = [select(Contact).where(Contact.company_id == key, Contact.deleted_at == at)]
    elif kind is Kind.COMMENT:
        found = [select(Attachment).where(Attachment.comment_id == key, Attachment.deleted_at == at)]
    elif kind is Kind.PROJECT:
        # What went when the last of its projects went comes back with the first of them that does.
        found = [
            select(Activity).where(_touches(key), _went_with_a_project(Activity, ActivityProject, ActivityProject.activity_id)),
            select(Meeting).where(_treats(key), _went_with_a_project(Meeting, AgendaItem, AgendaItem.meeting_id)),
            select(Attachment).where(Attachment.project_id == key, Attachment.deleted_at == at),
            select(Comment).where(Comment.project_id == key, Comment.deleted_at == at),
        ]  # fmt: skip
    return [rows.execution_options(**WITH_DELETED) for rows in found]


@dataclass(frozen=True)
class Linked:
    """What is linked to a record, as (name, how many): hidden together with it, or left where it is."""

    goes: Sequence[tuple[Word, int]]
    stays: Sequence[tuple[Word, int]]


def linked(session: Session, kind: Kind, row: Base) -> Linked:
    """What the page before deleting lists; one statement."""
    key: int = row.id  # type: ignore[attr-defined]
    goes = {_WORDS[_model(rows)]: rows for rows in hanging_only_on(kind, key)}
    parts = [*goes.items(), *_staying(kind, key).items()]
    if not parts:
        return Linked((), ())
    counts = session.execute(select(*(_count(rows).label(f"n{i}") for i, (_, rows) in enumerate(parts)))).one()
    counted = [(name, int(n)) for (name, _), n in zip(parts, counts, strict=True)]
    return Linked(
        [line for line in counted[: len(goes)] if line[1]], [line for line in counted[len(goes) :] if line[1]]
    )


_WORDS: Mapping[Any, Word] = {
    Activity: Word("洽谈记录"),
    Meeting: Word("会议"),
    Attachment: Word("附件"),
    Comment: Word("评论"),
    Contact: Word("联系人"),
}


def _model(rows: Select[Any]) -> Any:
    return rows.column_descriptions[0]["entity"]


def _count(rows: Select[Any]) -> Any:
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def _staying(kind: Kind, key: int) -> dict[Word, Select[Any]]:
    """What is linked and stays: rows that others hold too."""
    match kind:
        case Kind.PROJECT:
            return {
                Word("同时涉及其他项目的洽谈记录"): select(Activity.id).where(
                    and_(_touches(key), _touches_another(key))
                ),
                Word("同时研究其他项目的会议"): select(Meeting.id).where(and_(_treats(key), _treats_another(key))),
                Word("分期项目"): select(Project.id).where(Project.parent_id == key),
            }
        case Kind.COMPANY:
            return {
                Word("只与企业有关的洽谈记录"): select(Activity.id).where(Activity.company_id == key),
                Word("下属企业"): select(Company.id).where(Company.parent_id == key),
            }
        case Kind.MEETING:
            return {Word("会上交办的事项"): select(ActionItem.id).where(ActionItem.meeting_id == key)}
        case Kind.ACTIVITY:
            return {Word("附件（留在项目里）"): select(Attachment.id).where(Attachment.activity_id == key)}
        case _:
            return {}
