"""Which records a person opens: remembered for the person alone, so that the palette offers them first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, String, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import Found
from crm.columns import UtcInstant
from crm.errors import NotFound
from crm.models import Visit
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.queries.finding import MODELS, visible

MOST_KEPT, SPARE = 200, 20  # the spare ones go together
ONE_VISIT = timedelta(minutes=10)  # opening a record again within this time is the same visit
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def record(session: Session, actor: Actor, kind: Found, row_id: int, now: datetime) -> None:
    """The person opened a record; raises NotFound where it is not the person's to see."""
    policy.ensure(actor, Act.SEE_PROJECT)
    values = {**compiled.values_of(actor), "kind": kind.value, "row_id": row_id, "now": now, "since": now - ONE_VISIT}
    found = compiled.rows(session, _seen, (compiled.reader(actor), kind), values)
    if not found:
        raise NotFound
    last_at, is_overfull = found[0]
    if last_at is None or last_at < values["since"]:
        compiled.written(session, _noted, (session.get_bind().dialect.name,), values)
    if is_overfull:
        compiled.written(session, _forgetting, (), values)


_OWN = Visit.user_id == compiled.ACTOR


@compiled.by_key
def _seen(actor: Actor, kind: Found) -> Select[*tuple[Any, ...]]:
    """(when the person opened it last, whether he has too many notes) if the record is his to see."""
    model: Any = MODELS[kind]
    row_id = bindparam("row_id", type_=Integer())
    last_at = select(Visit.last_at).where(_OWN, Visit.kind == bindparam("kind", type_=String()), Visit.row_id == row_id)
    overfull = select(Visit.row_id).where(_OWN).order_by(Visit.last_at.desc()).offset(MOST_KEPT + SPARE - 1).limit(1)
    return select(last_at.scalar_subquery(), overfull.scalar_subquery().is_not(None)).where(
        model.id == row_id, visible(actor, kind)
    )


@compiled.by_key
def _noted(dialect: str) -> Any:
    now = bindparam("now", type_=UtcInstant())
    first = {
        "user_id": compiled.ACTOR,
        "kind": bindparam("kind"),
        "row_id": bindparam("row_id"),
        "times": 1,
        "last_at": now,
    }
    return (
        _INSERT[dialect](Visit)
        .values(first)
        .on_conflict_do_update(
            index_elements=["user_id", "kind", "row_id"],
            set_={"times": Visit.times + 1, "last_at": now},
            where=Visit.last_at < bindparam("since", type_=UtcInstant()),
        )
    )


@compiled.by_key
def _forgetting() -> Any:
    oldest = select(Visit.last_at).where(_OWN).order_by(Visit.last_at.desc()).offset(MOST_KEPT - 1).limit(1)
    return delete(Visit).where(_OWN, Visit.last_at < oldest.scalar_subquery())
