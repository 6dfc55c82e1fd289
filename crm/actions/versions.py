"""Two people changing one row: the later one is told who was there first, and nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload

from crm.choices import Word
from crm.errors import Clash
from crm.models import Change
from crm.rules.days import minute
from crm.rules.labels import label


def ensure_fresh(session: Session, row: Any, version: int | None) -> None:
    """Raise Clash if the row was changed since `version` of it was shown; the sentence says by whom and when."""
    if version == row.version:
        return
    table = inspect(type(row)).local_table.name
    last = session.scalars(
        select(Change)
        .where(Change.table_name == table, Change.row_id == row.id)
        .options(joinedload(Change.by))
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(1)
    ).one_or_none()
    raise Clash(
        Word(
            "%(change)s，页面上的已不是最新内容。你填的都还在：请与现在的内容核对，再次保存将以你填的为准。",
            change=_change(last),
        )
    )


def _change(last: Change | None) -> str:
    if last is None:
        return Word("这条记录刚被别人改过")
    who = last.by.name if last.by else Word("系统")
    return Word("%(who)s %(at)s 改过“%(what)s”", who=who, at=minute(last.at), what=label(last.column_name))
