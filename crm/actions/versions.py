"""Two people changing one row: the later one is told who was there first, and nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload

from crm.errors import Clash
from crm.models import Change
from crm.rules.days import local
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
    raise Clash(f"{_who(last)}，页面上的已不是最新内容。你填的都还在：请与现在的内容核对，再次保存将以你填的为准。")


def _who(last: Change | None) -> str:
    if last is None:
        return "这条记录刚被别人改过"
    at = local(last.at)
    return f"{last.by.name if last.by else '系统'} {at.month}月{at.day}日 {at:%H:%M} 改过“{label(last.column_name)}”"
