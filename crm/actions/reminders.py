"""What is due is told to whom it concerns: run once a day, and as often as one likes.

Nobody acts here: each person is told what the queries, asked in his name, let him see.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions.notices import News, tell
from crm.choices import NoticeKind, Word
from crm.models import Notice, User
from crm.policy import Actor
from crm.queries import day, fai, home, people, settings
from crm.queries.day import Measure
from crm.queries.digest import Digest
from crm.queries.monthly import unfiled
from crm.queries.notices import wishes_of
from crm.rules import monthly, reminders
from crm.rules.fai import due_on
from crm.rules.reminders import FARTHEST_DAYS, NOTICE_OF, TABLE_OF, Wishes
from crm.rules.settings import Settings
from crm.rules.today import Todo

LATE_DAYS = 7  # so long after its day somebody is told that nothing was filled in


def everybody(session: Session, login: str = "") -> list[User]:
    """The people who are told anything: all that work here, or the one of a login. Raises NotFound for an unknown one."""
    if login:
        return [people.get_by_login(session, login)]
    return list(session.scalars(select(User).where(User.is_active.is_(True)).order_by(User.id)))


def remind(session: Session, users: Iterable[User], today: date, now: datetime) -> dict[str, int]:
    """Tell each person what comes near or is late, once an occasion; how many notices by login, of those told anything."""
    users, values = list(users), settings.current(session)
    by = home.measure(session, today, values.limits, values.action_sign_days)
    wishes = wishes_of(session, [user.id for user in users])
    told = {user.login: _remind(session, user, wishes[user.id], now, by, values) for user in users}
    return {login: count for login, count in told.items() if count}


def _remind(session: Session, user: User, wishes: Wishes, now: datetime, by: Measure, values: Settings) -> int:
    actor = people.actor_of(session, user)
    until = by.today + timedelta(days=FARTHEST_DAYS)
    fresh = [_news(todo, wishes, by, values) for todo in day.todos(session, actor, by, until)]
    unentered, known = _unentered(session, actor, by, values), _known(session, actor)
    wanted = [
        news
        for news in [*fresh, *_returned(session, actor), *_unfiled(session, actor, by, values), *unentered]
        if news and news.key not in known
    ]
    return sum(tell(session, [actor.id], news, now) for news in wanted)


def _known(session: Session, actor: Actor) -> frozenset[str]:
    """What the person has been told already, so that a quiet day costs one statement and not one a thing."""
    return frozenset(session.scalars(select(Notice.key).where(Notice.user_id == actor.id)))


def _news(todo: Todo, wishes: Wishes, by: Measure, values: Settings) -> News | None:
    as_what = reminders.phase(todo, wishes, values, by.today, by.calendar)
    if as_what is None:
        return None
    table = TABLE_OF.get(todo.kind, "")
    return News(
        NOTICE_OF[todo.kind],
        reminders.occasion(todo, as_what),
        reminders.sentence(todo, by.today),
        todo.project[0] if todo.project else None,
        table,
        todo.row.id if table else None,
    )


def _returned(session: Session, actor: Actor) -> Iterable[News]:
    """Reports that came back and wait to be corrected."""
    for claim_id, project_id, name, reason in home.returned_to(session, actor):
        text = Word("“%(name)s”的申报被退回：%(reason)s", name=name, reason=reason)
        yield News(NoticeKind.CLAIM, f"claim:{claim_id}:returned", text, project_id, "claim", claim_id)


def _unfiled(session: Session, actor: Actor, by: Measure, values: Settings) -> Iterable[News]:
    """The key projects of which nothing was filled in for the month, once it comes near its day and once after it."""
    month = monthly.running(by.today, values, by.calendar)
    due_on = monthly.due_on(month, values, by.calendar)
    if not due_on - timedelta(days=values.ahead_filling_days) <= by.today <= due_on + timedelta(days=LATE_DAYS):
        return
    waiting = unfiled(session, actor, month, settings.basis(session, by.today))
    if not waiting:
        return
    late = by.today > due_on
    words = (
        "%(month)s填报已于 %(month_no)d月%(day)d日截止，你还有 %(n)d 个项目没有报。"
        if late
        else "%(month)s填报 %(month_no)d月%(day)d日截止，你还有 %(n)d 个项目没有报。"
    )
    text = Word(words, month=month.label, month_no=due_on.month, day=due_on.day, n=waiting)
    yield News(NoticeKind.MONTHLY, f"monthly:{month}:{'late' if late else 'near'}", text)


def _unentered(session: Session, actor: Actor, by: Measure, values: Settings) -> Iterable[News]:
    """Started projects that should stand in the statistics by now and do not: once each, when their day has come."""
    if not values.fai_entry_days:
        return
    basis = settings.basis(session, by.today, values)
    for project in fai.missing(session, actor, basis, by.today - timedelta(days=values.fai_entry_days)):
        due = due_on(project.started_on, values.fai_entry_days)
        if (by.today - due).days > LATE_DAYS:
            continue
        text = Word(
            "“%(name)s”%(month)d月%(day)d日开工，已满 %(n)d 天，还没有入统。",
            name=project.name, month=project.started_on.month, day=project.started_on.day, n=values.fai_entry_days,
        )  # fmt: skip
        yield News(NoticeKind.PLAN, f"fai:{project.project_id}:{due.isoformat()}", text, project.project_id)


def leave_digest(session: Session, user: User, digest: Digest, now: datetime) -> int:
    """One notice that leads to the day's digest; none where there is nothing in it, or where it was left already."""
    if digest.is_empty:
        return 0
    text = Word(
        "%(month)d月%(day)d日提要：%(summary)s。", month=digest.on.month, day=digest.on.day, summary=digest.summary
    )
    return tell(session, [user.id], News(NoticeKind.DIGEST, f"digest:{digest.on.isoformat()}", text), now)
