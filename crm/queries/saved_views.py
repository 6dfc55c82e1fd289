"""Saved views read: one's own, those shared with the units one stands in, and what one marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.models import SavedView, Unit, User, ViewMark
from crm.policy import Actor
from crm.queries import compiled


class KeptView(NamedTuple):
    """A view without its row: what a list and the page of views show of it."""

    id: int
    name: str
    query: str
    version: int
    owner_id: int
    owner: str
    unit_id: int | None
    unit: str | None


@dataclass(frozen=True)
class Kept:
    """A view as its reader meets it."""

    view: KeptView
    is_mine: bool
    is_pinned: bool
    is_default: bool


def _units_above(actor: Actor) -> Select[int]:
    """The actor's unit and all it stands below."""
    start = select(Unit.id, Unit.parent_id).where(Unit.id == actor.unit_id).cte("above", recursive=True)
    tree = start.union_all(select(Unit.id, Unit.parent_id).join(start, Unit.id == start.c.parent_id))
    return select(tree.c.id)


def _readable(actor: Actor) -> ColumnElement[bool]:
    return or_(SavedView.owner_id == actor.id, SavedView.unit_id.in_(_units_above(actor)))


def visible_to(actor: Actor) -> Select[SavedView]:
    """A person's own views and those shared with a unit he belongs to."""
    return select(SavedView).where(_readable(actor)).options(joinedload(SavedView.owner), joinedload(SavedView.unit))


def of_page(session: Session, actor: Actor, page: str) -> list[Kept]:
    """The views of a list: the pinned ones first in the person's order, then by name; one statement."""
    found = compiled.rows(session, _of_page, (compiled.reader(actor), page), compiled.values_of(actor))
    views = [(KeptView._make(row[:-2]), row[-2], row[-1]) for row in found]
    return [Kept(view, view.owner_id == actor.id, bool(pinned), bool(default)) for view, pinned, default in views]


def _of_page(actor: Actor, page: str) -> Select[*tuple[Any, ...]]:
    """The columns of KeptView, then what the reader marked."""
    mark = (ViewMark.view_id == SavedView.id) & (ViewMark.user_id == actor.id)
    return (
        select(
            SavedView.id, SavedView.name, SavedView.query, SavedView.version, SavedView.owner_id, User.name,
            SavedView.unit_id, Unit.short_name, ViewMark.is_pinned, ViewMark.is_default,
        )
        .join(User, User.id == SavedView.owner_id)
        .outerjoin(Unit, Unit.id == SavedView.unit_id)
        .outerjoin(ViewMark, mark)
        .where(_readable(actor), SavedView.page == page)
        .order_by(func.coalesce(ViewMark.is_pinned, False).desc(), ViewMark.rank, SavedView.name, SavedView.id)
    )  # fmt: skip


def find_mark(session: Session, actor: Actor, view_id: int) -> ViewMark | None:
    """What the actor marked of a view."""
    return session.get(ViewMark, (actor.id, view_id))


def units_to_share_with(session: Session, actor: Actor) -> list[Unit]:
    """The units a view can be shared with: one's own and those above it."""
    return list(
        session.scalars(select(Unit).where(Unit.id.in_(_units_above(actor))).order_by(Unit.rank.desc(), Unit.id))
    )
