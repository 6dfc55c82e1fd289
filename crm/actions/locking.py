"""Holding a row while a decision rests on it: two people cannot both act on what both have read.

Who holds several takes them in the order of docs/locks.md: the register, people, companies, projects by key, then what hangs on
one project. Then no two block each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.db import BY_KEY
from crm.errors import Clash
from crm.models import Project, ProjectMember, Room, Unit, User
from crm.trash import WITH_DELETED

Ts = TypeVarTuple("Ts")
_ROOT = select(Unit.id).where(Unit.parent_id.is_(None)).with_for_update(key_share=True).execution_options(**BY_KEY)


def hold(session: Session, row: Any, *, or_deleted: bool = False) -> None:
    """Lock the row until the transaction ends and read its columns anew; raises Clash for one that was deleted meanwhile.

    PostgreSQL waits here for whoever holds it; SQLite's writers already wait for each other from BEGIN IMMEDIATE on.
    """
    model = type(row)
    locked = select(model.id).where(model.id == row.id).with_for_update()
    session.execute(locked.execution_options(**WITH_DELETED))
    session.refresh(row, [column.key for column in model.__table__.columns])
    if isinstance(row, Project) and "members" in row.__dict__:
        _read_team(session, row)
    if not or_deleted and getattr(row, "deleted_at", None) is not None:
        raise Clash("这条记录刚被删除，要办理请先从回收站恢复。")


def _read_team(session: Session, project: Project) -> None:
    """The people of the project as they are now: who leads it may have changed while one waited."""
    rows = select(ProjectMember.id, ProjectMember.role, ProjectMember.share_percent, ProjectMember.to_on)
    there = set(session.execute(rows.where(ProjectMember.project_id == project.id)).all())
    known = {(each.id, each.role, each.share_percent, each.to_on): each for each in project.members}
    if there == known.keys():
        return
    for key in known.keys() - there:
        session.refresh(known[key])
    session.refresh(project, ["members"])


def kept(rows: Select[*Ts], model: type[Any]) -> Select[*Ts]:
    """The same rows of `model`, which nobody deletes until this transaction ends; others may keep them too.

    PostgreSQL waits for whoever is deleting one and then leaves it out, as if he had been first.
    """
    return rows.with_for_update(read=True, key_share=True, of=model)


def hold_all(session: Session, *rows: Any) -> None:
    """Hold rows of one kind, deleted ones too, in the order of their keys, so that no two people block each other."""
    for row in sorted(rows, key=lambda row: row.id):
        hold(session, row, or_deleted=True)


def hold_person(session: Session, user_id: int) -> None:
    """Let what one person does be counted one after the other. Rows that merely name him are not kept waiting."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def hold_register(session: Session) -> None:
    """Let registrations be made one after the other: what must not be in the register twice is looked for and written in one go.

    The root of the units stands for the register: a row that always exists and that nobody else locks. It is taken before any
    other row, or two people wait for each other.
    """
    session.execute(_ROOT)


def hold_projects(session: Session, ids: Iterable[int]) -> None:
    """Hold projects, in the order of their keys, while what they repeat of other rows is computed anew or others are held.

    Rows that merely name them may still be written: two who each log a talk about one project must not wait for each other.
    """
    wanted = select(Project.id).where(Project.id.in_(sorted(ids))).order_by(Project.id)
    session.execute(wanted.with_for_update(key_share=True).execution_options(**WITH_DELETED))


def hold_time(session: Session, room_ids: Collection[int], people_ids: Collection[int]) -> Sequence[Room]:
    """Let the time of rooms and people be given away one booking after the other: rooms first, then people, by their keys.

    What stands in their calendars is to be read after this. Meetings that change are held before, so all wait in one order.
    """
    rooms = select(Room).where(Room.id.in_(room_ids)).order_by(Room.id).with_for_update(key_share=True)
    held = session.scalars(rooms.execution_options(populate_existing=True)).all()
    people = select(User.id).where(User.id.in_(people_ids)).order_by(User.id).with_for_update(key_share=True)
    session.execute(people)
    return held
