"""Values of columns as JSON keeps them, and back: what is needed to undo an import or a merge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import Column, Date, Numeric
from sqlalchemy import Enum as SqlEnum

from crm.columns import Ordinal, UtcInstant


def plain(value: Any) -> Any:
    """The value as JSON can hold it: ISO days and instants, stored words, figures as text."""
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, date | Decimal) else value


def restored(column: Column[Any], value: Any) -> Any:
    """What `plain` made of a value of this column, as the column takes it."""
    kind: Any = column.type
    if value is None:
        return None
    if isinstance(kind, Ordinal):
        return kind.enum(value)
    if isinstance(kind, SqlEnum):
        return kind.enum_class.parse(value)  # type: ignore[union-attr]
    if isinstance(kind, UtcInstant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Numeric) else value
