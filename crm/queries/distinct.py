"""The different values of an indexed column, each found by one step along the index, however many rows bear it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, func, select
from sqlalchemy.orm import aliased


def values_of(column: Any, above: Any = "") -> CTE:
    """A table `distinct_…` with one column `value`: what stands in the column above a value, in order, blanks left out.

    An index must begin with the column. Neither database walks an index that way by itself for SELECT DISTINCT.
    """
    first = select(func.min(column).label("value")).where(column > above)
    found = first.cte(f"distinct_{column.key}", recursive=True)
    model = aliased(column.class_)
    beside = getattr(model, column.key)
    following = select(func.min(beside)).where(beside > found.c.value).scalar_subquery()
    return found.union_all(select(following).where(found.c.value.is_not(None)))


def listed(column: Any) -> Select[Any]:
    """The values themselves, in order."""
    found = values_of(column)
    return select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)
