"""Telling people something in the application: once, and only those who want to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.choices import NoticeKind
from crm.models import Notice, Subscription
from crm.policy import Actor
from crm.queries import notices as queries
from crm.rules.reminders import Wish


@dataclass(frozen=True)
class News:
    """What there is to tell. `key` names the occasion: the same key is told to a person once, however often it is tried.

    `text` is a sentence (a Word, so that each reads it in his language) that names the project only by what everybody told may
    see; `table_name` and `row_id` say where it leads where that is not the project itself.
    """

    kind: NoticeKind
    key: str
    text: str
    project_id: int | None = None
    table_name: str = ""
    row_id: int | None = None


def tell(session: Session, people: Iterable[int], news: News, now: datetime, by_id: int | None = None) -> int:
    """Leave a notice for each person (user ids) who has not been told it yet and wants such news; returns how many.

    Who did it is never told of it. Whether a reader may still see the project is asked when the notice is shown.
    """
    wanted = {person for person in people if person != by_id}
    if not wanted:
        return 0
    told = set(session.scalars(select(Notice.user_id).where(Notice.key == news.key, Notice.user_id.in_(wanted))))
    refused = set(
        session.scalars(
            select(Subscription.user_id).where(
                Subscription.kind == news.kind, Subscription.is_on.is_(False), Subscription.user_id.in_(wanted)
            )
        )
    )
    fresh = sorted(wanted - told - refused)
    session.add_all(
        Notice(
            user_id=person, kind=news.kind, key=news.key, text=news.text, project_id=news.project_id,
            table_name=news.table_name, row_id=news.row_id, by_id=by_id, at=now,
        )
        for person in fresh
    )  # fmt: skip
    session.flush()
    return len(fresh)


def read(notice: Notice, now: datetime) -> None:
    """The reader has seen it; `notice` is one of his own (queries.notices.of)."""
    notice.read_at = notice.read_at or now


def read_all(session: Session, actor: Actor, now: datetime) -> int:
    """Everything the actor was told and may see counts as read; how many there were."""
    shown = queries.unread(actor).with_only_columns(Notice.id)
    done = session.execute(update(Notice).where(Notice.id.in_(shown)).values(read_at=now))
    return int(done.rowcount)  # type: ignore[attr-defined]


def subscribe(session: Session, actor: Actor, wishes: Mapping[NoticeKind, Wish]) -> None:
    """Keep what the actor wants to be told; only what differs from the default is stored."""
    known = {row.kind: row for row in session.scalars(select(Subscription).where(Subscription.user_id == actor.id))}
    for kind, wish in wishes.items():
        row = known.get(kind)
        if wish == Wish():
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = Subscription(user_id=actor.id, kind=kind)
            session.add(row)
        row.is_on, row.in_digest, row.days = wish.is_on, wish.in_digest, wish.days
