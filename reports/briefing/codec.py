"""The facts as JSON and back: what an issued month stores. Byte for byte the same facts give the same text."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from reports.briefing.facts import Briefing, KeyProject

SCHEMA = 1


def to_json(briefing: Briefing) -> str:
    """The facts as one JSON object, keys in the order of the fields."""
    return json.dumps({"schema": SCHEMA, "briefing": _plain(briefing)}, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Briefing:
    """The facts that `to_json` wrote. A field added since takes its default, one dropped since is passed over.

    Raises ValueError for anything that is not a stored briefing.
    """
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError("这不是已存的简报数据，或由更新的版本写成。")
    briefing = _read(Briefing, document.get("briefing"))
    assert isinstance(briefing, Briefing)
    return briefing


def key_projects(text: str) -> tuple[KeyProject, ...]:
    """The key projects alone of what `to_json` wrote: the history of lights reads many months."""
    rows = json.loads(text)["briefing"].get("key_projects", ())
    return tuple(_read(KeyProject, row) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        return str(value)
    return value


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in value)
    if type(None) in get_args(kind):
        return None if value is None else _read(next(arg for arg in get_args(kind) if arg is not type(None)), value)
    if is_dataclass(kind):
        return _object(kind, value)
    if isinstance(kind, type) and issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal | Fraction):
        return kind(value)
    if not isinstance(value, kind):
        raise ValueError(f"简报数据损坏：{value!r} 应为 {kind.__name__}")
    return value


def _object(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"简报数据损坏：{kind.__name__} 应为对象")
    hints = _hints(kind)
    known = {field.name: _read(hints[field.name], value[field.name]) for field in fields(kind) if field.name in value}
    missing = [field.name for field in fields(kind) if field.name not in known and _is_required(field)]
    if missing:
        raise ValueError(f"简报数据损坏：{kind.__name__} 缺少 {'、'.join(missing)}")
    return kind(**known)


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
