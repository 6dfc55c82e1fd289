"""Who is away when. That somebody is away everybody may know who plans meetings; why, only those who may (Act.SEE_LEAVE)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import DayPart, Role, Word
from crm.models import Absence, Unit, User
from crm.policy import Act, Actor, Scope
from crm.rules.days import day_of, local


@dataclass(frozen=True)
class Away:
    """An absence as its reader may know it."""

    absence: Absence
    is_seen: bool

    @property
    def first_on(self) -> date:
        """The first day."""
        return day_of(self.absence.starts_at)

    @property
    def last_on(self) -> date:
        """The last day."""
        return day_of(self.absence.ends_at - timedelta(microseconds=1))

    @property
    def part(self) -> DayPart:
        """How much of the day, where it is one."""
        if local(self.absence.starts_at).time() != time.min:
            return DayPart.AFTERNOON
        return DayPart.WHOLE if local(self.absence.ends_at).time() == time.min else DayPart.MORNING

    @property
    def why(self) -> str:
        """出差：长沙; without the right 不在."""
        if not self.is_seen:
            return Word("不在")
        kind = self.absence.kind.label
        return Word("%(kind)s：%(note)s", kind=kind, note=self.absence.note) if self.absence.note else kind


def between(
    session: Session, actor: Actor, first: datetime, last: datetime, user_ids: Collection[int] | None = None
) -> list[Away]:
    """Who (of some people) is away between two instants, in order of time; one statement."""
    seen = case((policy.rows(actor, Act.SEE_LEAVE, Absence), 1), else_=0)
    rows = (
        select(Absence, seen)
        .where(Absence.cancelled_at.is_(None), Absence.starts_at < last, Absence.ends_at > first)
        .options(joinedload(Absence.user).joinedload(User.unit))
        .order_by(Absence.starts_at, Absence.id)
    )
    if user_ids is not None:
        rows = rows.where(Absence.user_id.in_(user_ids))
    return [Away(absence, bool(flag)) for absence, flag in session.execute(rows)]


def keepable(actor: Actor) -> Select[Absence]:
    """Those the actor may take back: his own, and those of the people he keeps them for."""
    reach = policy.scope(actor, Act.KEEP_LEAVE)
    rows = select(Absence).join(User, User.id == Absence.user_id).where(Absence.cancelled_at.is_(None))
    if reach is Scope.ALL:
        return rows
    mine = Absence.user_id == actor.id
    return rows.where(mine | User.unit_id.in_(actor.unit_ids) if reach is Scope.TEAM else mine)


def people(session: Session, actor: Actor, without: Sequence[Role]) -> Sequence[User]:
    """Those for whom the actor may write one down, himself first."""
    reach = policy.scope(actor, Act.KEEP_LEAVE)
    rows = select(User).join(Unit).where(User.is_active.is_(True), User.role.not_in(without))
    if reach is not Scope.ALL:
        within = User.unit_id.in_(actor.unit_ids) if reach is Scope.TEAM else User.id == actor.id
        rows = rows.where(within | (User.id == actor.id))
    found = session.scalars(rows.options(joinedload(User.unit)).order_by(Unit.rank, Unit.id, User.id)).all()
    return sorted(found, key=lambda user: user.id != actor.id)
