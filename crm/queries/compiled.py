"""Statements compiled once: for those few that busy pages ask, where making a SELECT costs more than its answer.

A statement has a shape (what decides its text: the reader's role, which filters are set, the order) and values (who reads,
which row, where the page begins). `make(*shape)` is called once a shape, with bound parameters where values will stand; its
text is kept, and each call only sends values. Deleted rows are left out as everywhere (crm/trash.py). `rows` gives plain rows
and sees what the session has flushed; `entities` gives what the session gives: with one SELECT made, its key stays known.
A `make` that is `by_key` finds a few rows by their keys: PostgreSQL may keep its plan (crm/db.py).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import BindParameter, CursorResult, Dialect, Integer, Result, Row, Select, bindparam
from sqlalchemy.orm import Session

from crm import trash
from crm.db import BY_KEY
from crm.policy import Actor

MOST_KEPT = 1_000
_kept: OrderedDict[Hashable, tuple[Any, Sequence[str]]] = OrderedDict()
_made: OrderedDict[Hashable, Select[*tuple[Any, ...]]] = OrderedDict()
_by_key: set[Callable[..., Any]] = set()
Ts = TypeVarTuple("Ts")
Make = TypeVar("Make", bound=Callable[..., Any])

ACTOR: Any = bindparam("actor_id", type_=Integer())
UNIT: Any = bindparam("actor_unit_id", type_=Integer())
UNITS: Any = bindparam("actor_unit_ids", expanding=True, type_=Integer())


def reader(actor: Actor) -> Actor:
    """The actor as a shape: his role decides the text, who he is and his units are values."""
    return Actor(ACTOR, "", actor.role, UNIT, UNITS)


def values_of(actor: Actor) -> dict[str, Any]:
    """The values of `reader`."""
    return {"actor_id": actor.id, "actor_unit_id": actor.unit_id, "actor_unit_ids": sorted(actor.unit_ids)}


def is_bound(value: Any) -> bool:
    """Whether a value is only the place of one."""
    return isinstance(value, BindParameter)


def by_key(make: Make) -> Make:
    """Of a `make`: whatever its values, the same indexes lead to its few rows."""
    _by_key.add(make)
    return make


def rows(
    session: Session,
    make: Callable[..., Select[*tuple[Any, ...]]],
    shape: Sequence[Hashable],
    values: Mapping[str, Any],
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of `make(*shape)` for these values; values that the statement does not ask for are left alone."""
    found = _executed(session, make, shape, values)
    return found.all()


def written(session: Session, make: Callable[..., Any], shape: Sequence[Hashable], values: Mapping[str, Any]) -> Any:
    """What `make(*shape)` returns of the rows it writes: an INSERT, UPDATE or DELETE of a table that nobody watches."""
    found = _executed(session, make, shape, values)
    return found.all() if found.returns_rows else ()


def _executed(
    session: Session, make: Callable[..., Any], shape: Sequence[Hashable], values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    connection = session.connection()
    key = (connection.dialect.name, make, *shape)
    known = _kept.get(key)
    if known is None:
        known = _kept[key] = _compiled(make(*shape), connection.dialect, make in _by_key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    statement, names = known
    return connection.execute(statement, {name: values[name] for name in names if name in values})


def entities(
    session: Session, make: Callable[..., Select[*Ts]], shape: Sequence[Hashable], values: Mapping[str, Any]
) -> Result[*Ts]:
    """What the session answers to `make(*shape)` for these values: entities with their options, pending rows written before."""
    key = (make, *shape)
    known = _made.get(key)
    if known is None:
        found = trash.living(make(*shape)).execution_options(**trash.LIVING)
        known = _made[key] = found.execution_options(**BY_KEY) if make in _by_key else found
        while len(_made) > MOST_KEPT:
            _made.popitem(last=False)
    return session.execute(known, values)


def padded(keys: Collection[int]) -> list[int]:
    """The keys for an IN, the last said again up to a power of two: few texts, each soon known to the database."""
    found = sorted(keys)
    return found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found)) if found else []


def _compiled(statement: Any, dialect: Dialect, is_by_key: bool) -> tuple[Any, Sequence[str]]:
    """The statement with its text, and the names of its values."""
    made: Any = trash.living(statement) if isinstance(statement, Select) else statement
    if is_by_key:
        made = made.execution_options(**BY_KEY)
    text: Any = made.compile(dialect=dialect)
    # SQLAlchemy would look the text up by a key made of the whole tree at each execution, which takes longer than the rest.
    made._compile_w_cache = lambda **_options: (text, None, None, dialect.CACHE_HIT)
    return made, list(text.binds)
