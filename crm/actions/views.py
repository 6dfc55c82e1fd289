"""Keeping a list as a view: making, saving, renaming, sharing, marking and deleting it.

A shared view runs with its reader's own rights, so sharing gives nobody a row. The owner renames, shares and deletes; whoever
belongs to the very unit it is shared with may save its changes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold_person
from crm.actions.versions import ensure_fresh
from crm.choices import Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import SavedView, ViewMark
from crm.policy import Act, Actor
from crm.queries.saved_views import KeptView, find_mark, units_to_share_with

LONGEST_NAME, LONGEST_QUERY, MOST_VIEWS = 40, 6_000, 100


@dataclass(frozen=True)
class ViewDraft:
    """A view as it is kept; `unit_id` is the unit it is shared with."""

    name: str
    query: str
    unit_id: int | None = None


def may_save(actor: Actor, view: SavedView | KeptView) -> bool:
    """Whether the actor may change what the view shows."""
    return view.owner_id == actor.id or (view.unit_id is not None and view.unit_id == actor.unit_id)


def create(session: Session, actor: Actor, page: str, draft: ViewDraft, now: datetime) -> SavedView:
    """Keep the list as a new view of the actor's."""
    policy.ensure(actor, Act.SEE_PROJECT)
    hold_person(session, actor.id)
    kept = session.scalar(select(func.count()).select_from(SavedView).where(SavedView.owner_id == actor.id)) or 0
    if kept >= MOST_VIEWS:
        raise RuleBroken(Word("每人最多保存 %(n)d 个视图，请先删除不用的。", n=MOST_VIEWS), "name")
    _check(session, actor, page, draft, None)
    view = SavedView(
        page=page,
        name=draft.name,
        query=draft.query,
        unit_id=draft.unit_id,
        owner_id=actor.id,
        created_at=now,
        updated_at=now,
    )
    session.add(view)
    session.flush()
    return view


def copy(session: Session, actor: Actor, view: SavedView, names: Iterator[str], now: datetime) -> SavedView:
    """A view of one's own that begins like this one, under the first of the names that is free."""
    policy.ensure(actor, Act.SEE_PROJECT)
    hold_person(session, actor.id)  # two copies at once get two names
    own = select(SavedView.name).where(SavedView.owner_id == actor.id, SavedView.page == view.page)
    taken = set(session.scalars(own))
    name = next(each for each in names if each not in taken)
    return create(session, actor, view.page, ViewDraft(name, view.query), now)


def _check(session: Session, actor: Actor, page: str, draft: ViewDraft, besides: int | None) -> None:
    if not draft.name:
        raise RuleBroken("请给视图起个名字。", "name")
    if len(draft.name) > LONGEST_NAME:
        raise RuleBroken(Word("视图名称最多 %(n)d 个字。", n=LONGEST_NAME), "name")
    if len(draft.query) > LONGEST_QUERY:
        raise RuleBroken("条件太多，这个视图存不下，请减少条件。", "name")
    same = select(SavedView.id).where(
        SavedView.owner_id == actor.id, SavedView.page == page, SavedView.name == draft.name
    )
    if session.scalar(same.where(SavedView.id != (besides or 0))) is not None:
        raise RuleBroken(Word("已有名为“%(name)s”的视图，请换个名字。", name=draft.name), "name")
    if draft.unit_id is not None and draft.unit_id not in {unit.id for unit in units_to_share_with(session, actor)}:
        raise RuleBroken("只能共享给自己所在的单位或上级单位。", "unit_id")


def save_query(session: Session, actor: Actor, view: SavedView, query: str, version: int | None, now: datetime) -> None:
    """Keep what the list shows now in the view; raises Clash where somebody saved it after it was opened."""
    policy.ensure(actor, Act.SEE_PROJECT)
    if not may_save(actor, view):
        raise NotAllowed("这个视图是别人的；可以另存为自己的视图。")
    ensure_fresh(session, view, version)
    if len(query) > LONGEST_QUERY:
        raise RuleBroken("条件太多，这个视图存不下，请减少条件。", "name")
    view.query, view.updated_at = query, now
    session.flush()


def _ensure_owner(actor: Actor, view: SavedView) -> None:
    policy.ensure(actor, Act.SEE_PROJECT)
    if view.owner_id != actor.id:
        raise NotAllowed("只有建立视图的人能改名、共享和删除它。")


def rename(session: Session, actor: Actor, view: SavedView, name: str, unit_id: int | None, now: datetime) -> None:
    """Another name, or another unit to share with."""
    _ensure_owner(actor, view)
    hold_person(session, actor.id)
    _check(session, actor, view.page, ViewDraft(name, view.query, unit_id), view.id)
    view.name, view.unit_id, view.updated_at = name, unit_id, now
    session.flush()


def delete(session: Session, actor: Actor, view: SavedView) -> None:
    """Take the view away, for everybody it was shared with too."""
    _ensure_owner(actor, view)
    session.delete(view)
    session.flush()


def mark(
    session: Session, actor: Actor, view: SavedView, pinned: bool | None = None, default: bool | None = None
) -> None:
    """Pin it among one's tabs or let it go, make it what the list opens with; None leaves a mark as it is."""
    policy.ensure(actor, Act.SEE_PROJECT)
    hold_person(session, actor.id)  # two first marks at once are one mark
    own = find_mark(session, actor, view.id)
    if own is None:
        rank = session.scalar(select(func.count()).select_from(ViewMark).where(ViewMark.user_id == actor.id)) or 0
        own = ViewMark(user_id=actor.id, view_id=view.id, is_pinned=False, is_default=False, rank=rank)
        session.add(own)
    if default:  # one default a list
        of_page = select(SavedView.id).where(SavedView.page == view.page)
        others = update(ViewMark).where(ViewMark.user_id == actor.id, ViewMark.view_id.in_(of_page))
        session.execute(others.values(is_default=False))
    own.is_pinned = own.is_pinned if pinned is None else pinned
    own.is_default = own.is_default if default is None else default
    session.flush()
