"""Which records a person opens: remembered for the person alone, so that the palette offers them first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import Found
from crm.errors import NotFound
from crm.models import Visit
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.queries.finding import MODELS, visible

MOST_KEPT = 200
ONE_VISIT = timedelta(minutes=10)  # opening a record again within this time is the same visit
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def record(session: Session, actor: Actor, kind: Found, row_id: int, now: datetime) -> None:
    """The person opened a record; raises NotFound where it is not the person's to see."""
    policy.ensure(actor, Act.SEE_PROJECT)
    values = {**compiled.values_of(actor), "row_id": row_id}
    if not compiled.rows(session, _seen, (compiled.reader(actor), kind), values):
        raise NotFound
    insert = _INSERT[session.get_bind().dialect.name](Visit)
    first = {"user_id": actor.id, "kind": kind.value, "row_id": row_id, "times": 1, "last_at": now}
    again = insert.on_conflict_do_update(
        index_elements=["user_id", "kind", "row_id"],
        set_={"times": Visit.times + 1, "last_at": now},
        where=Visit.last_at < now - ONE_VISIT,
    )
    if session.scalar(again.values(**first).returning(Visit.times)) == 1:  # one more record than before
        _forget_oldest(session, actor)


def _seen(actor: Actor, kind: Found) -> Select[int]:
    model: Any = MODELS[kind]
    return select(model.id).where(model.id == bindparam("row_id", type_=Integer()), visible(actor, kind))


def _forget_oldest(session: Session, actor: Actor) -> None:
    own = select(Visit.last_at).where(Visit.user_id == actor.id).order_by(Visit.last_at.desc())
    oldest = session.scalar(own.offset(MOST_KEPT - 1).limit(1))
    if oldest is not None:
        session.execute(delete(Visit).where(Visit.user_id == actor.id, Visit.last_at < oldest))
