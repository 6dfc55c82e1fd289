"""Handing a person's work over: everything in one transaction; what he did stays his, what is open becomes another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from crm.actions import people
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.choices import NoticeKind, Word, listed
from crm.errors import NotFound, RuleBroken
from crm.models import Activity, ActivityPerson, Follow, Project, ProjectMember, SavedView, Subscription, User
from crm.policy import Actor
from crm.queries import handover as queries
from crm.rules.days import day_of
from crm.rules.handover import PARTS, Holding, Plan

Taken = Mapping[int, Counter[Holding]]  # receiver: how many of each kind


def hand_over(session: Session, actor: Actor, user: User, plan: Plan, now: datetime) -> Taken:
    """Give what the person holds to the receivers of the plan, and say so to them and to the team lead.

    Raises NotFound for somebody beyond the actor's reach, RuleBroken for a receiver who cannot take it. Closing the account
    needs the right to manage users, and ends its sessions, subscriptions and followings.
    """
    if session.scalar(queries.people_of(actor).where(User.id == user.id).with_only_columns(User.id)) is None:
        raise NotFound
    hold(session, user)
    names = {found.id: found.name for found in queries.receivers_for(session, actor, user)}
    if not plan.receivers <= names.keys():
        raise RuleBroken("接收人要在用，并且与交接人同类岗位，请重新选择。", "receiver")
    taken: dict[int, Counter[Holding]] = {}
    _lock_projects(session, actor, user)
    for kind in Holding:
        give = _ways(session, user, day_of(now))[kind]
        for row in _rows(session, actor, user, kind):
            receiver = plan.receiver(kind, getattr(row, "project_id", None))
            give(row, receiver)
            taken.setdefault(receiver, Counter())[kind] += 1
    if plan.closes_account:
        _close(session, actor, user)
    session.flush()
    _say(session, actor, user, plan, taken, names, now)
    return taken


def _lock_projects(session: Session, actor: Actor, user: User) -> None:
    ids = queries.parts(actor, user.id).with_only_columns(ProjectMember.project_id)
    session.execute(select(Project.id).where(Project.id.in_(ids)).order_by(Project.id).with_for_update())


def _rows(session: Session, actor: Actor, user: User, kind: Holding) -> list[Any]:
    """Held: what somebody else settled meanwhile is not his any more."""
    rows = queries.held(actor, user.id, kind)
    model = rows.column_descriptions[0]["entity"]
    rows = rows.order_by(model.id).with_for_update(of=model).execution_options(populate_existing=True)
    if kind is Holding.PLANNED:
        rows = rows.options(selectinload(Activity.people))
    return list(session.scalars(rows))


def _ways(session: Session, user: User, today: date) -> Mapping[Holding, Callable[[Any, int], None]]:
    """How a row of each kind changes hands."""

    def part(member: ProjectMember, receiver: int) -> None:
        _pass_part(session, member, receiver, today)

    return {
        **dict.fromkeys(PARTS, part),
        Holding.FOLLOW_UP: lambda row, receiver: setattr(row, "next_owner_id", receiver),
        Holding.PLANNED: lambda row, receiver: _replace(row, user.id, receiver),
        Holding.ACTION: lambda row, receiver: setattr(row, "person_id", receiver),
        Holding.TRANSFER: lambda row, receiver: setattr(row, "to_user_id", receiver),
        Holding.VIEW: lambda row, receiver: _pass_view(session, row, user, receiver),
    }


def _pass_part(session: Session, member: ProjectMember, receiver: int, today: date) -> None:
    """The part ends today for one and begins for the other, who may have it already."""
    member.to_on = today
    same = select(ProjectMember.id).where(
        ProjectMember.project_id == member.project_id,
        ProjectMember.user_id == receiver,
        ProjectMember.role == member.role,
        ProjectMember.to_on.is_(None),
    )
    if session.scalar(same.limit(1)) is None:
        session.add(
            ProjectMember(
                project_id=member.project_id, user_id=receiver, role=member.role, share_percent=member.share_percent,
                from_on=today,
            )
        )  # fmt: skip


def _replace(activity: Activity, old: int, new: int) -> None:
    """The other goes in his place."""
    activity.people = [person for person in activity.people if person.user_id != old]
    if new not in {person.user_id for person in activity.people}:
        activity.people.append(ActivityPerson(user_id=new))


def _pass_view(session: Session, view: SavedView, user: User, receiver: int) -> None:
    """A shared view keeps its name, unless the receiver has one of that name."""
    taken = select(SavedView.id).where(
        SavedView.owner_id == receiver, SavedView.page == view.page, SavedView.name == view.name
    )
    if session.scalar(taken) is not None:
        view.name = f"{view.name[:150]}（{user.name}交接 {view.id}）"
    view.owner_id = receiver


def _close(session: Session, actor: Actor, user: User) -> None:
    people.set_active(session, actor, user, False)
    session.execute(delete(Subscription).where(Subscription.user_id == user.id))
    session.execute(delete(Follow).where(Follow.user_id == user.id))


def _words(counted: Counter[Holding]) -> str:
    counts = [Word("%(what)s %(n)d", what=kind.label, n=counted[kind]) for kind in Holding if counted[kind]]
    return listed(counts) if counts else Word("没有在办事项")


def _say(
    session: Session, actor: Actor, user: User, plan: Plan, taken: Taken, names: Mapping[int, str], now: datetime
) -> None:
    """Each receiver is told what is his now, the team lead what went to whom; the log keeps all of it, without names of
    projects."""
    key = f"handover:{user.id}:{now.isoformat()}"
    for receiver, counted in taken.items():
        text = Word("%(name)s的工作已交接给你：%(work)s。", name=user.name, work=_words(counted))
        tell(session, [receiver], News(NoticeKind.ASSIGNED, key, text), now, actor.id)
    each = [Word("%(name)s：%(work)s", name=names[key], work=_words(counted)) for key, counted in taken.items()]
    whole = listed(each, Word("；")) if each else _words(Counter())
    leads = set(queries.leads_of(session, user.unit_id)) - taken.keys()
    text = Word("%(name)s的工作已交接。%(whole)s。", name=user.name, whole=whole)
    tell(session, leads, News(NoticeKind.ASSIGNED, key, text), now, actor.id)
    closed = "；同时停用账号" if plan.closes_account else ""
    reason = f"；原因：{plan.reason}" if plan.reason else ""
    people.note(session, actor.id, "hand_over", f"{user.name}（{user.login}）→ {whole}{closed}{reason}", now)
